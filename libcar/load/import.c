#include "config.h"

#include "libcar/db/failure.h"
#include "libcar/load/import_private.h"

/*
 * A pattern's import is in progress while a snapshot is that names it, or that
 * has keys of it though no line has said yet what the snapshot covers.
 */

static bool
names_pattern(const struct load_snapshot *s, const struct slice *pattern)
{
	const struct load_filter *f;
	size_t i;

	for (f = s->filters; f != NULL; f = f->next)
		for (i = 0; i < f->npatterns; i++)
			if (load_account_same(&f->patterns[i], pattern))
				return true;
	return false;
}

static bool
has_keys_of(const struct load_account *a, const struct load_snapshot *s,
    const struct slice *pattern)
{
	size_t i;

	for (i = 0; i < s->ncounts; i++)
		if (s->counts[i] != NULL &&
		    load_account_same(&a->collections[i]->nsid, pattern))
			return true;
	return false;
}

static bool
is_in_progress(const struct load_account *a, const struct slice *pattern)
{
	const struct load_snapshot *s;

	for (s = a->snapshots; s != NULL; s = s->next) {
		if (load_account_has_pattern(a, pattern, s->row.rev,
			s->row.listed))
			continue;
		if (names_pattern(s, pattern) ||
		    (!load_snapshot_covers(s, pattern) &&
			has_keys_of(a, s, pattern)))
			return true;
	}
	return false;
}

static enum db_import
state_of(const struct load_account *a, const struct load_coverage *v)
{
	struct slice p = load_account_pattern(v);

	if (is_in_progress(a, &p))
		return DB_IN_PROGRESS;
	if (v->failed)
		return DB_FAILED;
	return v->row.loaded[0] != '\0' ? DB_COMPLETED : DB_NONE;
}

static void
set_state(struct db *db, struct load_coverage *v, enum db_import state)
{
	if (state == v->row.status)
		return;
	if (state == DB_IN_PROGRESS) {
		v->row.started_ms = db->now_ms;
		v->row.completed_ms = 0;
	}
	v->row.status = state;
	v->dirty = true;
}

int
load_import_begun(struct db *db, struct load_account *a,
    const struct slice *pattern, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	set_state(db, v, DB_IN_PROGRESS);
	a->is_dirty = true;
	return 0;
}

int
load_import_loaded(struct db *db, struct load_account *a,
    const struct slice *pattern, const char *rev, bool listed,
    struct status *st)
{
	struct load_coverage *v;

	if (load_account_loaded(a, pattern, rev, listed, st) == -1 ||
	    (v = load_account_coverage(a, pattern, st)) == NULL)
		return -1;
	v->row.completed_ms = db->now_ms;
	if (!a->has_cursors)
		return 0;
	return db_drop_cursors(db, a->row.id, v->row.pattern, rev, st);
}

/* A failure of `*` is that of a job, which any later job makes good. */
static bool
is_over(const struct load_account *a, const struct load_coverage *v,
    const char *rev, bool listed)
{
	struct slice whole = load_account_whole(), p = load_account_pattern(v);

	return load_account_same(&p, &whole) ||
	    load_account_has_pattern(a, &p, rev, listed);
}

int
load_import_recover(struct db *db, struct load_account *a, const char *rev,
    bool listed, struct status *st)
{
	struct load_coverage *v;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		v->failed = v->failed && !is_over(a, v, rev, listed);
	}
	a->row.loaded_ms = db->now_ms;
	a->is_loaded = true;
	if (load_account_failed(a))
		return load_import_states(db, a, st);
	if (a->row.has_failures && db_drop_failures(db, a->row.id, st) == -1)
		return -1;
	a->row.has_failures = false;
	return load_import_states(db, a, st);
}

int
load_import_states(struct db *db, struct load_account *a, struct status *st)
{
	struct load_coverage *v;
	enum db_import state;
	size_t i;

	for (i = a->ncoverage; i-- > 0;) {
		v = &a->coverage[i];
		state = state_of(a, v);
		if (state != DB_NONE || v->row.floor[0] != '\0') {
			set_state(db, v, state);
			continue;
		}
		if (db_drop_coverage(db, a->row.id, v->row.pattern, st) == -1)
			return -1;
		load_account_drop_coverage(a, v);
	}
	a->is_dirty = true;
	return 0;
}

static const struct load_snapshot *
find_latest(const struct load_account *a)
{
	const struct load_snapshot *s, *latest = NULL;

	for (s = a->snapshots; s != NULL; s = s->next)
		if (latest == NULL ||
		    load_account_cmp(s->row.rev, latest->row.rev) > 0)
			latest = s;
	return latest;
}

void
load_import_count(struct load_account *a)
{
	const struct load_snapshot *latest = find_latest(a);
	struct load_coverage *v;
	struct db_coverage old;
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		if (v->row.status != DB_IN_PROGRESS)
			continue;
		p = load_account_pattern(v);
		old = v->row;
		v->row.synced = v->row.skipped = v->row.failed = 0;
		if (latest != NULL)
			load_snapshot_sum(a, latest, &p, &v->row);
		v->dirty |= v->row.synced != old.synced ||
		    v->row.skipped != old.skipped ||
		    v->row.failed != old.failed;
	}
}
