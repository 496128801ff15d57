#include "config.h"

#include "libcar/load/account_private.h"
#include "libcar/load/moved_private.h"

/*
 * An identity that names another host stores the latest rev that was loaded
 * then. Coverage at or below that rev is of the former host: a verified commit
 * below it gives it the cause DB_MOVED, which stays until more is loaded.
 */

const char *
load_moved_latest(const struct load_account *a)
{
	static const char none[DB_REV_BYTES];
	const char *rev = none;
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		if (load_account_cmp(a->coverage[i]->row.loaded, rev) > 0)
			rev = a->coverage[i]->row.loaded;
	return rev;
}

/* An event from before the move is old, and so is a commit that nobody
 * verified: it may be anything. */
static bool
is_candidate(const struct load_run *r, bool partial)
{
	return !partial && r->account != NULL && r->kind == LOAD_WHOLE &&
	    r->line->type == LINE_COMMIT && !r->line->is_partial &&
	    slice_is(&r->line->signature, "verified");
}

static bool
is_of_former_host(const struct load_account *a, const struct load_coverage *v)
{
	return v->row.loaded[0] != '\0' &&
	    load_account_cmp(v->row.loaded, a->row.moved.rev) <= 0;
}

bool
load_moved_is_news(const struct load_run *r, bool partial)
{
	return is_candidate(r, partial) &&
	    (r->account->row.moved.rev[0] != '\0' || r->account->may_move) &&
	    load_account_cmp(r->rev, load_moved_latest(r->account)) < 0;
}

void
load_moved_note(const struct load_run *r, bool partial)
{
	struct load_account *a = r->account;
	struct load_coverage *v;
	size_t i;

	if (!is_candidate(r, partial) ||
	    (r->line->at_ms != 0 && r->line->at_ms < a->row.moved.ms))
		return;
	for (i = 0; i < a->ncoverage; i++) {
		v = a->coverage[i];
		if (v->row.cause == DB_MOVED || !is_of_former_host(a, v) ||
		    load_account_cmp(r->rev, v->row.loaded) >= 0)
			continue;
		v->row.cause = DB_MOVED;
		v->dirty = a->is_dirty = a->has_started_over = true;
		memcpy(a->new_rev, r->rev, DB_REV_BYTES);
	}
}
