#include "config.h"

#include "libcar/load/floor_private.h"
#include "libcar/load/live_private.h"

/*
 * A pattern of coverage overlaps the patterns that cover it and those that it
 * covers. A look-up by text finds the former. For the latter, each row marks
 * the rows that cover it, so the time is linear in the number of rows.
 */

static bool
is_after(const char *rev, const char *other)
{
	return load_account_cmp(rev, other) > 0;
}

static const char *
known(const struct load_account *a, const struct load_coverage *v)
{
	const struct slice p = load_account_pattern(v);

	return load_account_loaded_rev(a, &p);
}

static bool
overlaps(const struct load_coverage *v, const struct slice *pattern)
{
	const struct slice p = load_account_pattern(v);

	return load_account_covers(&p, pattern) ||
	    load_account_covers(pattern, &p);
}

static void
set_rev(char *rev, const char *other)
{
	memcpy(rev, other, DB_REV_BYTES);
}

static void
set_data(struct load_coverage *v, const struct slice *data)
{
	memset(v->row.run_data, 0, sizeof(v->row.run_data));
	if (data->at != NULL && data->len < sizeof(v->row.run_data))
		memcpy(v->row.run_data, data->at, data->len);
}

static void
clear_run(struct load_coverage *v)
{
	memset(v->row.run_from, 0, DB_REV_BYTES);
	memset(v->row.run_first, 0, DB_REV_BYTES);
	memset(v->row.run_to, 0, DB_REV_BYTES);
	memset(v->row.run_data, 0, sizeof(v->row.run_data));
}

/* Get the row, and mark it to be written. */
static struct load_coverage *
change(struct load_account *a, const struct slice *pattern, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v != NULL)
		v->dirty = a->is_dirty = a->has_runs = true;
	return v;
}

/* Open rows */

/* The latest rev that a row knows, loaded or not. */
static const char *
reach(const struct load_coverage *v)
{
	const char *rev = v->row.floor;

	if (is_after(v->row.doubt, rev))
		rev = v->row.doubt;
	return is_after(v->row.run_to, rev) ? v->row.run_to : rev;
}

static void
mark(const struct load_account *a, const struct load_coverage *v,
    bool unsettled)
{
	const struct slice p = load_account_pattern(v);
	struct load_coverage *w;
	struct load_prefix prefix;

	load_prefix_begin(&prefix, &p);
	while ((w = load_account_covering(a, &prefix)) != NULL) {
		w->is_unsettled |= unsettled;
		w->has_open = true;
	}
}

/* Mark the rows that cover a row which goes beyond what is loaded of it. */
static void
mark_open(const struct load_account *a)
{
	struct load_coverage *v;
	const char *loaded;
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		a->coverage[i]->is_unsettled = a->coverage[i]->has_open = false;
	for (i = 0; i < a->ncoverage; i++) {
		v = a->coverage[i];
		loaded = known(a, v);
		if (is_after(reach(v), loaded))
			mark(a, v, is_after(v->row.floor, loaded));
	}
}

/* Are all snapshots above what is loaded closed? If so, the floors kept no line
 * out that is now missing. Call after mark_open(). */
static bool
is_settled(const struct load_account *a, const struct load_coverage *v)
{
	const struct slice p = load_account_pattern(v);
	const struct load_coverage *w;
	struct load_prefix prefix;

	if (v->is_unsettled)
		return false;
	load_prefix_begin(&prefix, &p);
	while ((w = load_account_covering(a, &prefix)) != NULL)
		if (is_after(w->row.floor, known(a, v)))
			return false;
	return true;
}

/* Commits */

/* Act as if a snapshot had been opened at the rev. */
static int
drop_run(struct load_account *a, struct load_coverage *v,
    const struct slice *pattern, const char *rev, enum db_cause cause,
    struct status *st)
{
	clear_run(v);
	v->row.cause = cause;
	return load_floor_raise(a, pattern, rev, st);
}

int
load_live_break(struct load_account *a, const struct slice *pattern,
    const char *rev, enum db_cause cause, struct status *st)
{
	struct load_coverage *v = change(a, pattern, st);

	if (v == NULL)
		return -1;
	if (v->row.run_to[0] != '\0' && !is_after(rev, v->row.run_to))
		return 0;
	return drop_run(a, v, pattern, rev, cause, st);
}

