/*
 * load_snapshot: a snapshot that is being read.
 *
 * It is known by account, rev and whether it is a listing. For each filter
 * (the patterns it was asked for, or `*`) its `end` is awaited; for each
 * collection the distinct keys are counted that it has named.
 */
#ifndef LIBCAR_LOAD_SNAPSHOT_PRIVATE_H
#define LIBCAR_LOAD_SNAPSHOT_PRIVATE_H

#include "libcar/load/filter_private.h"
#include "libcar/load/seen_private.h"

#define LOAD_SNAPSHOTS 1000 /* of an account, in progress */

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
	struct load_snapshot_count **counts; /* by collection's index */
	size_t ncounts;
	struct load_filter *filters;
	void *by_text;  /* a tree of the same */
	void *patterns; /* a tree of those that a filter had */
	bool used;      /* by a line of this run */
	bool told;      /* that it was used */
};

/* One that is there, or NULL. */
struct load_snapshot *load_snapshot_find(const struct load_account *,
    const char *rev, bool listed);
/* One more, of this row. */
struct load_snapshot *load_snapshot_add(struct load_account *,
    const struct db_snapshot *, struct status *);

/* Has it named the key? The entry is 0 where the key has none. */
int load_snapshot_has(struct db *, struct load_snapshot *,
    const struct db_key *, int64_t entry, bool *has, struct status *);

/* It names the key; *first: for the first time. */
int load_snapshot_name(struct db *, struct load_account *,
    struct load_snapshot *, const struct db_key *, int64_t entry, bool *first,
    struct status *);

/* The entry is about to be removed: snapshots of its account that have seen it
 * keep its key in mind. */
int load_snapshots_forget(struct db *, struct load_account *,
    const struct db_key *, int64_t entry, struct status *);

/* The row in the database, made if need be. */
int load_snapshot_store(struct db *, struct load_account *,
    struct load_snapshot *, struct status *);

/* The count of a collection, or NULL; a new one, NULL: no memory. */
struct load_snapshot_count *load_snapshot_count(const struct load_snapshot *,
    const struct load_collection *);
struct load_snapshot_count *load_snapshot_add_count(struct load_snapshot *,
    const struct load_collection *, struct status *);

/* How many keys of it were named. */
uint64_t load_snapshot_named(const struct load_snapshot *,
    const struct load_collection *);

/* The filter of this text, or NULL. Add one, or free it and fail. Remove one
 * that doesn't wait. */
struct load_filter *load_snapshot_filter(const struct load_snapshot *,
    const struct slice *text);
int load_snapshot_add_filter(struct load_snapshot *, struct load_filter *,
    struct status *);
void load_snapshot_drop_filter(struct load_snapshot *,
    struct load_filter **place);

/* Does a filter that it has or had cover a collection, or all of a
 * pattern's? */
bool load_snapshot_covers(const struct load_snapshot *, const struct slice *);

/* Remove it from its account, where nothing of it waits; or all. */
void load_snapshot_free(struct load_account *, struct load_snapshot *);
void load_snapshots_free(struct load_account *);

#endif
