/*
 * load_account: what is known of an account.
 *
 * Patterns of collections have coverage: the floor below which lines are
 * ignored, and the rev at which all that the pattern covers is loaded. What a
 * collection's patterns say is gathered with the collection, and again once
 * any coverage has changed. All of it is in memory; accounts.c brings it from
 * the database and back.
 */
#ifndef LIBCAR_LOAD_ACCOUNT_PRIVATE_H
#define LIBCAR_LOAD_ACCOUNT_PRIVATE_H

#include <string.h>

#include "libcar/db/account.h"
#include "libcar/db/coverage.h"
#include "libcar/load/prefix_private.h"

struct line;
struct load_filter;
struct load_snapshot;

struct load_collection {
	int64_t id; /* 0: not known */
	unsigned index;
	/* The highest of the patterns that cover it, as of this version of the
	 * account's coverage. */
	unsigned version;
	char floor[DB_REV_BYTES], loaded[DB_REV_BYTES];
	bool listed;
	/* For one filter at a time: where it has this collection. */
	const struct load_filter *marked_by;
	size_t mark;
	struct slice nsid;
};

struct load_coverage {
	struct db_coverage row;
	size_t len;  /* of row.pattern */
	bool failed; /* the last job failed */
	bool dirty;
	/* Until it is settled: what has loaded it, and the latest snapshot that
	 * is to load it. */
	const struct load_snapshot *loader, *open;
	const struct load_filter *loader_filter;
	bool has_begun; /* an import, since it was loaded */
	bool is_listed; /* a listing has ended that its cursor may be of */
	/* live.c's: what it covers goes beyond what is loaded. */
	bool is_unsettled, has_open;
};

/* A collection of which an `end` counts fewer keys than came. */
struct load_account_fewer {
	const struct load_collection *collection; /* NULL: none */
	char rev[DB_REV_BYTES];
	uint64_t counted, came;
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
	bool has_runs;             /* or doubts: there may be some */
	struct load_coverage **coverage;
	size_t ncoverage, coverage_room;
	void *by_pattern; /* a tree of the same */
	unsigned version; /* changes with floors and what is loaded */
	size_t nfailed;
	bool is_raised, is_widely_raised;     /* floors were, to be settled */
	bool is_concluded;                    /* so is what was loaded */
	struct load_collection **collections; /* by index */
	size_t ncollections, collection_room;
	void *by_nsid;        /* a tree of the same; NULL: they are few */
	bool has_collections; /* all that have entries */
	struct load_snapshot *snapshots;
	size_t nsnapshots;
	/* Ends that wait for keys; that wait no longer, to be finished. */
	struct load_filter *waiting, *ready;
	struct load_account_fewer fewer;
	bool may_move; /* the batch has an identity of it */
	/* A commit came that tells that its revs started over; its rev. */
	bool has_started_over;
	char new_rev[DB_REV_BYTES];
	char live_rev[DB_REV_BYTES]; /* of the latest live commit */
	unsigned forgotten; /* snapshots that made room for later ones */
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

/* The rows of the patterns that cover something, the narrowest first; NULL:
 * there are no more. load_prefix_begin() begins. */
struct load_coverage *load_account_covering(const struct load_account *,
    struct load_prefix *);
static inline struct slice
load_account_pattern(const struct load_coverage *v)
{
	return (struct slice){ v->row.pattern, v->len };
}
/* Drop the row at this place; the last one takes it. */
void load_account_drop_coverage(struct load_account *, size_t);

/* What is known of a collection. NULL: no memory. */
struct load_collection *load_account_collection(struct load_account *,
    const struct slice *nsid, struct status *);

/* Gather what its patterns say anew, if they have changed. */
void load_account_gather(const struct load_account *, struct load_collection *);
static inline void
load_account_refresh(const struct load_account *a, struct load_collection *c)
{
	if (c->version != a->version)
		load_account_gather(a, c);
}
static inline const char *
load_account_floor_of(const struct load_account *a, struct load_collection *c)
{
	load_account_refresh(a, c);
	return c->floor;
}

/* Is this loaded at the rev or later, as far as that kind of snapshot
 * says? */
bool load_account_has(const struct load_account *, struct load_collection *,
    const char *rev, bool listed);
bool load_account_has_pattern(const struct load_account *,
    const struct slice *pattern, const char *rev, bool listed);

/* The rev at which all of the pattern was loaded last; empty: never. */
const char *load_account_loaded_rev(const struct load_account *,
    const struct slice *pattern);

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

/* Floors that are no higher than that of a wider pattern say nothing: forget
 * them. */
void load_account_drop_floors(struct load_account *);

/* Did its last job fail? A later one did not. */
static inline bool
load_account_failed(const struct load_account *a)
{
	return a->nfailed > 0;
}
void load_account_set_failed(struct load_account *, struct load_coverage *,
    bool);

/* Forget coverage and collections. */
void load_account_clear(struct load_account *);

#endif
