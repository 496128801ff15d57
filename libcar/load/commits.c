#include "config.h"

#include "libcar/load/commits_private.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/live_private.h"
#include "libcar/load/news_private.h"
#include "libcar/load/received_private.h"
#include "libcar/load/sweep_private.h"
#include "libcar/load/waiting_private.h"

/*
 * The lines of a live commit come before its `commit` line, which counts them.
 * If all arrived, the rule in live_private.h applies; if some are missing, only
 * a snapshot helps.
 */

bool
load_commits_is_live(const struct load_run *r, bool partial)
{
	return !partial && r->kind == LOAD_WHOLE && r->source == LINE_LIVE &&
	    r->line->type == LINE_COMMIT;
}

bool
load_commits_is_failure(const struct load_run *r, bool partial)
{
	return !partial && r->kind == LOAD_WHOLE &&
	    r->line->type == LINE_ERROR && r->did.at != NULL &&
	    r->line->collection.at == NULL &&
	    slice_is(&r->line->program, "at-firehose");
}

static bool
has_line(const struct load_run *r)
{
	return r->account->row.id != 0 || r->account->is_planned;
}

bool
load_commits_is_news(const struct load_run *r)
{
	if (!has_line(r))
		return r->line->filter.at == NULL;
	return r->line->type == LINE_ERROR ||
	    !load_news_is_loaded(r->account, r->line, r->rev);
}

int
load_commits_receive(struct load_work *w, const struct load_batch *b,
    const struct load_run *r, size_t first, size_t n, struct status *st)
{
	const struct slice *nsid = &r->nsid;
	struct slice rkey;
	size_t i;

	if (r->source != LINE_LIVE || w->partial)
		return 0;
	if (nsid->at == NULL)
		nsid = &r->line->collection;
	for (i = first; i < first + n; i++) {
		rkey = r->nsid.at != NULL ? b->rkeys[i] : r->line->key;
		if (load_received_add(w->received, &r->did, r->rev, nsid, &rkey,
			st) == -1)
			return -1;
	}
	return 0;
}

/* Did as many different keys arrive as the commit counts? */
static bool
is_complete(const struct load_work *w, const struct load_run *r,
    const struct load_filter *f)
{
	uint64_t ops = (uint64_t)r->line->ops;

	return load_received_count(w->received, &r->did, r->rev, f, ops + 1) ==
	    ops;
}

static int
doubt(struct load_account *a, const struct load_filter *f, const char *rev,
    enum db_cause cause, struct status *st)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_account_cmp(rev,
			load_account_loaded_rev(a, &f->patterns[i])) > 0 &&
		    load_live_doubt(a, &f->patterns[i], rev, cause, st) == -1)
			return -1;
	return 0;
}

static int
break_all(struct load_account *a, const struct load_filter *f, const char *rev,
    enum db_cause cause, struct status *st)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_live_break(a, &f->patterns[i], rev, cause, st) == -1)
			return -1;
	return 0;
}

/* The tree was empty before, so the keys of this rev are all keys. */
static int
take_whole(struct load_work *w, const struct load_run *r,
    const struct load_filter *f, struct status *st)
{
	struct load_account *a = r->account;
	struct load_coverage *v;
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_floor_raise(a, &f->patterns[i], r->rev, st) == -1)
			return -1;
	if (load_sweep_whole(w->db, a, f, r->rev, st) == -1)
		return -1;
	for (i = 0; i < f->npatterns; i++) {
		if (load_live_whole(a, &f->patterns[i], r->rev, &r->line->data,
			st) == -1 ||
		    (v = load_account_coverage(a, &f->patterns[i], st)) == NULL)
			return -1;
		v->row.completed_ms = w->db->now_ms;
	}
	return load_waiting_covered(a, st) == -1 ||
		load_sweep_conclude(w->db, a, st) == -1 ?
	    -1 :
	    load_import_recover(w->db, a, f, r->rev, false, st);
}

static struct load_live_commit
commit_of(const struct load_run *r, const char *since)
{
	return (struct load_live_commit){ r->rev, since, r->line->prev_data,
		r->line->data };
}

