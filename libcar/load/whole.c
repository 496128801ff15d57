#include "config.h"

#include "libcar/db/failure.h"
#include "libcar/db/state.h"
#include "libcar/load/announce_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/key_private.h"
#include "libcar/load/news_private.h"
#include "libcar/load/sweep_private.h"
#include "libcar/load/whole_private.h"

/*
 * What a line says of its account is put there by the database, where the later
 * line wins. Here is what the account's imports make of it.
 */

/* Commit and end */

/* A commit that says more than the last one: it is put when all lines are
 * applied. */
static bool
take_commit(struct load_account *a, const struct line *l)
{
	if (l->type != LINE_COMMIT || !db_is_news(&a->row.commit, l))
		return false;
	db_note_commit(&a->row.commit, l);
	a->commit = l;
	return true;
}

/* Of what is loaded already. */
static int
take_loaded(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct load_account *a = r->account;
	const struct line *l = r->line;

	if (take_commit(a, l))
		return 0;
	if (l->type == LINE_END && load_account_failed(a))
		return load_import_recover(w->db, a, r->rev,
		    l->source == LINE_LIST || l->unchanged == 1, st);
	w->counts.skipped++;
	return 0;
}

int
load_whole_doubt(const struct load_run *r, struct status *st)
{
	return status_set(st, STATUS_BAD_LINE, 0,
	    "unchanged, but rev %s isn't loaded", r->rev);
}

static int
take_bounds(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct load_account *a = r->account;
	const struct line *l = r->line;
	struct load_snapshot *s;
	bool settled;

	if (load_news_is_loaded(a, l, r->rev))
		return take_loaded(w, r, st);
	if (load_news_is_unfounded(r, w->partial))
		return load_whole_doubt(r, st);
	take_commit(a, l);
	a->is_dirty = true;
	s = load_snapshot_need(a, r->rev, l->source == LINE_LIST, st);
	if (s == NULL || load_announce(w->db, a, s, l, st) == -1)
		return -1;
	return load_sweep_conclude(w->db, a, &settled, st);
}

/* Errors */

/* When was what the failure is about loaded last? Of a job that is any time
 * that the account was; a collection isn't loaded with the others. */
static int64_t
loaded_ms(const struct load_run *r, const struct slice *pattern)
{
	if (r->line->collection.at == NULL)
		return r->account->row.loaded_ms;
	return load_account_loaded_ms(r->account, pattern);
}

/* Was the job of this failure done after all? */
static bool
is_overtaken(const struct load_run *r, const struct slice *pattern)
{
	const struct line *l = r->line;

	if (l->at_ms != 0 && l->at_ms <= loaded_ms(r, pattern))
		return true;
	if (!syntax_is_tid(l->rev.at, l->rev.len))
		return false;
	return load_account_has_pattern(r->account, pattern, r->rev, true);
}

/* A job of an account failed. */
static int
fail(struct load_work *w, const struct load_run *r, struct db_error *e,
    struct status *st)
{
	struct slice pattern = load_account_whole();
	struct load_account *a = r->account;
	const struct line *l = r->line;
	struct load_coverage *v;

	if (db_put_stated(w->db, &a->row, l, st) == -1)
		return -1;
	if (l->collection.at != NULL)
		pattern = l->collection;
	if (is_overtaken(r, &pattern))
		return 0;
	e->account = a->row.id;
	a->row.has_errors = a->row.has_failures = true;
	if (db_put_error(w->db, e, st) == -1 ||
	    db_put_failure(w->db, a->row.id, l, st) == -1 ||
	    (v = load_account_coverage(a, &pattern, st)) == NULL)
		return -1;
	v->failed = true;
	return load_import_states(w->db, a, st);
}

/* A job failed, of an account or of none. */
static int
take_failure(struct load_work *w, const struct load_run *r, struct status *st)
{
	const struct line *l = r->line;
	struct db_error e = { .line = l, .job = l->program };

	if (e.job.at == NULL || e.job.len == 0)
		e.job = (struct slice){ "?", 1 };
	if (r->account != NULL)
		return fail(w, r, &e, st);
	e.rkey = l->input;
	return db_put_error(w->db, &e, st);
}

/* An error of a key that is in no valid collection: no end counts it. */
static int
take_stray(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct slice whole = load_account_whole();
	struct load_account *a = r->account;

	if (load_account_cmp(r->rev, load_account_floor(a, &whole)) >= 0)
		return load_key_put_error(w->db, a, 0, &r->line->key, r->line,
		    st);
	w->counts.skipped++;
	return 0;
}

/* Other lines */

/* Where a listing stands, unless what it lists is here by now. */
static int
take_cursor(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct slice pattern = load_account_whole();
	const struct line *l = r->line;

	if (r->account == NULL)
		return db_put_service(w->db, l, st);
	if (l->collection.at != NULL)
		pattern = l->collection;
	if (load_account_has_pattern(r->account, &pattern, r->rev, true))
		return 0;
	r->account->has_cursors = true;
	return db_put_cursor(w->db, r->account->row.id, l, st);
}

int
load_whole_apply(struct load_work *w, const struct load_run *r,
    struct status *st)
{
	const struct line *l = r->line;

	switch (l->type) {
	case LINE_COMMIT:
	case LINE_END:
		return take_bounds(w, r, st);
	case LINE_CURSOR:
		return take_cursor(w, r, st);
	case LINE_IDENTITY:
		return db_put_identity(w->db, &r->account->row, l, st);
	case LINE_ACCOUNT:
		return db_put_event(w->db, &r->account->row, l, st);
	case LINE_REPO:
		return db_put_repo(w->db, &r->account->row, l, st);
	case LINE_ERROR:
		return l->collection.at != NULL && l->key.at != NULL ?
		    take_stray(w, r, st) :
		    take_failure(w, r, st);
	default:
		return 0;
	}
}
