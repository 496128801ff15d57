#include "config.h"

#include <time.h>

#include "libcar/db/entry.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/prune_private.h"

/*
 * Each transaction prunes some accounts.
 */

#define PRUNE_ACCOUNTS 1000 /* per transaction */

struct prune {
	struct load_session *session;
	int64_t before; /* seconds since 1970 */
	int64_t last;   /* the last account that is done */
	struct load_account *account;
	struct db_account *accounts[PRUNE_ACCOUNTS];
	size_t n;
	int64_t next; /* the last account of this group */
};

static int
add_account(void *arg, const struct slice *did, struct status *st)
{
	struct prune *p = arg;
	struct load_account *a = load_accounts_get(&p->session->accounts, did,
	    st);

	if (a == NULL)
		return -1;
	p->accounts[p->n++] = &a->row;
	return 0;
}

static int
prune_one(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct prune *p = arg;

	if (e->indexed >= p->before)
		return 0;
	return load_floor_remove(p->session->db, p->account, k, e->id, e->rev,
	    st);
}

static int
prune_accounts(struct prune *p, struct status *st)
{
	const struct db_plan plan = { .accounts = p->accounts,
		.naccounts = p->n };
	size_t i;

	if (load_begin(p->session, &plan, st) == -1)
		return -1;
	for (i = 0; i < p->n; i++) {
		p->account = load_account_of(p->accounts[i]);
		if (db_tombstones(p->session->db, p->account->row.id, prune_one,
			p, st) == -1)
			return -1;
	}
	return load_end(p->session, &plan, st);
}

static int
prune_some(void *arg, struct status *st)
{
	struct prune *p = arg;

	p->n = 0;
	p->next = p->last;
	if (load_refresh(p->session, st) == -1 ||
	    db_old_tombstones(p->session->db, p->before, PRUNE_ACCOUNTS,
		&p->next, add_account, p, st) == -1)
		return -1;
	return p->n == 0 ? 0 : prune_accounts(p, st);
}

int
load_prune_tombstones(struct load_session *session, uint64_t age_ms,
    struct status *st)
{
	struct prune p = { .session = session };

	p.before = time(NULL) - (int64_t)(age_ms / 1000);
	do {
		if (load_transact(session, prune_some, &p, st) == -1)
			return -1;
		load_accounts_trim(&session->accounts);
		p.last = p.next;
	} while (p.n > 0);
	return 0;
}
