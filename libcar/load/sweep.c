#include "config.h"

#include <stdlib.h>

#include "libcar/load/sweep_private.h"

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

struct sweep {
	struct load *load;
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

	return load_snapshot_bit(w->snapshot, entry);
}

static int
sweep_key(void *arg, const struct db_key *k, const struct db_entry *found,
    struct status *st)
{
	struct sweep *w = arg;
	struct db *db = w->load->db;
	struct db_entry e;
	int got;

	if ((got = load_snapshot_has(w->load, w->snapshot, k, 0, st)) != 0)
		return got == 1 ? 0 : -1;
	if (w->car != NULL &&
	    (got = load_snapshot_has(w->load, w->car, k, found->id, st)) != 0)
		return got == 1 ? 0 : -1;
	if (db_find(db, k, &e, st) == -1)
		return -1;
	if (e.id == 0 || !is_older(&e, w->snapshot))
		return 0;
	return load_account_remove(w->load, w->account, k, found->id,
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
	load_snapshot_bounds(s, &named.first, &named.last);
	return db_keys(w->load->db, w->account->row.id, c->id, &named,
	    sweep_key, w, st);
}

/* The collections that the account has entries in; of *n, to be freed. */
static int
list_collections(struct load *load, const struct load_account *a, int64_t **ids,
    size_t *n, struct status *st)
{
	int64_t id = 0;

	while (db_next_collection(load->db, a->row.id, &id, st) == 0) {
		if (id == 0)
			return 0;
		if (load_room(ids, *n, sizeof(**ids), st) == -1)
			return -1;
		(*ids)[(*n)++] = id;
	}
	return -1;
}

static int
sweep_id(struct sweep *w, const struct load_filter *f, int64_t id,
    struct status *st)
{
	struct load_collection *c;
	struct slice nsid;

	if (db_nsid(w->load->db, id, &nsid, st) == -1 ||
	    (c = load_account_collection(w->load, w->account, &nsid, false,
		 st)) == NULL)
		return -1;
	c->id = id;
	return is_swept(w->snapshot, f, c) ? sweep_collection(w, c, st) : 0;
}

/* Remove what the snapshot covers and didn't name. */
static int
sweep(struct load *load, struct load_account *a, struct load_snapshot *s,
    const struct load_filter *f, struct status *st)
{
	struct sweep w = { load, a, s, NULL };
	int64_t *ids = NULL;
	size_t n = 0, i;
	int got;

	if (s->row.listed)
		w.car = load_snapshot_find(a, s->row.rev, false);
	got = list_collections(load, a, &ids, &n, st);
	for (i = 0; i < n && got == 0; i++)
		got = sweep_id(&w, f, ids[i], st);
	free(ids);
	return got;
}

static void
add_skipped(const struct load_snapshot *s, const struct load_filter *f,
    const struct slice *pattern, struct db_coverage *v)
{
	const struct load_filter_expect *e;

	for (e = f->expect; e < f->expect + f->nexpect; e++)
		if (load_account_covers(pattern, &e->collection->nsid) &&
		    e->keys > load_snapshot_named(s, e->collection))
			v->skipped += e->keys -
			    load_snapshot_named(s, e->collection);
}

static int
finish_pattern(struct load *load, struct load_account *a,
    struct load_snapshot *s, struct load_filter *f, const struct slice *pattern,
    struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	v->row.synced = v->row.skipped = v->row.failed = 0;
	load_snapshot_sum(a, s, pattern, &v->row);
	add_skipped(s, f, pattern, &v->row);
	return load_account_loaded(load, a, pattern, s->row.rev, s->row.listed,
	    st);
}

static int
finish(struct load *load, struct load_account *a, struct load_snapshot *s,
    struct load_filter *f, struct status *st)
{
	struct slice whole = { "*", 1 };
	struct db *db = load->db;
	size_t i;

	if (!a->empty && a->only != s && sweep(load, a, s, f, st) == -1)
		return -1;
	if (a->row.has_errors && load_filter_covers(f, &whole) &&
	    load_account_cmp(load_account_floor(a, &whole), s->row.rev) <= 0 &&
	    db_drop_errors(db, a->row.id, s->row.rev, st) == -1)
		return -1;
	for (i = 0; i < f->npatterns; i++)
		if (!load_account_has_pattern(a, &f->patterns[i], s->row.rev,
			s->row.listed) &&
		    finish_pattern(load, a, s, f, &f->patterns[i], st) == -1)
			return -1;
	return load_account_recover(load, a, st);
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
drop_filters(struct load *load, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	struct load_filter **p = &s->filters, *f;
	int got;

	while ((f = *p) != NULL) {
		if (!all_loaded(a, s, f)) {
			p = &f->next;
			continue;
		}
		got = 0;
		if (s->row.id != 0)
			got = db_drop_filter(load->db, s->row.id, &f->text, st);
		*p = f->next;
		load_filter_free(f);
		if (got == -1)
			return -1;
	}
	return 0;
}

/* Counts of loaded collections go; how many are left, or -1. */
static int
drop_counts(struct load *load, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	int left = 0;
	size_t i;

	for (i = 0; i < s->ncounts; i++) {
		if (s->counts[i] == NULL)
			continue;
		if (!load_account_has(a->collections[i], s->row.rev,
			s->row.listed)) {
			left = 1;
			continue;
		}
		if (s->row.id != 0 &&
		    db_drop_count(load->db, s->row.id,
			s->counts[i]->row.collection, st) == -1)
			return -1;
		free(s->counts[i]);
		s->counts[i] = NULL;
	}
	return left;
}

/* Snapshots go as far as what they are about is loaded. */
static int
settle(struct load *load, struct load_account *a, struct status *st)
{
	struct load_snapshot *s, *next;
	int left;

	for (s = a->snapshots; s != NULL; s = next) {
		next = s->next;
		if (drop_filters(load, a, s, st) == -1 ||
		    (left = drop_counts(load, a, s, st)) == -1)
			return -1;
		if (s->filters != NULL || left > 0)
			continue;
		if (s->row.id != 0 &&
		    db_drop_snapshot(load->db, s->row.id, st) == -1)
			return -1;
		if (load->snapshot == s)
			load->snapshot = NULL;
		load_snapshot_free(a, s);
	}
	return load_account_states(load, a, st);
}

/* One end that is fulfilled is concluded: 1, 0 if there is none. */
static int
conclude_one(struct load *load, struct load_account *a, struct status *st)
{
	struct load_filter *f;
	struct load_snapshot *s;

	for (s = a->snapshots; s != NULL; s = s->next)
		for (f = s->filters; f != NULL; f = f->next)
			if (f->ended && !all_loaded(a, s, f) && fulfilled(s, f))
				return finish(load, a, s, f, st) == -1 ? -1 : 1;
	return 0;
}

/* What one end concludes may be what another one waits for. */
int
load_sweep_conclude(struct load *load, struct load_account *a,
    struct status *st)
{
	bool finished = false;
	int got;

	while ((got = conclude_one(load, a, st)) == 1)
		finished = true;
	if (got == -1)
		return -1;
	return finished ? settle(load, a, st) : 0;
}
