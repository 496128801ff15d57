#include "config.h"

#include "libcar/db/blob.h"
#include "libcar/db/failure.h"
#include "libcar/db/state.h"
#include "libcar/load/announce_private.h"
#include "libcar/load/commits_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/key_private.h"
#include "libcar/load/moved_private.h"
#include "libcar/load/news_private.h"
#include "libcar/load/settle_private.h"
#include "libcar/load/sweep_private.h"
#include "libcar/load/whole_private.h"

/*
 * The database stores what a line says about its account, and the later line
 * wins. This module updates the account's imports.
 */

/* Commit and end */

/* Note a commit that says more than the last one; it is written after all lines
 * are applied. */
static bool
take_commit(struct load_account *a, const struct line *l)
{
	if (l->type != LINE_COMMIT || !db_is_news(&a->row.commit, l))
		return false;
	db_note_commit(&a->row.commit, l);
	a->commit = l;
	return true;
}

/* Is part of the filter loaded at a later rev? */
static bool
is_outdated(const struct load_account *a, const struct load_filter *f,
    const char *rev)
{
	const char *loaded;
	size_t i;

	for (i = 0; i < f->npatterns; i++) {
		loaded = load_account_loaded_rev(a, &f->patterns[i]);
		if (load_account_cmp(loaded, rev) > 0)
			return true;
	}
	return false;
}

/* A job succeeded again on what is loaded. A line older than what is loaded
 * says nothing about a later failure. */
static int
recover_again(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct load_filter *f = load_filter_of_line(r->line, st);
	bool listed = r->line->source == LINE_LIST || r->line->unchanged == 1;
	int rc = 0;

	if (f == NULL)
		return -1;
	if (is_outdated(r->account, f, r->rev))
		w->counts.skipped++;
	else
		rc = load_import_recover(w->db, r->account, f, r->rev, listed,
		    st);
	load_filter_free(f);
	return rc;
}

/* Apply an `end` of what is loaded already. */
static int
take_loaded(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct load_account *a = r->account;
	const struct line *l = r->line;

	if (take_commit(a, l))
		return 0;
	if (l->type == LINE_END && load_account_failed(a))
		return recover_again(w, r, st);
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

	if (load_news_is_loaded(a, l, r->rev))
		return take_loaded(w, r, st);
	if (load_news_is_unfounded(r, w->partial))
		return load_whole_doubt(r, st);
	take_commit(a, l);
	a->is_dirty = true;
	s = load_settle_snapshot(w->db, a, r->rev, l->source == LINE_LIST, st);
	if (s == NULL || load_announce(w->db, a, s, l, st) == -1)
		return -1;
	return load_sweep_conclude(w->db, a, st);
}

/* Errors */

/* When was the subject of the failure last loaded? For a job, whenever anything
 * of the account was; for a collection, only when the collection was. */
static int64_t
loaded_ms(const struct load_run *r, const struct slice *pattern)
{
	if (r->line->collection.at == NULL)
		return r->account->row.loaded_ms;
	return load_account_loaded_ms(r->account, pattern);
}

/* Did the job succeed after this failure? If a live commit failed, only its rev
 * counts: a snapshot that was loaded later may be of an earlier rev. */
static bool
is_overtaken(const struct load_work *w, const struct load_run *r,
    const struct slice *pattern)
{
	const struct line *l = r->line;
	bool has_rev = syntax_is_tid(l->rev.at, l->rev.len);

	if (!(has_rev && load_commits_is_failure(r, w->partial)) &&
	    l->at_ms != 0 && l->at_ms <= loaded_ms(r, pattern))
		return true;
	return has_rev &&
	    load_account_has_pattern(r->account, pattern, r->rev, true);
}

/* A live commit can't be verified: no job failed, but the account is not
 * synced. */
static int
fail_commit(struct load_work *w, const struct load_run *r, struct db_error *e,
    struct status *st)
{
	struct load_account *a = r->account;

