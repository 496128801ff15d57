#include "config.h"

#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/snapshot_private.h"
#include "libcar/load/unfinished_private.h"

/*
 * At the end, when the database has everything from this run and others, look
 * up which touched snapshots are not whole.
 */

#define AT_ONCE 1000 /* accounts read or counted together */

static int
note(struct load_unfinished_list *list, const struct load_account *a,
    struct load_snapshot *s, struct status *st)
{
	struct load_unfinished_one *p;

	if (!ARRAY_GROW(list->all, list->n, list->room))
		return status_no_memory(st);
	p = &list->all[list->n++];
	*p = (struct load_unfinished_one){ .account = a->row.id,
		.listed = s->row.listed };
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
sort(struct load_unfinished_list *list)
{
	if (list->next == 0 && list->n > 0)
		qsort(list->all, list->n, sizeof(*list->all), compare);
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

/* A group of the list's accounts, each once. */
struct some {
	struct load_accounts *accounts;
	struct db_account asked[AT_ONCE];
	struct load_account *found[AT_ONCE]; /* NULL: deleted meanwhile */
	size_t n;
	size_t end; /* of the list's items about these */
};

static void
choose(struct some *s, const struct load_unfinished_list *list)
{
	const struct load_unfinished_one *one;

	for (s->end = list->next; s->end < list->n; s->end++) {
		one = &list->all[s->end];
		if (s->n > 0 && s->asked[s->n - 1].id == one->account)
			continue;
		if (s->n == AT_ONCE)
			return;
		s->asked[s->n++] = (struct db_account){ .id = one->account };
	}
}

static int
take_did(void *arg, size_t place, const struct slice *did, struct status *st)
{
	struct some *s = arg;

	s->found[place] = load_accounts_get(s->accounts, did, st);
	return s->found[place] == NULL ? -1 : 0;
}

static int
read_accounts(struct some *s, struct db *db, struct status *st)
{
	struct db_account *list[AT_ONCE];
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		list[i] = &s->asked[i];
	if (db_dids(db, list, s->n, take_did, s, st) == -1)
		return -1;
	for (i = 0; i < s->n; i++)
		if (s->found[i] != NULL)
			list[n++] = &s->found[i]->row;
	return load_accounts_read(db, list, n, st);
}

/* Read the accounts of the next items: all at once, because each query may cost
 * a round trip. What is known about them may be outdated. */
static int
read_some(struct load_unfinished_list *list, struct load_session *session,
    struct status *st)
{
	struct some *s = calloc(1, sizeof(*s));
	size_t i, at = 0;
	int rc;

	if (s == NULL)
		return status_no_memory(st);
	load_accounts_free(&session->accounts);
	s->accounts = &session->accounts;
	choose(s, list);
	rc = read_accounts(s, session->db, st);
	for (i = list->next; i < s->end && rc == 0; i++) {
		at += list->all[i].account != s->asked[at].id;
		list->all[i].read = s->found[at];
	}
	list->end = s->end;
	free(s);
	return rc;
}

int
load_unfinished_next(struct load_unfinished_list *list,
    struct load_session *session, struct load_unfinished *u, struct status *st)
{
	struct load_unfinished_one *one;
	struct load_snapshot *s;
	size_t i;

	sort(list);
	while ((i = list->next) < list->n) {
		one = &list->all[i];
		if (i >= list->end && read_some(list, session, st) == -1)
			return -1;
		list->next++;
		if (i > 0 && compare(one - 1, one) == 0)
			continue;
		if (one->read == NULL ||
		    (s = load_snapshot_find(one->read, one->rev,
			 one->listed)) == NULL)
			continue;
		memset(u, 0, sizeof(*u));
		u->did = one->read->row.did;
		describe(s, u);
		return 1;
	}
	return 0;
}

/* Accounts of the list whose snapshots in progress are counted together. */
struct counter {
	const struct load_unfinished_list *list;
	size_t first;
	struct db_account accounts[AT_ONCE], *all[AT_ONCE];
	size_t naccounts;
	uint64_t n;
};

static int
count_snapshot(void *arg, size_t place, const struct db_snapshot *row,
    struct status *st)
{
	struct counter *c = arg;
	const struct load_unfinished_list *list = c->list;
	struct load_unfinished_one one = { .account = c->accounts[place].id,
		.listed = row->listed };

	(void)st;
	memcpy(one.rev, row->rev, DB_REV_BYTES);
	c->n += bsearch(&one, list->all + c->first, list->n - c->first,
		    sizeof(one), compare) != NULL;
	return 0;
}

static int
count_accounts(struct counter *c, struct load_session *session,
    struct status *st)
{
	int rc = db_snapshots(session->db, c->all, c->naccounts, count_snapshot,
	    c, st);

	c->naccounts = 0;
	return rc;
}

/* Add the account of an item, once; the caller has made room. */
static void
add_account(struct counter *c, int64_t id)
{
	size_t n = c->naccounts;

	if (n > 0 && c->accounts[n - 1].id == id)
		return;
	c->accounts[n] = (struct db_account){ .id = id };
	c->all[n] = &c->accounts[n];
	c->naccounts++;
}

int
load_unfinished_count(struct load_unfinished_list *list,
    struct load_session *session, uint64_t *n, struct status *st)
{
	struct counter c = { .list = list };
	size_t i;

	sort(list);
	/* An item that was returned may be in the list again. */
	for (i = list->next; i > 0 && i < list->n &&
	     compare(&list->all[i - 1], &list->all[i]) == 0;
	     i++)
		;
	for (c.first = i; i < list->n; i++) {
		if (c.naccounts == AT_ONCE &&
		    list->all[i].account != c.accounts[c.naccounts - 1].id &&
		    count_accounts(&c, session, st) == -1)
			return -1;
		add_account(&c, list->all[i].account);
	}
	list->next = list->n;
	if (c.naccounts > 0 && count_accounts(&c, session, st) == -1)
		return -1;
	*n = c.n;
	return 0;
}
