#include "config.h"

#include "libcar/db/failure.h"
#include "libcar/load/import_private.h"

/*
 * The import of a pattern is in progress while a snapshot in progress names the
 * pattern, or has keys of it before any line has said what the snapshot covers.
 * The pattern's figures come from the latest of these snapshots. After loading,
 * they come from the snapshot that has loaded the pattern.
 *
 * load_import_settle() goes over the snapshots in progress once. Each snapshot
 * marks the patterns that it will load, and adds its counts to the patterns
 * that show its figures. So the cost depends on what is in progress, and not on
 * the number of patterns.
 */

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
    const struct slice *pattern, const struct load_snapshot *s,
    struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	a->is_dirty = true;
	if (load_account_has_pattern(a, pattern, s->row.rev, s->row.listed))
		return 0;
	set_state(db, v, DB_IN_PROGRESS);
	v->has_begun = true;
	return 0;
}

static void
begin_figures(struct load_coverage *v)
{
	v->row.synced = v->row.skipped = v->row.failed = 0;
}

int
load_import_loaded(struct db *db, struct load_account *a,
    const struct slice *pattern, const struct load_filter *f, struct status *st)
{
	const struct load_snapshot *s = f->snapshot;
	struct load_coverage *v;

	if (load_account_loaded(a, pattern, s->row.rev, s->row.listed, st) ==
		-1 ||
	    (v = load_account_coverage(a, pattern, st)) == NULL)
		return -1;
	v->row.completed_ms = db->now_ms;
	v->loader = s;
	v->loader_filter = f;
	v->has_begun = false;
	begin_figures(v);
	return 0;
}

/* Failures */

/* A failure of `*` belongs to a job; any later job clears it. A failure of a
 * collection is cleared only if this job, not an earlier one, has loaded it. */
static bool
is_over(const struct load_account *a, const struct load_coverage *v,
    const struct load_filter *f, const char *rev, bool listed)
{
	struct slice p = load_account_pattern(v);

	if (p.len == 1 && p.at[0] == '*')
		return true;
	return load_filter_covers(f, &p) &&
	    load_account_has_pattern(a, &p, rev, listed) &&
	    load_account_cmp(load_account_loaded_rev(a, &p), rev) == 0;
}

int
load_import_recover(struct db *db, struct load_account *a,
    const struct load_filter *f, const char *rev, bool listed,
    struct status *st)
{
	struct load_coverage *v;
	size_t i;

	for (i = 0; a->nfailed > 0 && i < a->ncoverage; i++) {
		v = a->coverage[i];
		if (v->failed && is_over(a, v, f, rev, listed))
			load_account_set_failed(a, v, false);
	}
	a->row.loaded_ms = db->now_ms;
	a->is_loaded = a->is_dirty = true;
	if (load_account_failed(a))
		return 0;
	if (a->row.has_failures && db_drop_failures(db, a->row.id, st) == -1)
		return -1;
	a->row.has_failures = false;
	return 0;
}

/* Settling: find patterns in progress */

static void
open_pattern(const struct load_account *a, const struct load_snapshot *s,
    struct load_coverage *v)
{
	struct slice p = load_account_pattern(v);

	if (load_account_has_pattern(a, &p, s->row.rev, s->row.listed))
		return;
	if (v->open == NULL ||
	    load_account_cmp(s->row.rev, v->open->row.rev) > 0)
		v->open = s;
}

static int
open_filter(struct load_account *a, const struct load_snapshot *s,
    const struct load_filter *f, struct status *st)
{
	struct load_coverage *v;
	size_t i;

	for (i = 0; !f->done && i < f->npatterns; i++) {
		v = load_account_coverage(a, &f->patterns[i], st);
		if (v == NULL)
			return -1;
		open_pattern(a, s, v);
		v->is_listed |= f->ended && s->row.listed &&
		    load_account_cmp(v->row.cursor_rev, s->row.rev) <= 0;
	}
	return 0;
}

/* Keys that no line has declared as covered yet. */
static int
open_counts(struct load_account *a, const struct load_snapshot *s,
    struct status *st)
{
	const struct load_snapshot_count *n;
	const struct load_collection *c;
	struct load_coverage *v;
	size_t i;

	for (i = 0; i < s->ncounts; i++) {
		n = s->counts[i];
		if (n == NULL || n->row.named == 0)
			continue;
		c = a->collections[i];
		if (load_snapshot_covers(s, &c->nsid))
			continue;
		if ((v = load_account_coverage(a, &c->nsid, st)) == NULL)
			return -1;
		open_pattern(a, s, v);
	}
	return 0;
}

static int
open_all(struct load_account *a, struct status *st)
{
	const struct load_snapshot *s;
	const struct load_filter *f;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		a->coverage[i]->open = NULL;
		a->coverage[i]->is_listed = false;
	}
	for (s = a->snapshots; s != NULL; s = s->next) {
		for (f = s->filters; f != NULL; f = f->next)
			if (open_filter(a, s, f, st) == -1)
				return -1;
		if (open_counts(a, s, st) == -1)
			return -1;
	}
	return 0;
}

