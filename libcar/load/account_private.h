/*
 * load_account: what is known about an account.
 *
 * Patterns of collections have coverage: the floor below which lines are
 * ignored, and the rev at which everything that the pattern covers is loaded. A
 * collection caches what its patterns say, and gathers it again after any
 * coverage has changed. All of this is in memory; accounts.c reads it from the
 * database and writes it back.
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
	int64_t id; /* 0: unknown */
	unsigned index;
	/* The highest values of the patterns that cover the collection, at this
	 * version of the account's coverage. */
	unsigned version;
	char floor[DB_REV_BYTES], loaded[DB_REV_BYTES];
	bool listed;
	/* For one filter at a time: the index of this collection in it. */
	const struct load_filter *marked_by;
	size_t mark;
	struct slice nsid;
};

struct load_coverage {
	struct db_coverage row;
	size_t len;  /* of row.pattern */
	bool failed; /* the last job failed */
	bool dirty;
	/* Until settled: what has loaded the pattern, and the latest snapshot
	 * that will load it. */
	const struct load_snapshot *loader, *open;
	const struct load_filter *loader_filter;
	bool has_begun; /* an import, since the pattern was loaded */
	bool is_listed; /* a listing ended; the cursor may be from it */
	/* For live.c: what the pattern covers goes beyond what is loaded. */
	bool is_unsettled, has_open;
};

/* A collection for which an `end` counts fewer keys than arrived. */
struct load_account_fewer {
	const struct load_collection *collection; /* NULL: none */
	char rev[DB_REV_BYTES];
	uint64_t counted, came;
};

struct load_account {
	struct db_account row; /* the DID follows this struct in memory */
	bool has_row;          /* row is as in the database */
	bool is_known;         /* and the coverage is known */
	bool is_read;          /* and the snapshots, and what depends on them */
	bool is_listed;        /* in the plan that is being made */
	bool is_planned;       /* and in its list of changed accounts */
	bool is_swept;         /* and a snapshot of the account may end */
	bool may_fail;         /* a line of the batch reports a failed job */
	bool is_dirty;         /* coverage or snapshots must be written */
	bool is_loaded;        /* must write that the account is loaded */
	const struct line *commit;   /* must be written, unless NULL */
	bool has_cursors;            /* cursors may exist */
	bool has_runs;               /* runs or doubts may exist */
	bool may_join;               /* load_sweep_live() is due */
	char extended[DB_REV_BYTES]; /* rev of the last commit that waits */
	char latest[DB_REV_BYTES];   /* nothing is loaded at a later rev */
	char ran[DB_REV_BYTES];      /* no run but that of * ends later */
	struct load_coverage **coverage;
	size_t ncoverage, coverage_room;
	void *by_pattern; /* the same rows, as a tree */
	unsigned version; /* changes with floors and what is loaded */
	size_t nfailed;
	bool is_raised, is_widely_raised;     /* floors rose: settle them */
	bool is_concluded;                    /* something was loaded, too */
	struct load_collection **collections; /* by index */
	size_t ncollections, collection_room;
	void *by_nsid;        /* the same, as a tree; NULL: few */
	bool has_collections; /* all that have entries */
	struct load_snapshot *snapshots;
	size_t nsnapshots;
	/* Ends that wait for keys; ends that can be finished. */
	struct load_filter *waiting, *ready;
	struct load_account_fewer fewer;
	bool may_move; /* the batch has an identity of it */
	/* A commit came that tells that its revs started over; its rev. */
	bool has_started_over;
	char new_rev[DB_REV_BYTES];
	char live_rev[DB_REV_BYTES]; /* of the latest live commit */
	unsigned forgotten;          /* snapshots dropped to make room */
	/* Only this snapshot (or none) has put entries. */
	struct load_snapshot *only;
	bool empty, mixed;
	bool tombstones; /* tombstones may exist */
};

/* The account of a row: the row is its first member. */
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

/* Compare revs; an empty rev is the lowest. */
static inline int
load_account_cmp(const char *rev, const char *other)
{
	return slice_order(rev, other, DB_REV_BYTES - 1);
}

void load_account_set_rev(char *rev, const struct slice *);

/* Are the two texts equal? */
bool load_account_same(const struct slice *, const struct slice *);

/* The row of this pattern, created if missing; NULL: no memory. */
struct load_coverage *load_account_coverage(struct load_account *,
    const struct slice *pattern, struct status *);

/* The row of this pattern; NULL: there is none. */
struct load_coverage *load_account_find(const struct load_account *,
    const struct slice *pattern);

/* The next row whose pattern covers the target of load_prefix_begin(), the
 * narrowest first; NULL at the end. */
struct load_coverage *load_account_covering(const struct load_account *,
    struct load_prefix *);
static inline struct slice
load_account_pattern(const struct load_coverage *v)
{
	return (struct slice){ v->row.pattern, v->len };
}
/* Drop the row at this index; the last row takes its place. */
void load_account_drop_coverage(struct load_account *, size_t);

/* What is known about a collection. NULL: no memory. */
struct load_collection *load_account_collection(struct load_account *,
    const struct slice *nsid, struct status *);

/* Gather again what its patterns say, if they have changed. */
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

/* Is this loaded at the rev or later, judged by this kind of snapshot? */
bool load_account_has(const struct load_account *, struct load_collection *,
    const char *rev, bool listed);
bool load_account_has_pattern(const struct load_account *,
    const struct slice *pattern, const char *rev, bool listed);

/* The rev at which the whole pattern was last loaded; empty: never. */
const char *load_account_loaded_rev(const struct load_account *,
    const struct slice *pattern);

/* When the whole pattern was last loaded; 0: never. */
int64_t load_account_loaded_ms(const struct load_account *,
    const struct slice *pattern);

/* The highest floor of the patterns that cover this one. */
const char *load_account_floor(const struct load_account *,
    const struct slice *pattern);

/* Raise the floor of a pattern; note that the pattern is loaded. */
int load_account_raise(struct load_account *, const struct slice *pattern,
    const char *rev, struct status *);
int load_account_loaded(struct load_account *, const struct slice *pattern,
    const char *rev, bool listed, struct status *);

/* The end of the row's run has changed. */
void load_account_note_run(struct load_account *, const struct load_coverage *);

/* Forget floors that a wider pattern's floor makes redundant, because it is
 * equal or higher. */
void load_account_drop_floors(struct load_account *);

/* Did its last job fail, with no successful job after it? */
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