/* Is it the next commit of a stream of the whole repo? Joining goes over all
 * patterns, so it is done only once after many such commits. After a commit of
 * a filtered stream it can't wait, because a run of a wider pattern may change
 * what is loaded of the filter's patterns. */
static bool
is_next(const struct load_work *w, const struct load_run *r,
    const struct load_filter *f)
{
	const struct slice whole = load_account_whole();
	struct load_live_commit c;
	char since[DB_REV_BYTES];

	load_account_set_rev(since, &r->line->since);
	c = commit_of(r, since);
	return f->npatterns == 1 && load_account_same(f->patterns, &whole) &&
	    r->line->ops >= 0 && r->line->whole != 1 && since[0] != '\0' &&
	    is_complete(w, r, f) && load_live_follows(r->account, &c);
}

int
load_commits_join(struct load_work *w, const struct load_run *r,
    struct status *st)
{
	struct load_account *a = r->account;

	if (a == NULL || a->extended[0] == '\0' ||
	    (r->source == LINE_LIVE &&
		load_account_cmp(r->rev, a->extended) > 0))
		return 0;
	return load_sweep_live(w->db, a, st);
}

static int
extend(struct load_account *a, const struct load_run *r,
    const struct load_filter *f, const char *since, struct status *st)
{
	const struct load_live_commit c = commit_of(r, since);
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_live_extend(a, &f->patterns[i], &c, st) == -1)
			return -1;
	return 0;
}

static int
take(struct load_work *w, const struct load_run *r, const struct load_filter *f,
    struct status *st)
{
	const struct line *l = r->line;
	char since[DB_REV_BYTES];

	load_account_set_rev(since, &l->since);
	if (l->ops < 0)
		return doubt(r->account, f, r->rev, DB_DOUBT, st);
	if (!is_complete(w, r, f))
		return break_all(r->account, f, r->rev, DB_GAP, st);
	if (l->whole == 1)
		return take_whole(w, r, f, st);
	if (since[0] == '\0' || load_account_cmp(since, r->rev) >= 0)
		return break_all(r->account, f, r->rev, DB_RETURNED, st);
	return extend(r->account, r, f, since, st);
}

static void
note_rev(struct load_account *a, const char *rev)
{
	a->is_dirty = true;
	if (load_account_cmp(rev, a->live_rev) > 0)
		memcpy(a->live_rev, rev, DB_REV_BYTES);
}

static int
apply(struct load_work *w, const struct load_run *r,
    const struct load_filter *f, struct status *st)
{
	struct load_account *a = r->account;
	bool next = a->extended[0] != '\0' && is_next(w, r, f);

	/* Also after a snapshot, because what it lets join may be on another
	 * branch than this commit. */
	if (a->may_join && !next && load_sweep_live(w->db, a, st) == -1)
		return -1;
	if (load_news_is_loaded(a, r->line, r->rev)) {
		w->counts.skipped++;
		return 0;
	}
	next = next || is_next(w, r, f);
	note_rev(a, r->rev);
	if (take(w, r, f, st) == -1)
		return -1;
	if (!next)
		return a->may_join ? load_sweep_live(w->db, a, st) : 0;
	if (a->may_join)
		memcpy(a->extended, r->rev, DB_REV_BYTES);
	return 0;
}

int
load_commits_apply(struct load_work *w, const struct load_run *r,
    struct status *st)
{
	struct load_filter *f = load_filter_of_line(r->line, st);
	int rc;

	if (f == NULL)
		return -1;
	rc = apply(w, r, f, st);
	load_filter_free(f);
	return rc;
}

int
load_commits_fail(const struct load_run *r, struct status *st)
{
	struct load_filter *f;
	int rc;

	if (!syntax_is_tid(r->line->rev.at, r->line->rev.len))
		return 0;
	if ((f = load_filter_of_line(r->line, st)) == NULL)
		return -1;
	note_rev(r->account, r->rev);
	rc = doubt(r->account, f, r->rev, DB_UNVERIFIED, st);
	load_filter_free(f);
	return rc;
}
