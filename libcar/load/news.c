#include "config.h"

#include "libcar/data/json.h"
#include "libcar/db/state.h"
#include "libcar/load/news_private.h"

/*
 * Floors and what is loaded only ever rise (until at-status resets them), so
 * what isn't news now won't be later.
 */

bool
load_news_of_key(const struct load_account *a, struct load_collection *c,
    enum line_source source, const char *rev, bool partial)
{
	if (load_news_of_snapshot(source, partial))
		return !load_account_has(a, c, rev, source == LINE_LIST);
	return load_account_cmp(rev, load_account_floor_of(a, c)) >= 0;
}

bool
load_news_is_loaded(const struct load_account *a, const struct line *l,
    const char *rev)
{
	struct slice pattern = load_account_whole();
	/* What is confirmed may have come from a CAR or a listing. */
	bool listed = l->source == LINE_LIST || l->unchanged == 1;
	struct json j;
	struct status st;

	if (l->filter.at == NULL)
		return load_account_has_pattern(a, &pattern, rev, listed);
	json_open(&j, l->filter.at, l->filter.len);
	json_next(&j, &st);
	while (json_next(&j, &st) == JSON_STRING) {
		pattern = (struct slice){ j.tok, j.tok_len };
		if (!load_account_has_pattern(a, &pattern, rev, listed))
			return false;
	}
	return true;
}

bool
load_news_is_unfounded(const struct load_run *r, bool partial)
{
	const struct line *l = r->line;

	return r->kind == LOAD_WHOLE && l->type == LINE_END &&
	    l->unchanged == 1 && !l->is_partial &&
	    load_news_of_snapshot(l->source, partial) &&
	    !load_news_is_loaded(r->account, l, r->rev);
}

/* A commit may say more about one rev than an earlier commit did; an end may
 * report success after a failed job. */
static bool
of_bounds(const struct load_run *r, bool partial)
{
	const struct line *l = r->line;

	if (l->is_partial || !load_news_of_snapshot(l->source, partial))
		return false;
	/* What isn't loaded yet may become loaded by lines before this one. */
	if (!load_news_is_loaded(r->account, l, r->rev))
		return l->unchanged != 1 || r->account->is_planned;
	return l->type == LINE_COMMIT ?
	    db_is_news(&r->account->row.commit, l) :
	    load_account_failed(r->account) || r->account->may_fail;
}

int
load_news_of_run(const struct load_run *r, bool partial, bool *news,
    struct status *st)
{
	struct load_collection *c;

	*news = r->kind == LOAD_WHOLE;
	if (r->nsid.at != NULL) {
		c = load_account_collection(r->account, &r->nsid, st);
		if (c == NULL)
			return -1;
		*news = load_news_of_key(r->account, c, r->source, r->rev,
		    partial);
	} else if (r->kind == LOAD_WHOLE &&
	    (r->line->type == LINE_COMMIT || r->line->type == LINE_END))
		*news = of_bounds(r, partial);
	return 0;
}
