#include "config.h"

#include <stdlib.h>

#include "libcar/db/collection.h"
#include "libcar/db/failure.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/sweep_private.h"

/*
 * An `end` is fulfilled when each collection has as many keys as it counts, or
 * is loaded already. Then what the snapshot covers, is older and was not named
 * is swept away, the patterns are loaded, and what was kept to count is
 * dropped.
 */

static bool
fulfilled(const struct load_snapshot *s, struct load_filter *f)
{
	const struct load_filter_expect *e;

	for (; f->at < f->nexpect; f->at++) {
		e = &f->expect[f->at];
		if (!load_account_has(e->collection, s->row.rev,
			s->row.listed) &&
		    load_snapshot_named(s, e->collection) < e->keys)
			return false;
	}
	return true;
}

/* What was not named goes */

struct sweep {
	struct db *db;
	struct load_account *account;
	struct load_snapshot *snapshot;
	struct load_snapshot *car; /* of the same rev, beside a listing */
};

/* Older than the snapshot; or as old and from a listing, which a CAR knows
 * better than. */
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

/* Has the snapshot named the key after all, or the CAR beside a listing? */
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

/* Is this collection the snapshot's to sweep? What is loaded already has been
 * swept, and a higher floor has a snapshot that will. */
static bool
is_swept(const struct load_snapshot *s, const struct load_filter *f,
    const struct load_collection *c)
{
	return load_filter_covers(f, &c->nsid) &&
	    !load_account_has(c, s->row.rev, s->row.listed) &&
	    load_account_cmp(c->floor, s->row.rev) <= 0;
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
sweep_id(struct sweep *w, const struct load_filter *f, int64_t id,
    struct status *st)
{
	struct load_collection *c;
	struct slice nsid;

	if (db_nsid(w->db, id, &nsid, st) == -1 ||
	    (c = load_account_collection(w->account, &nsid, st)) == NULL)
		return -1;
	c->id = id;
	return is_swept(w->snapshot, f, c) ? sweep_collection(w, c, st) : 0;
}

/* Remove what the snapshot covers and didn't name, a collection after the
 * other. */
static int
sweep(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct load_filter *f, struct status *st)
{
	struct sweep w = { db, a, s, NULL };
	int64_t id = 0;

	if (s->row.listed)
		w.car = load_snapshot_find(a, s->row.rev, false);
	do {
		if (db_next_collection(db, a->row.id, &id, st) == -1 ||
		    (id != 0 && sweep_id(&w, f, id, st) == -1))
			return -1;
	} while (id != 0);
	return 0;
}

/* What is loaded */

static void
add_skipped(const struct load_snapshot *s, const struct load_filter *f,
    const struct slice *pattern, struct db_coverage *v)
{
	const struct load_filter_expect *e;
	uint64_t named;
	size_t i;

	for (i = 0; i < f->nexpect; i++) {
		e = &f->expect[i];
		if (!load_account_covers(pattern, &e->collection->nsid))
			continue;
		named = load_snapshot_named(s, e->collection);
		if (e->keys > named)
			v->skipped = load_filter_add(v->skipped,
			    e->keys - named);
	}
}

static bool
all_loaded(const struct load_account *a, const struct load_snapshot *s,
    const struct load_filter *f)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (!load_account_has_pattern(a, &f->patterns[i], s->row.rev,
			s->row.listed))
			return false;
	return true;
}

static int
finish_pattern(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct load_filter *f, const struct slice *pattern, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	v->row.synced = v->row.skipped = v->row.failed = 0;
	load_snapshot_sum(a, s, pattern, &v->row);
	add_skipped(s, f, pattern, &v->row);
	return load_import_loaded(db, a, pattern, s->row.rev, s->row.listed,
	    st);
}

/* Errors of keys without a valid collection go with the whole repo. */
static int
drop_strays(struct db *db, struct load_account *a,
    const struct load_snapshot *s, const struct load_filter *f,
    struct status *st)
{
	struct slice whole = load_account_whole();

	if (!a->row.has_errors || !load_filter_covers(f, &whole) ||
	    load_account_cmp(load_account_floor(a, &whole), s->row.rev) > 0)
		return 0;
	return db_drop_errors(db, a->row.id, s->row.rev, st);
}

static int
finish(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct load_filter *f, struct status *st)
{
	size_t i;

	if (!a->empty && a->only != s && sweep(db, a, s, f, st) == -1)
		return -1;
	if (drop_strays(db, a, s, f, st) == -1)
		return -1;
	for (i = 0; i < f->npatterns; i++)
		if (!load_account_has_pattern(a, &f->patterns[i], s->row.rev,
			s->row.listed) &&
		    finish_pattern(db, a, s, f, &f->patterns[i], st) == -1)
			return -1;
	return load_import_recover(db, a, s->row.rev, s->row.listed, st);
}

/* What was kept to count goes */

static int
drop_filters(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	struct load_filter **p = &s->filters, *f;
	int rc = 0;

	while ((f = *p) != NULL && rc == 0) {
		if (!all_loaded(a, s, f)) {
			p = &f->next;
			continue;
		}
		if (s->row.id != 0)
			rc = db_drop_filter(db, s->row.id, &f->text, st);
		*p = f->next;
		load_filter_free(f);
	}
	return rc;
}

/* Counts of loaded collections go; *left: there are others. */
static int
drop_counts(struct db *db, struct load_account *a, struct load_snapshot *s,
    bool *left, struct status *st)
{
	size_t i;

	*left = false;
	for (i = 0; i < s->ncounts; i++) {
		if (s->counts[i] == NULL)
			continue;
		if (!load_account_has(a->collections[i], s->row.rev,
			s->row.listed)) {
			*left = true;
			continue;
		}
		if (s->row.id != 0 &&
		    db_drop_count(db, s->row.id, s->counts[i]->row.collection,
			st) == -1)
			return -1;
		free(s->counts[i]);
		s->counts[i] = NULL;
	}
	return 0;
}

/* Snapshots go as far as what they are about is loaded. */
static int
settle(struct db *db, struct load_account *a, struct status *st)
{
	struct load_snapshot *s, *next;
	bool left;

	for (s = a->snapshots; s != NULL; s = next) {
		next = s->next;
		if (drop_filters(db, a, s, st) == -1 ||
		    drop_counts(db, a, s, &left, st) == -1)
			return -1;
		if (s->filters != NULL || left)
			continue;
		if (s->row.id != 0 && db_drop_snapshot(db, s->row.id, st) == -1)
			return -1;
		load_snapshot_free(a, s);
	}
	return load_import_states(db, a, st);
}

/* One end that is fulfilled is finished, if there is one. */
static int
finish_one(struct db *db, struct load_account *a, bool *finished,
    struct status *st)
{
	struct load_filter *f;
	struct load_snapshot *s;

	*finished = true;
	for (s = a->snapshots; s != NULL; s = s->next)
		for (f = s->filters; f != NULL; f = f->next)
			if (f->ended && !all_loaded(a, s, f) && fulfilled(s, f))
				return finish(db, a, s, f, st);
	*finished = false;
	return 0;
}

/* What one end finishes may be what another one waits for. */
int
load_sweep_conclude(struct db *db, struct load_account *a, bool *settled,
    struct status *st)
{
	bool finished;

	*settled = false;
	do {
		if (finish_one(db, a, &finished, st) == -1)
			return -1;
		*settled |= finished;
	} while (finished);
	return *settled ? settle(db, a, st) : 0;
}
