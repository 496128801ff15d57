/*
 * load_snapshot: a snapshot that is being read.
 *
 * Account, rev and whether it is a listing identify it. It awaits an `end` for
 * each filter (the patterns that were requested, or `*`). For each collection
 * it counts the distinct keys that it has named.
 */
#ifndef LIBCAR_LOAD_SNAPSHOT_PRIVATE_H
#define LIBCAR_LOAD_SNAPSHOT_PRIVATE_H

#include "libcar/load/filter_private.h"
#include "libcar/load/seen_private.h"

#define LOAD_SNAPSHOTS 1000 /* maximum in progress per account */

struct load_snapshot_wait {
	uint64_t keys;
	struct load_filter *filter;
};

struct load_snapshot_count {
	struct db_count row;
	bool dirty;
	/* Ends that wait for its keys: waiting.c. */
	struct load_snapshot_wait *waits;
	size_t nwaits, wait_room;
};

struct load_snapshot {
	struct load_snapshot *next;
	struct db_snapshot row;
	struct load_seen seen;
	struct load_snapshot_count **counts; /* by index of the collection */
	size_t ncounts;
	struct load_filter *filters;
	void *by_text;  /* the filters, as a tree */
	void *patterns; /* a tree of all patterns that filters had */
	bool used;      /* by a line of this run */
	bool told;      /* its use was reported */
};

/* An existing snapshot, or NULL. */
struct load_snapshot *load_snapshot_find(const struct load_account *,
    const char *rev, bool listed);
/* Add a snapshot of this row. */
struct load_snapshot *load_snapshot_add(struct load_account *,
    const struct db_snapshot *, struct status *);

/* Has it named the key? Entry 0: the key has no entry. */
int load_snapshot_has(struct db *, struct load_snapshot *,
    const struct db_key *, int64_t entry, bool *has, struct status *);

/* Note that it names the key; *first: for the first time. */
int load_snapshot_name(struct db *, struct load_account *,
    struct load_snapshot *, const struct db_key *, int64_t entry, bool *first,
    struct status *);

/* The entry is about to be removed: snapshots of its account that have seen it
 * remember its key. */
int load_snapshots_forget(struct db *, struct load_account *,
    const struct db_key *, int64_t entry, struct status *);

/* Store the row in the database if it is missing. */
int load_snapshot_store(struct db *, struct load_account *,
    struct load_snapshot *, struct status *);

/* Find the count of a collection, or NULL. Add one; NULL: no memory. */
struct load_snapshot_count *load_snapshot_count(const struct load_snapshot *,
    const struct load_collection *);
struct load_snapshot_count *load_snapshot_add_count(struct load_snapshot *,
    const struct load_collection *, struct status *);

/* How many keys of the collection were named. */
uint64_t load_snapshot_named(const struct load_snapshot *,
    const struct load_collection *);

/* Find the filter with this text, or NULL. Add one, or free it and fail. Remove
 * one that doesn't wait. */
struct load_filter *load_snapshot_filter(const struct load_snapshot *,
    const struct slice *text);
int load_snapshot_add_filter(struct load_snapshot *, struct load_filter *,
    struct status *);
void load_snapshot_drop_filter(struct load_snapshot *,
    struct load_filter **place);

/* Does a current or former filter of it cover a collection or another
 * pattern? */
bool load_snapshot_covers(const struct load_snapshot *, const struct slice *);

/* Is all that the filter covers loaded at the rev of its snapshot? */
bool load_snapshot_has_loaded(const struct load_account *,
    const struct load_filter *);

/* Remove from its account a snapshot that doesn't wait; or all. */
void load_snapshot_free(struct load_account *, struct load_snapshot *);
void load_snapshots_free(struct load_account *);

#endif
