/*
 * load_account: what is known of an account, and a cache of that.
 *
 * Everything here is also in the database once it is committed, so the
 * cache may be dropped between transactions.
 */
#ifndef LIBCAR_LOAD_ACCOUNT_PRIVATE_H
#define LIBCAR_LOAD_ACCOUNT_PRIVATE_H

#include <string.h>

#include "libcar/load/load.h"

struct load_collection {
	int64_t id; /* 0: not known */
	unsigned index;
	/* The highest of the patterns that cover it. */
	char floor[DB_REV_BYTES], loaded[DB_REV_BYTES];
	bool listed;
	struct slice nsid;
};

struct load_coverage {
	struct db_coverage row;
	size_t len;  /* of row.pattern */
	bool failed; /* the last job failed */
	bool dirty;
};

struct load_account {
	struct db_account row;
	struct slice did;
	bool is_read; /* what follows the coverage is known */
	struct load_coverage *coverage;
	size_t ncoverage;
	struct load_collection **collections; /* by index */
	size_t ncollections;
	void *by_nsid; /* tree of the same */
	struct load_snapshot *snapshots;
	/* Entries were put by this one snapshot alone (or nobody). */
	struct load_snapshot *only;
	bool empty, mixed;
	bool tombstones; /* there may be some */
	bool dirty;
	struct load_account *next_dirty;
};

/* Does a pattern cover a collection, or all of another pattern? */
bool load_account_covers(const struct slice *pattern,
    const struct slice *other);

/* Order of revs; none is the lowest. */
static inline int
load_account_cmp(const char *rev, const char *other)
{
	return memcmp(rev, other, DB_REV_BYTES - 1);
}

void load_account_set_rev(char *rev, const struct slice *);

/* From the cache or the database; with create it is made there. Its row.id
 * is 0 where the database doesn't have it. NULL: failed. */
struct load_account *load_account_get(struct load *, const struct slice *did,
    bool create, struct status *);
/* What only those who write need to know of it: create brings that along. */
int load_account_read(struct load *, struct load_account *, struct status *);

struct load_collection *load_account_collection(struct load *,
    struct load_account *, const struct slice *nsid, bool create,
    struct status *);

/* Is this loaded at the rev or later, as far as that kind of snapshot
 * says? */
bool load_account_has(const struct load_collection *, const char *rev,
    bool listed);
bool load_account_has_pattern(const struct load_account *,
    const struct slice *pattern, const char *rev, bool listed);

/* The highest floor of the patterns that cover this one. */
const char *load_account_floor(const struct load_account *,
    const struct slice *pattern);

/* Raise the floor; tombstones that it passes are removed. */
int load_account_raise(struct load *, struct load_account *,
    const struct slice *pattern, const char *rev, struct status *);

/* Did its last job fail? A later one did not. */
bool load_account_failed(const struct load_account *);
int load_account_recover(struct load *, struct load_account *, struct status *);

int load_account_loaded(struct load *, struct load_account *,
    const struct slice *pattern, const char *rev, bool listed, struct status *);

/* The row of this pattern, made if need be; NULL: no memory. */
struct load_coverage *load_account_coverage(struct load_account *,
    const struct slice *pattern, struct status *);

/* An import of this pattern has begun. */
int load_account_begun(struct load *, struct load_account *,
    const struct slice *pattern, struct status *);

/* Which imports are in progress, failed, completed: after a change of the
 * account's snapshots. */
int load_account_states(struct load *, struct load_account *, struct status *);

/* Remove an entry, and its errors up to a rev. Snapshots that have seen its
 * key keep that in mind. */
int load_account_remove(struct load *, struct load_account *,
    const struct db_key *, int64_t entry, const char *rev, struct status *);

/* To be written before the commit. */
void load_account_dirty(struct load *, struct load_account *);
int load_account_flush(struct load *, struct status *);

/* Forget what is cached, of one account or of all. Nothing of it may be
 * waiting to be written. */
void load_account_drop(struct load *, const struct slice *did);
void load_account_drop_all(struct load *);

#endif
