#include "config.h"

#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/commits_private.h"
#include "libcar/load/moved_private.h"
#include "libcar/load/news_private.h"
#include "libcar/load/plan_private.h"

/*
 * Accounts are in the order in which lines first name them, so that new
 * accounts get their ids in that order.
 */

/* The account of a run, usually the same as in the run before. */
static struct load_account *
find_account(struct load_accounts *accounts, const struct load_run *r,
    const struct load_run *before, struct status *st)
{
	if (before != NULL && before->account != NULL &&
	    load_account_same(&r->did, &before->did))
		return before->account;
	return load_accounts_get(accounts, &r->did, st);
}

static int
list_accounts(struct load_plan *p, struct load_accounts *accounts,
    struct load_batch *b, struct status *st)
{
	struct load_run *r, *before = NULL;
	size_t i;

	for (i = 0; i < b->nruns; i++, before = r) {
		r = &b->runs[i];
		r->account = NULL;
		if (r->did.at == NULL)
			continue;
		r->account = find_account(accounts, r, before, st);
		if (r->account == NULL)
			return -1;
		if (r->account->is_listed)
			continue;
		r->account->is_listed = true;
		if (!ARRAY_GROW(p->all, p->nall, p->all_room))
			return status_no_memory(st);
		p->all[p->nall++] = &r->account->row;
	}
	return 0;
}

static int
plan_account(struct load_plan *p, struct load_account *a, struct status *st)
{
	if (a->is_planned)
		return 0;
	if (!ARRAY_GROW(p->changed, p->nchanged, p->changed_room))
		return status_no_memory(st);
	p->changed[p->nchanged++] = &a->row;
	a->is_planned = true;
	return 0;
}

static bool
is_of_snapshot(const struct load_run *r, bool partial)
{
	if (load_commits_is_live(r, partial))
		return r->line->whole == 1;
	return load_news_of_snapshot(r->source, partial) &&
	    (r->nsid.at != NULL || r->line->type == LINE_COMMIT ||
		r->line->type == LINE_END);
}

static int
plan_sweep(struct load_plan *p, struct load_account *a, struct status *st)
{
	if (a->is_swept)
		return 0;
	if (!ARRAY_GROW(p->swept, p->nswept, p->swept_room))
		return status_no_memory(st);
	p->swept[p->nswept++] = &a->row;
	a->is_swept = true;
	return 0;
}

/* Like load_news_of_run(), which doesn't know live commits. */
static int
judge(struct load_run *r, bool partial, struct status *st)
{
	if (load_commits_is_live(r, partial) ||
	    load_commits_is_failure(r, partial))
		r->is_news = load_commits_is_news(r);
	else if (load_news_of_run(r, partial, &r->is_news, st) == -1)
		return -1;
	r->is_news |= load_moved_is_news(r, partial);
	return 0;
}

static int
plan_run(struct load_plan *p, const struct load_batch *b,
    const struct load_run *r, bool partial, struct status *st)
{
	p->is_needed = true;
	if (r->account == NULL)
		return 0;
	if (plan_account(p, r->account, st) == -1)
		return -1;
	if (is_of_snapshot(r, partial) && plan_sweep(p, r->account, st) == -1)
		return -1;
	if (r->nsid.at == NULL)
		return 0;
	if (!ARRAY_GROW(p->keys, p->nkeys, p->key_room))
		return status_no_memory(st);
	p->keys[p->nkeys++] = (struct db_keys){ &r->account->row, r->nsid,
		b->rkeys + r->first, r->n };
	return 0;
}

/* Only a failed job may make a later line news: an `end` of what is loaded then
 * reports that the job succeeded after all. */
static bool
is_failure(const struct load_run *r)
{
	return r->account != NULL && r->kind == LOAD_WHOLE &&
	    r->line->type == LINE_ERROR && r->nsid.at == NULL;
}

int
load_plan_make(struct load_plan *p, struct db *db,
    struct load_accounts *accounts, struct load_batch *b, bool partial,
    struct status *st)
{
	struct load_run *r;
	size_t i;

	load_plan_clear(p);
	if (list_accounts(p, accounts, b, st) == -1 ||
	    load_accounts_look_up(db, p->all, p->nall, st) == -1)
		return -1;
	for (i = 0; i < b->nruns; i++) {
		r = &b->runs[i];
		if (is_failure(r))
			r->account->may_fail = true;
		if (r->account != NULL && r->kind == LOAD_WHOLE &&
		    r->line->type == LINE_IDENTITY)
			r->account->may_move = true;
		if (judge(r, partial, st) == -1 ||
		    (r->is_news && plan_run(p, b, r, partial, st) == -1))
			return -1;
	}
	return 0;
}

struct db_plan
load_plan_of(const struct load_plan *p)
{
	return (struct db_plan){ p->changed, p->nchanged, p->keys, p->nkeys,
		true, p->swept, p->nswept };
}

void
load_plan_clear(struct load_plan *p)
{
	struct load_account *a;
	size_t i;

	for (i = 0; i < p->nall; i++) {
		a = load_account_of(p->all[i]);
		a->is_listed = a->is_planned = a->is_swept = false;
		a->may_fail = a->may_move = false;
	}
	p->nall = p->nchanged = p->nswept = p->nkeys = 0;
	p->is_needed = false;
}

void
load_plan_free(struct load_plan *p)
{
	load_plan_clear(p);
	free(p->all);
	free(p->changed);
	free(p->swept);
	free(p->keys);
	memset(p, 0, sizeof(*p));
}
