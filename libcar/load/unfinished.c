#include "config.h"

#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/snapshot_private.h"
#include "libcar/load/unfinished_private.h"

/*
 * Which of the snapshots that were touched are not whole is asked at the end,
 * when the database has all that this run and others brought.
 */

static int
note(struct load_unfinished_list *list, const struct load_account *a,
    struct load_snapshot *s, struct status *st)
{
	struct load_unfinished_one *p;

	if (!ARRAY_GROW(list->all, list->n, list->room))
		return status_no_memory(st);
	p = &list->all[list->n++];
	*p = (struct load_unfinished_one){ a->row.id, "", s->row.listed };
	memcpy(p->rev, s->row.rev, DB_REV_BYTES);
	s->told = true;
	return 0;
}

int
load_unfinished_note(struct load_unfinished_list *list,
    struct db_account *const *accounts, size_t n, struct status *st)
{
	const struct load_account *a;
	struct load_snapshot *s;
	size_t i;

	for (i = 0; i < n; i++) {
		a = load_account_of(accounts[i]);
		for (s = a->snapshots; s != NULL; s = s->next)
			if (s->used && !s->told && note(list, a, s, st) == -1)
				return -1;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct load_unfinished_one *x = a, *y = b;

	if (x->account != y->account)
		return x->account < y->account ? -1 : 1;
	if (x->listed != y->listed)
		return x->listed ? 1 : -1;
	return load_account_cmp(x->rev, y->rev);
}

static void
describe(const struct load_snapshot *s, struct load_unfinished *u)
{
	const struct load_filter *f;
	size_t i;

	memcpy(u->rev, s->row.rev, DB_REV_BYTES);
	u->listed = s->row.listed;
	for (i = 0; i < s->ncounts; i++)
		if (s->counts[i] != NULL)
			u->named += s->counts[i]->row.named;
	for (f = s->filters; f != NULL; f = f->next) {
		u->ended |= f->ended;
		for (i = 0; i < f->nexpect; i++)
			u->expected = load_filter_add(u->expected,
			    f->expect[i].keys);
	}
}

/* The snapshot, if it is still there. */
static int
find(struct load_session *session, const struct load_unfinished_one *one,
    struct load_snapshot **s, struct load_unfinished *u, struct status *st)
{
	struct load_account *a;
	struct db_account *row;

	memset(u, 0, sizeof(*u));
	if (db_did(session->db, one->account, &u->did, st) == -1 ||
	    (a = load_accounts_get(&session->accounts, &u->did, st)) == NULL)
		return -1;
	row = &a->row;
	u->did = row->did;
	if (load_accounts_read(session->db, &row, 1, st) == -1)
		return -1;
	*s = load_snapshot_find(a, one->rev, one->listed);
	return 0;
}

int
load_unfinished_next(struct load_unfinished_list *list,
    struct load_session *session, struct load_unfinished *u, struct status *st)
{
	struct load_unfinished_one *one;
	struct load_snapshot *s;
	size_t i;

	if (list->next == 0 && list->n > 0)
		qsort(list->all, list->n, sizeof(*list->all), compare);
	while ((i = list->next) < list->n) {
		one = &list->all[list->next++];
		if (i > 0 && compare(one - 1, one) == 0)
			continue;
		if (find(session, one, &s, u, st) == -1)
			return -1;
		if (s == NULL)
			continue;
		describe(s, u);
		return 1;
	}
	return 0;
}
