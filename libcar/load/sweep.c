#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/db/failure.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/live_private.h"
#include "libcar/load/sweep_private.h"
#include "libcar/load/waiting_private.h"

/*
 * When an `end` is fulfilled, at-load removes older entries that the snapshot
 * covers but didn't name, and marks the patterns as loaded. Counting data is
 * dropped only when the transaction is settled, because it may be large, and
 * many ends may be fulfilled.
 */

/* Removing what was not named */

struct sweep {
	struct db *db;
	struct load_account *account;
	struct load_snapshot *snapshot;
	struct load_snapshot *car; /* at the same rev, for a listing */
};

/* Is it older than the snapshot; or as old, but from a listing, while the
 * snapshot is a CAR? */
static bool
is_older(const struct db_entry *e, const struct load_snapshot *s)
{
	int c = load_account_cmp(e->rev, s->row.rev);

	return c < 0 ||
	    (c == 0 && (e->state & DB_LISTED) != 0 && !s->row.listed);
}

static bool
is_named(void *arg, int64_t entry)
{
	struct sweep *w = arg;

	return load_seen_has(&w->snapshot->seen, entry);
}

/* Has the snapshot named the key after all, or the CAR at a listing's rev? */
static int
is_spared(struct sweep *w, const struct db_key *k, int64_t entry, bool *spared,
    struct status *st)
{
	if (load_snapshot_has(w->db, w->snapshot, k, 0, spared, st) == -1)
		return -1;
	if (*spared || w->car == NULL)
		return 0;
	return load_snapshot_has(w->db, w->car, k, entry, spared, st);
}

static int
sweep_key(void *arg, const struct db_key *k, const struct db_entry *found,
    struct status *st)
{
	struct sweep *w = arg;
	struct db_entry e;
	bool spared;

	if (is_spared(w, k, found->id, &spared, st) == -1)
		return -1;
	if (spared)
		return 0;
	if (db_find(w->db, k, &e, st) == -1)
		return -1;
	if (e.id == 0 || !is_older(&e, w->snapshot))
		return 0;
	return load_floor_remove(w->db, w->account, k, found->id,
	    w->snapshot->row.rev, st);
}

/* Should the snapshot sweep this collection? A loaded collection was swept
 * before, and a higher floor belongs to a later snapshot that will sweep it. */
static bool
is_swept(const struct load_account *a, const struct load_snapshot *s,
    struct load_collection *c)
{
	return !load_account_has(a, c, s->row.rev, s->row.listed) &&
	    load_account_cmp(load_account_floor_of(a, c), s->row.rev) <= 0;
}

static int
sweep_collection(struct sweep *w, const struct load_collection *c,
    struct status *st)
{
	const struct load_snapshot *s = w->snapshot;
	struct db_named named = { .has = is_named, .arg = w, .last = -1 };

	named.count = load_snapshot_named(s, c);
	named.whole = !s->row.has_keys;
	load_seen_bounds(&s->seen, &named.first, &named.last);
	return db_keys(w->db, w->account->row.id, c->id, &named, sweep_key, w,
	    st);
}

static int
sweep_one(struct sweep *w, const struct slice *nsid, struct status *st)
{
	struct load_account *a = w->account;
	struct load_collection *c = load_account_collection(a, nsid, st);

	if (c == NULL ||
	    (c->id == 0 && db_collection(w->db, nsid, false, &c->id, st) == -1))
		return -1;
	if (c->id == 0 || !is_swept(a, w->snapshot, c))
		return 0;
	return sweep_collection(w, c, st);
}

/* Read all collections that the account has entries in. Later ones are known
 * anyway. */
static int
read_collections(struct db *db, struct load_account *a, struct status *st)
{
	struct load_collection *c;
	struct slice nsid;
	int64_t id = 0;

	while (!a->has_collections) {
		if (db_next_collection(db, a->row.id, &id, st) == -1)
			return -1;
		a->has_collections = id == 0;
		if (id == 0)
			break;
		if (db_nsid(db, id, &nsid, st) == -1 ||
		    (c = load_account_collection(a, &nsid, st)) == NULL)
			return -1;
		c->id = id;
	}
	return 0;
}

static int
sweep_covered(struct sweep *w, const struct load_filter *f, struct status *st)
{
	struct load_account *a = w->account;
	struct load_collection *c;
	size_t i;

	if (read_collections(w->db, a, st) == -1)
		return -1;
	for (i = 0; i < a->ncollections; i++) {
		c = a->collections[i];
		if (c->id != 0 && load_filter_covers(f, &c->nsid) &&
		    is_swept(a, w->snapshot, c) &&
		    sweep_collection(w, c, st) == -1)
			return -1;
	}
	return 0;
}