int
load_live_doubt(struct load_account *a, const struct slice *pattern,
    const char *rev, enum db_cause cause, struct status *st)
{
	struct load_coverage *v = change(a, pattern, st);

	if (v == NULL)
		return -1;
	if (is_after(rev, v->row.doubt)) {
		set_rev(v->row.doubt, rev);
		v->row.cause = cause;
	}
	return 0;
}

int
load_live_whole(struct load_account *a, const struct slice *pattern,
    const char *rev, const struct slice *data, struct status *st)
{
	struct load_coverage *v = change(a, pattern, st);

	if (v == NULL || load_account_loaded(a, pattern, rev, false, st) == -1)
		return -1;
	a->may_join = true;
	if (is_after(v->row.run_to, rev))
		return 0;
	clear_run(v);
	set_rev(v->row.run_from, rev);
	set_data(v, data);
	return 0;
}

/* The run that a commit belongs to: without a run, it starts at what is loaded,
 * or else at the commit before this one. */
struct run {
	char from[DB_REV_BYTES], first[DB_REV_BYTES], to[DB_REV_BYTES];
};

static struct run
run_of(const struct load_account *a, const struct load_coverage *v,
    const struct load_live_commit *c)
{
	const char *loaded = known(a, v);
	struct run run;

	if (v->row.run_to[0] != '\0') {
		set_rev(run.from, v->row.run_from);
		set_rev(run.first, v->row.run_first);
		set_rev(run.to, v->row.run_to);
		return run;
	}
	set_rev(run.from, loaded[0] != '\0' ? loaded : c->since);
	set_rev(run.to, run.from);
	set_rev(run.first, c->rev);
	return run;
}

/* Is something loaded at a rev that the commit skips? If so, the commit is on
 * another branch. */
static bool
has_leapt(const struct load_account *a, const struct slice *pattern,
    const struct load_live_commit *c)
{
	const char *loaded;
	size_t i;

	if (!is_after(a->latest, c->since))
		return false;
	for (i = 0; i < a->ncoverage; i++) {
		if (a->coverage[i]->row.loaded[0] == '\0' ||
		    !overlaps(a->coverage[i], pattern))
			continue;
		loaded = known(a, a->coverage[i]);
		if (is_after(loaded, c->since) && is_after(c->rev, loaded))
			return true;
	}
	return false;
}

/* Does the commit follow the known one, but name another tree? */
static bool
has_other_data(const struct load_coverage *v, const struct load_live_commit *c)
{
	const char *at = v->row.run_to[0] != '\0' ? v->row.run_to :
						    v->row.run_from;

	return v->row.run_data[0] != '\0' &&
	    load_account_cmp(at, c->since) == 0 &&
	    !slice_is(&c->prev_data, v->row.run_data);
}

/* Did the host go back to an earlier commit? */
static bool
has_returned(const struct load_account *a, const struct load_coverage *v,
    const struct run *run, const struct load_live_commit *c)
{
	const struct slice p = load_account_pattern(v);

	if (is_after(run->to, c->since) && is_after(c->rev, run->to))
		return true;
	if (!is_after(c->rev, run->to))
		return is_after(run->from, c->since) &&
		    is_after(c->rev, run->from);
	return has_leapt(a, &p, c) || has_other_data(v, c);
}

/* A late second stream sends the commit after what is loaded. */
static int
take_late(struct load_account *a, struct load_coverage *v,
    const struct slice *pattern, const struct run *run,
    const struct load_live_commit *c, struct status *st)
{
	mark_open(a);
	if (is_after(c->rev, run->from) ||
	    load_account_cmp(c->since, known(a, v)) != 0 || !is_settled(a, v))
		return 0;
	a->may_join = true;
	if (load_account_loaded(a, pattern, c->rev, false, st) == -1)
		return -1;
	return load_floor_raise(a, pattern, c->rev, st);
}

/* Joining may load a narrower pattern up to the end of its run. The commit must
 * not skip that rev. */