/* Both may happen in one transaction: a snapshot loads the pattern, and a later
 * one begins. */
static bool
has_ended_otherwise(const struct load_coverage *v)
{
	return v->row.status == DB_IN_PROGRESS && v->open == NULL &&
	    (v->loader == NULL || v->has_begun) && v->row.loaded[0] != '\0';
}

/* If an import was completed once and began again, a wider pattern's import
 * ends it, because the wider snapshot has its keys too. If it was never
 * completed, only the wider pattern's row reports it. */
static void
end_by_wider(struct db *db, const struct load_account *a,
    struct load_coverage *v)
{
	struct slice pattern = load_account_pattern(v);
	const struct load_coverage *w, *best = v;
	struct load_prefix p;

	load_prefix_begin(&p, &pattern);
	while ((w = load_account_covering(a, &p)) != NULL)
		if (w->loader != NULL &&
		    load_account_cmp(w->row.loaded, best->row.loaded) > 0)
			best = w;
	if (best == v)
		return;
	memcpy(v->row.loaded, best->row.loaded, DB_REV_BYTES);
	v->row.listed = best->row.listed;
	v->row.completed_ms = db->now_ms;
	v->loader = best->loader;
	v->dirty = true;
	begin_figures(v);
}

/* Figures */

/* For an import in progress, skip keys that something later has loaded. */
static void
add_count(const struct load_account *a, const struct load_snapshot *s,
    struct load_collection *c, const struct db_count *n)
{
	bool is_loaded = load_account_has(a, c, s->row.rev, s->row.listed);
	struct load_coverage *v;
	struct load_prefix p;

	load_prefix_begin(&p, &c->nsid);
	while ((v = load_account_covering(a, &p)) != NULL) {
		if (v->open != NULL ? v->open != s || is_loaded :
				      v->loader != s)
			continue;
		v->row.synced += n->named - n->skipped - n->failed;
		v->row.skipped += n->skipped;
		v->row.failed += n->failed;
		v->dirty = true;
	}
}

static void
count_all(const struct load_account *a)
{
	const struct load_snapshot *s;
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		if (a->coverage[i]->open != NULL) {
			begin_figures(a->coverage[i]);
			a->coverage[i]->dirty = true;
		}
	for (s = a->snapshots; s != NULL; s = s->next)
		for (i = 0; i < s->ncounts; i++)
			if (s->counts[i] != NULL)
				add_count(a, s, a->collections[i],
				    &s->counts[i]->row);
}

/* States */

static enum db_import
state_of(const struct load_coverage *v)
{
	if (v->open != NULL)
		return DB_IN_PROGRESS;
	if (v->failed)
		return DB_FAILED;
	return v->row.loaded[0] != '\0' ? DB_COMPLETED : DB_NONE;
}

static int
settle_state(struct db *db, struct load_account *a, size_t i, struct status *st)
{
	struct load_coverage *v = a->coverage[i];
	enum db_import state = state_of(v);

	v->loader = NULL;
	v->loader_filter = NULL;
	v->has_begun = false;
	if (state != DB_NONE || v->row.floor[0] != '\0' ||
	    v->row.doubt[0] != '\0' || v->row.run_to[0] != '\0' ||
	    v->row.has_cursor) {
		set_state(db, v, state);
		return 0;
	}
	if (db_drop_coverage(db, a->row.id, v->row.pattern, st) == -1)
		return -1;
	load_account_drop_coverage(a, i);
	return 0;
}

/* Drop a cursor if what follows it is loaded. Also drop it if the listing has
 * ended but lacks keys from before the cursor, as after at-status --reset: a
 * listing resumed there would never become whole. */
static int
drop_cursor(struct db *db, const struct load_account *a,
    struct load_coverage *v, struct status *st)
{
	const struct slice p = load_account_pattern(v);

	if (!v->row.has_cursor ||
	    (!v->is_listed &&
		!load_account_has_pattern(a, &p, v->row.cursor_rev, true)))
		return 0;
	v->row.has_cursor = false;
	return db_drop_cursor(db, a->row.id, v->row.pattern, st);
}

int
load_import_settle(struct db *db, struct load_account *a, struct status *st)
{
	size_t i;

	if (open_all(a, st) == -1)
		return -1;
	for (i = 0; i < a->ncoverage; i++)
		if (has_ended_otherwise(a->coverage[i]))
			end_by_wider(db, a, a->coverage[i]);
	count_all(a);
	for (i = a->ncoverage; i-- > 0;)
		if ((a->has_cursors &&
			drop_cursor(db, a, a->coverage[i], st) == -1) ||
		    settle_state(db, a, i, st) == -1)
			return -1;
	return 0;
}