/* Remove what the snapshot covers and didn't name, one collection at a time. */
static int
sweep(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct load_filter *f, struct status *st)
{
	struct sweep w = { db, a, s, NULL };
	size_t i;

	if (s->row.listed)
		w.car = load_snapshot_find(a, s->row.rev, false);
	for (i = 0; i < f->npatterns; i++)
		if (load_prefix_is_open(&f->patterns[i]))
			return sweep_covered(&w, f, st);
	for (i = 0; i < f->npatterns; i++)
		if (sweep_one(&w, &f->patterns[i], st) == -1)
			return -1;
	return 0;
}

/* Marking what is loaded */

/* Counted keys that nobody named, because their collection was loaded. */
static void
add_skipped(const struct load_account *a, const struct load_filter *f)
{
	const struct load_filter_expect *e;
	struct load_coverage *v;
	struct load_prefix p;
	uint64_t named;
	size_t i;

	for (i = 0; i < f->nexpect; i++) {
		e = &f->expect[i];
		named = load_snapshot_named(f->snapshot, e->collection);
		if (e->keys <= named)
			continue;
		load_prefix_begin(&p, &e->collection->nsid);
		while ((v = load_account_covering(a, &p)) != NULL)
			if (v->loader_filter == f)
				v->row.skipped = load_filter_add(v->row.skipped,
				    e->keys - named);
	}
}

/* Report the `end` of a CAR, which must not count fewer keys than it has. A
 * listing may, because the repo changes while it is paged. */
static void
note_fewer(struct load_account *a, const struct load_filter *f)
{
	const struct load_filter_expect *e;
	uint64_t named;
	size_t i;

	for (i = 0; !f->snapshot->row.listed && i < f->nexpect; i++) {
		e = &f->expect[i];
		named = load_snapshot_named(f->snapshot, e->collection);
		if (named <= e->keys)
			continue;
		a->fewer = (struct load_account_fewer){
			.collection = e->collection,
			.counted = e->keys,
			.came = named
		};
		memcpy(a->fewer.rev, f->snapshot->row.rev, DB_REV_BYTES);
		return;
	}
}

/* The whole repo also removes errors of keys without a valid collection. */
static int
drop_strays(struct db *db, struct load_account *a, const struct load_filter *f,
    struct status *st)
{
	const struct load_snapshot *s = f->snapshot;
	struct slice whole = load_account_whole();

	if (!a->row.has_errors || !load_filter_covers(f, &whole) ||
	    load_account_cmp(load_account_floor(a, &whole), s->row.rev) > 0)
		return 0;
	return db_drop_errors(db, a->row.id, s->row.rev, st);
}

static int
load_patterns(struct db *db, struct load_account *a,
    const struct load_filter *f, struct status *st)
{
	const struct load_snapshot *s = f->snapshot;
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (!load_account_has_pattern(a, &f->patterns[i], s->row.rev,
			s->row.listed) &&
		    load_import_loaded(db, a, &f->patterns[i], f, st) == -1)
			return -1;
	add_skipped(a, f);
	return 0;
}

int
load_sweep_whole(struct db *db, struct load_account *a,
    const struct load_filter *f, const char *rev, struct status *st)
{
	struct load_snapshot s = { 0 };

	memcpy(s.row.rev, rev, DB_REV_BYTES);
	return a->empty ? 0 : sweep(db, a, &s, f, st);
}

static int
finish(struct db *db, struct load_account *a, struct load_filter *f,
    struct status *st)
{
	struct load_snapshot *s = f->snapshot;

	if (load_snapshot_has_loaded(a, f))
		return 0;
	note_fewer(a, f);
	if (!a->empty && a->only != s && sweep(db, a, s, f, st) == -1)
		return -1;
	if (drop_strays(db, a, f, st) == -1 ||
	    load_patterns(db, a, f, st) == -1 ||
	    load_waiting_loaded(a, f, st) == -1)
		return -1;
	/* Joining runs goes over all patterns, so do it once for many ends. */
	a->may_join = a->has_runs;
	return load_import_recover(db, a, f, s->row.rev, s->row.listed, st);
}

/* An end that is finished may fulfil another. */
int
load_sweep_conclude(struct db *db, struct load_account *a, struct status *st)
{
	struct load_filter *f;

	while ((f = load_waiting_next(a)) != NULL)
		if (finish(db, a, f, st) == -1)
			return -1;
	return 0;
}

/* An end may wait for what a run extends. */
int
load_sweep_live(struct db *db, struct load_account *a, struct status *st)
{
	bool moved;

	a->extended[0] = '\0';
	for (a->may_join = true; a->may_join;) {
		a->may_join = false;
		if (load_live_settle(a, &moved, st) == -1 ||
		    (moved && load_waiting_covered(a, st) == -1) ||
		    load_sweep_conclude(db, a, st) == -1)
			return -1;
	}
	return 0;
}
