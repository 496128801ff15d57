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

#define LOAD_SNAPSHOTS 1000 /* of an account, in progress */

struct load_snapshot_chunk {
	int64_t number;
	bool dirty;
	uint8_t bits[DB_CHUNK_BYTES];
};

struct load_snapshot_count {
	struct db_count row;
	bool dirty;
};

struct load_snapshot {
	struct load_snapshot *next;
	struct db_snapshot row;
	struct load_snapshot_chunk **chunks; /* by number */
	size_t nchunks;
	struct load_snapshot_chunk *last;
	struct load_snapshot_count **counts; /* by collection's index */
	size_t ncounts;
	struct load_filter *filters;
	bool used;    /* by a line of this run */
	bool touched; /* load->touched has it */
};

/* The account's snapshots, from the database. */
int load_snapshot_read(struct load *, struct load_account *, struct status *);

struct load_snapshot *load_snapshot_find(const struct load_account *,
    const char *rev, bool listed);
struct load_snapshot *load_snapshot_get(struct load_account *, const char *rev,
    bool listed, struct status *);

/* Has it named this entry's key? */
bool load_snapshot_bit(struct load_snapshot *, int64_t entry);

/* The least and the greatest of the entries it may have named; neither is
 * changed where there is none. */
void load_snapshot_bounds(const struct load_snapshot *, int64_t *first,
    int64_t *last);

/* Has it named the key (entry is 0 where it has none)? 1, 0, -1. */
int load_snapshot_has(struct load *, struct load_snapshot *,
    const struct db_key *, int64_t entry, struct status *);

/* It names the key: 1 for the first time, 0, -1. */
int load_snapshot_name(struct load *, struct load_account *,
    struct load_snapshot *, const struct db_key *, int64_t entry,
    struct status *);

/* Its entry is about to be removed. */
int load_snapshot_forget(struct load *, struct load_account *,
    struct load_snapshot *, const struct db_key *, int64_t entry,
    struct status *);

/* The count of a collection, made if need be. NULL: failed. */
struct load_snapshot_count *load_snapshot_counts(struct load *,
    struct load_account *, struct load_snapshot *, struct load_collection *,
    struct status *);

/* How many keys of it were named; add the counts of what a pattern covers. */
uint64_t load_snapshot_named(const struct load_snapshot *,
    const struct load_collection *);
void load_snapshot_sum(const struct load_account *,
    const struct load_snapshot *, const struct slice *pattern,
    struct db_coverage *);

/* A `commit` or `end` line of it. */
int load_snapshot_announce(struct load *, struct load_account *,
    struct load_snapshot *, const struct line *, struct status *);

/* Counts so far of the import that is in progress. */
void load_snapshot_progress(const struct load_account *,
    struct load_coverage *);

/* Does an open snapshot concern this pattern's import? */
bool load_snapshot_imports(const struct load_account *,
    const struct slice *pattern);

int load_snapshot_flush(struct load *, struct load_account *, struct status *);
void load_snapshot_free(struct load_account *, struct load_snapshot *);

#endif