bool
load_live_follows(const struct load_account *a,
    const struct load_live_commit *c)
{
	const struct slice whole = load_account_whole();
	const struct load_coverage *v = load_account_find(a, &whole);
	struct run run;

	if (v == NULL || !is_after(c->rev, c->since) ||
	    is_after(a->ran, c->since))
		return false;
	run = run_of(a, v, c);
	return load_account_cmp(run.to, c->since) == 0 &&
	    !has_returned(a, v, &run, c);
}

int
load_live_extend(struct load_account *a, const struct slice *pattern,
    const struct load_live_commit *c, struct status *st)
{
	struct load_coverage *v = change(a, pattern, st);
	struct run run;

	if (v == NULL)
		return -1;
	run = run_of(a, v, c);
	if (has_returned(a, v, &run, c))
		return drop_run(a, v, pattern,
		    is_after(c->rev, run.to) ? c->rev : run.to, DB_RETURNED,
		    st);
	if (!is_after(c->rev, run.to))
		return take_late(a, v, pattern, &run, c, st);
	if (is_after(c->since, run.to)) {
		set_rev(run.from, c->since);
		set_rev(run.first, c->rev);
	}
	set_rev(v->row.run_from, run.from);
	set_rev(v->row.run_first, run.first);
	set_rev(v->row.run_to, c->rev);
	set_data(v, &c->data);
	load_account_note_run(a, v);
	/* A run that begins above everything that is loaded can't join it. */
	a->may_join |= !is_after(run.from, a->latest);
	return 0;
}

/* Settling */

/* Is the rev one that the first commit of the run skips? */
static bool
is_skipped(const char *rev, const struct load_coverage *run)
{
	return is_after(rev, run->row.run_from) &&
	    is_after(run->row.run_first, rev);
}

/* Is the pattern, or a part of it, loaded at a rev that is skipped? */
static bool
is_parted(const struct load_account *a, const struct load_coverage *v,
    const struct load_coverage *run)
{
	const struct slice p = load_account_pattern(v);
	size_t i;

	if (is_skipped(known(a, v), run))
		return true;
	if (p.at[p.len - 1] != '*') /* a collection has no parts */
		return false;
	for (i = 0; i < a->ncoverage; i++) {
		const struct slice x = load_account_pattern(a->coverage[i]);

		if (a->coverage[i]->row.loaded[0] != '\0' &&
		    load_account_covers(&p, &x) &&
		    is_skipped(known(a, a->coverage[i]), run))
			return true;
	}
	return false;
}

/* Does the run begin within what is loaded of the pattern, and go beyond it? */
static bool
is_joined(const struct load_account *a, const struct load_coverage *v,
    const struct load_coverage *run)
{
	const char *loaded = known(a, v);

	return loaded[0] != '\0' && run->row.run_to[0] != '\0' &&
	    !is_after(run->row.run_from, loaded) &&
	    is_after(run->row.run_to, loaded) && is_settled(a, v) &&
	    !is_parted(a, v, run);
}

static int
join(struct load_account *a, struct load_coverage *v, bool *moved,
    struct status *st)
{
	const struct slice p = load_account_pattern(v);
	const struct load_coverage *run;
	struct load_prefix prefix;

	load_prefix_begin(&prefix, &p);
	while ((run = load_account_covering(a, &prefix)) != NULL) {
		if (!is_joined(a, v, run))
			continue;
		*moved = true;
		if (load_account_loaded(a, &p, run->row.run_to, false, st) ==
			-1 ||
		    load_floor_raise(a, &p, run->row.run_to, st) == -1)
			return -1;
	}
	return 0;
}

static int
join_all(struct load_account *a, bool *moved, struct status *st)
{
	struct load_coverage *v;
	size_t i;

	mark_open(a);
	for (i = 0; i < a->ncoverage; i++) {
		v = a->coverage[i];
		if ((v->row.floor[0] != '\0' || v->row.loaded[0] != '\0' ||
			v->row.run_to[0] != '\0') &&
		    join(a, v, moved, st) == -1)
			return -1;
	}
	return 0;
}

/* Loaded data makes runs and doubts needless. Keep the root of a run that ends
 * exactly there, so that the next commit is compared with it. */
