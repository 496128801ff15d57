/*
 * load_account: what is known of an account.
 *
 * Patterns of collections have coverage: the floor below which lines are
 * ignored, and the rev at which all that the pattern covers is loaded. What a
 * collection's patterns say is gathered with the collection. All of it is in
 * memory; accounts.c brings it from the database and back.
 */
#ifndef LIBCAR_LOAD_ACCOUNT_PRIVATE_H
#define LIBCAR_LOAD_ACCOUNT_PRIVATE_H

#include <string.h>

#include "libcar/db/account.h"
#include "libcar/db/coverage.h"

struct line;
struct load_snapshot;

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
	struct db_account row; /* its DID stands behind this struct */
	bool has_row;          /* as the database has it */
	bool is_known;         /* the coverage, too */
	bool is_read;          /* the snapshots, too, and what follows them */
	bool is_listed;        /* in the plan that is being made */
	bool is_planned;       /* and to be changed */
	bool is_swept;         /* and a snapshot of it may end */
	bool may_fail;         /* a line of the batch says that a job failed */
	bool is_dirty;         /* coverage or snapshots are to be written */
	bool is_loaded;        /* that it is, too */
	const struct line *commit; /* this, too, if there is one */
	bool has_cursors;          /* there may be some */
	struct load_coverage *coverage;
	size_t ncoverage, coverage_room;
	struct load_collection **collections; /* by index */
	size_t ncollections, collection_room;
	void *by_nsid; /* a tree of the same */
	struct load_snapshot *snapshots;
	/* Entries were put by this one snapshot alone (or nobody). */
	struct load_snapshot *only;
	bool empty, mixed;
	bool tombstones; /* there may be some */
};

/* That of a row: it is the first member. */
static inline struct load_account *
load_account_of(struct db_account *row)
{
	return (struct load_account *)row;
}

/* The pattern of a whole repo. */
static inline struct slice
load_account_whole(void)
{
	return (struct slice){ "*", 1 };
}

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

/* Of the two, the same text? */
bool load_account_same(const struct slice *, const struct slice *);

/* The row of this pattern, made if need be; NULL: no memory. */
struct load_coverage *load_account_coverage(struct load_account *,
    const struct slice *pattern, struct status *);
static inline struct slice
load_account_pattern(const struct load_coverage *v)
{
	return (struct slice){ v->row.pattern, v->len };
}
void load_account_drop_coverage(struct load_account *, struct load_coverage *);

/* What is known of a collection. NULL: no memory. */
struct load_collection *load_account_collection(struct load_account *,
    const struct slice *nsid, struct status *);

/* Is this loaded at the rev or later, as far as that kind of snapshot
 * says? */
bool load_account_has(const struct load_collection *, const char *rev,
    bool listed);
bool load_account_has_pattern(const struct load_account *,
    const struct slice *pattern, const char *rev, bool listed);

/* When all of the pattern was loaded last; 0: never. */
int64_t load_account_loaded_ms(const struct load_account *,
    const struct slice *pattern);

/* The highest floor of the patterns that cover this one. */
const char *load_account_floor(const struct load_account *,
    const struct slice *pattern);

/* Raise the floor of a pattern; note what is loaded of it. */
int load_account_raise(struct load_account *, const struct slice *pattern,
    const char *rev, struct status *);
int load_account_loaded(struct load_account *, const struct slice *pattern,
    const char *rev, bool listed, struct status *);

/* Did its last job fail? A later one did not. */
bool load_account_failed(const struct load_account *);

/* Forget coverage and collections. */
void load_account_clear(struct load_account *);

#endif
