#include "config.h"

#include <stdlib.h>
#include <time.h>

#include "libcar/load/account_private.h"
#include "libcar/load/prune.h"

#define PRUNE_ACCOUNTS 1000 /* of a transaction */

struct prune {
	struct load *load;
	struct load_account *account;
	int64_t before; /* seconds since 1970 */
	size_t n;       /* accounts in load->plan */
	int64_t last;   /* of those that are done */
	int64_t next;   /* of those in load->plan */
};

static int
add_account(void *arg, const struct slice *did, struct status *st)
{
	struct prune *p = arg;
	struct load *load = p->load;
	size_t at = load->planned.len;

	buf_put(&load->planned, did->at, did->len);
	if (load->planned.failed)
		return load_no_memory(st);
	load->plan[p->n++].did = (struct slice){ load->planned.data + at,
		did->len };
	return 0;
}

/* Some accounts that have old tombstones. */
static int
find_accounts(struct prune *p, struct status *st)
{
	struct load *load = p->load;

	free(load->plan);
	load->plan = calloc(PRUNE_ACCOUNTS, sizeof(*load->plan));
	load->planned.len = p->n = 0;
	p->next = p->last;
	if (load->plan == NULL ||
	    buf_reserve(&load->planned, PRUNE_ACCOUNTS * SYNTAX_DID_MAX) ==
		NULL)
		return load_no_memory(st);
	return db_old_tombstones(load->db, p->before, PRUNE_ACCOUNTS, &p->next,
	    add_account, p, st);
}

static int
prune_one(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct prune *p = arg;

	if (e->indexed >= p->before)
		return 0;
	return load_account_remove(p->load, p->account, k, e->id, e->rev, st);
}

static int
prune_some(struct load *load, void *arg, struct status *st)
{
	struct prune *p = arg;
	size_t i;

	if (find_accounts(p, st) == -1)
		return -1;
	if (p->n == 0)
		return 0;
	if (load_begin(load, p->n, st) == -1)
		return -1;
	for (i = 0; i < p->n; i++) {
		p->account = load_account_get(load, &load->plan[i].did, true,
		    st);
		if (p->account == NULL ||
		    db_tombstones(load->db, p->account->row.id, prune_one, p,
			st) == -1)
			return -1;
	}
	return 0;
}

int
load_prune(struct load *load, uint64_t age_ms, struct status *st)
{
	struct prune p = { .load = load };

	p.before = time(NULL) - (int64_t)(age_ms / 1000);
	do {
		if (load_transact(load, prune_some, &p, st) == -1)
			return -1;
		p.last = p.next;
	} while (p.n > 0);
	return 0;
}