static void
drop_needless(struct load_account *a, struct load_coverage *v)
{
	const char *loaded = known(a, v);
	char rev[DB_REV_BYTES];

	if (v->row.doubt[0] != '\0' && !is_after(v->row.doubt, loaded)) {
		memset(v->row.doubt, 0, DB_REV_BYTES);
		v->dirty = a->is_dirty = true;
	}
	if (v->row.run_to[0] == '\0' || is_after(v->row.run_to, loaded))
		return;
	v->dirty = a->is_dirty = true;
	if (is_after(loaded, v->row.run_to)) {
		clear_run(v);
		return;
	}
	set_rev(rev, loaded);
	memset(v->row.run_first, 0, DB_REV_BYTES);
	memset(v->row.run_to, 0, DB_REV_BYTES);
	set_rev(v->row.run_from, rev);
}

static bool
has_runs(const struct load_account *a)
{
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		if (a->coverage[i]->row.run_to[0] != '\0' ||
		    a->coverage[i]->row.doubt[0] != '\0')
			return true;
	return false;
}

int
load_live_settle(struct load_account *a, bool *moved, struct status *st)
{
	bool again = true;
	size_t i;

	*moved = false;
	if (!a->has_runs)
		return 0;
	while (again) {
		again = false;
		if (join_all(a, &again, st) == -1)
			return -1;
		*moved |= again;
	}
	for (i = 0; i < a->ncoverage; i++)
		drop_needless(a, a->coverage[i]);
	a->has_runs = has_runs(a);
	return 0;
}

/* The state of the account */

static enum db_cause
cause_of(const struct load_coverage *v, const char *loaded)
{
	if (is_after(v->row.doubt, loaded))
		return v->row.cause == DB_UNVERIFIED ? DB_UNVERIFIED : DB_DOUBT;
	return v->row.cause == DB_RETURNED && is_after(v->row.floor, loaded) ?
	    DB_RETURNED :
	    DB_GAP;
}

/* The row that keeps a pattern from being synced; NULL: it is synced. */
static const struct load_coverage *
find_wider(const struct load_account *a, const struct load_coverage *v)
{
	const struct slice p = load_account_pattern(v);
	const struct load_coverage *w;
	struct load_prefix prefix;

	load_prefix_begin(&prefix, &p);
	while ((w = load_account_covering(a, &prefix)) != NULL)
		if (is_after(reach(w), known(a, v)))
			return w;
	return NULL;
}

/* Is the pattern itself loaded, but not a wider pattern? */
static bool
is_widest(const struct load_account *a, const struct load_coverage *v)
{
	const struct slice p = load_account_pattern(v);
	const struct load_coverage *w;
	struct load_prefix prefix;

	if (v->row.loaded[0] == '\0')
		return false;
	load_prefix_begin(&prefix, &p);
	while ((w = load_account_covering(a, &prefix)) != NULL)
		if (w != v && w->row.loaded[0] != '\0')
			return false;
	return true;
}

static void
note_cause(struct load_live_state *s, const struct load_coverage *v,
    const char *loaded)
{
	enum db_cause cause = cause_of(v, loaded);

	if (cause > s->cause)
		s->cause = cause;
}

static void
note_pattern(const struct load_account *a, const struct load_coverage *v,
    struct load_live_state *s)
{
	const struct load_coverage *w = find_wider(a, v);
	const char *loaded = known(a, v);

	if (v->row.cause == DB_MOVED)
		s->cause = DB_MOVED;
	if (w != NULL)
		note_cause(s, w, loaded);
	else if (v->has_open && s->cause == DB_SYNCED)
		s->cause = DB_GAP;
	if (s->synced[0] == '\0' || is_after(s->synced, loaded))
		set_rev(s->synced, loaded);
}

struct load_live_state
load_live_state(const struct load_account *a)
{
	struct load_live_state s = { 0 };
	const struct load_coverage *v;
	size_t i;

	mark_open(a);
	for (i = 0; i < a->ncoverage; i++) {
		v = a->coverage[i];
		if (is_after(reach(v), s.head))
			set_rev(s.head, reach(v));
		if (is_after(v->row.loaded, s.head))
			set_rev(s.head, v->row.loaded);
		if (is_widest(a, v))
			note_pattern(a, v, &s);
	}
	if (s.synced[0] == '\0')
		s.cause = DB_NEW;
	if (s.cause != DB_SYNCED)
		memset(s.synced, 0, DB_REV_BYTES);
	return s;
}