	e->account = a->row.id;
	a->row.has_errors = a->row.has_failures = true;
	if (db_put_error(w->db, e, st) == -1)
		return -1;
	return load_commits_fail(r, st);
}

/* A job for an account failed. */
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
	if (is_overtaken(w, r, &pattern))
		return 0;
	if (load_commits_is_failure(r, w->partial))
		return fail_commit(w, r, e, st);
	e->account = a->row.id;
	a->row.has_errors = a->row.has_failures = true;
	if (db_put_error(w->db, e, st) == -1 ||
	    db_put_failure(w->db, a->row.id, l, st) == -1 ||
	    (v = load_account_coverage(a, &pattern, st)) == NULL)
		return -1;
	load_account_set_failed(a, v, true);
	a->is_dirty = true;
	return 0;
}

/* A job failed, for an account or for none. An operation's job has no input,
 * but its DID. */
static int
take_failure(struct load_work *w, const struct load_run *r, struct status *st)
{
	const struct line *l = r->line;
	struct db_error e = { .line = l, .job = l->program };

	if (e.job.at == NULL || e.job.len == 0)
		e.job = (struct slice){ "?", 1 };
	if (r->account != NULL)
		return fail(w, r, &e, st);
	e.rkey = l->input.at != NULL ? l->input : l->did;
	return db_put_error(w->db, &e, st);
}

/* An error about a key without a valid collection: no end counts it. There are
 * no tombstones of such keys, so an earlier line that comes after a deletion
 * brings the error back, until a completed snapshot removes it. */
static int
take_stray(struct load_work *w, const struct load_run *r, struct status *st)
{
	struct slice whole = load_account_whole();
	struct load_account *a = r->account;

	if (load_account_cmp(r->rev, load_account_floor(a, &whole)) >= 0)
		return r->line->is_delete ?
		    load_key_drop_stray(w->db, a, r->line, r->rev, st) :
		    load_key_put_error(w->db, a, 0, &r->line->key, r->line, st);
	w->counts.skipped++;
	return 0;
}

/* Other lines */

/* Store the cursor of a listing, unless a later one is stored. */
static int
put_cursor(struct load_work *w, const struct load_run *r,
    const struct slice *pattern, struct status *st)
{
	struct load_account *a = r->account;
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	if (v->row.has_cursor &&
	    load_account_cmp(v->row.cursor_rev, r->rev) > 0)
		return 0;
	a->has_cursors = v->row.has_cursor = a->is_dirty = true;
	memcpy(v->row.cursor_rev, r->rev, DB_REV_BYTES);
	return db_put_cursor(w->db, a->row.id, r->line, st);
}

/* Store how far a listing is, unless what it lists is already loaded. */
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
	return put_cursor(w, r, &pattern, st);
}

int
load_whole_apply(struct load_work *w, const struct load_run *r,
    struct status *st)
{
	const struct line *l = r->line;

	load_moved_note(r, w->partial);
	if (load_commits_is_live(r, w->partial))
		return load_commits_apply(w, r, st);
	switch (l->type) {
	case LINE_COMMIT:
	case LINE_END:
		return take_bounds(w, r, st);
	case LINE_CURSOR:
		return take_cursor(w, r, st);
	case LINE_IDENTITY:
		return db_put_identity(w->db, &r->account->row, l,
		    load_moved_latest(r->account), st);
	case LINE_ACCOUNT:
		return db_put_event(w->db, &r->account->row, l, st);
	case LINE_REPO:
		return db_put_repo(w->db, &r->account->row, l, st);
	case LINE_PLC:
		w->counts.operations++;
		return load_operations_add(&w->operations, l, st);
	case LINE_BLOB:
		return db_blob_put(w->db, l, st);
	case LINE_ERROR:
		return l->collection.at != NULL && l->key.at != NULL ?
		    take_stray(w, r, st) :
		    take_failure(w, r, st);
	default:
		return 0;
	}
}
