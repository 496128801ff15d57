#include "config.h"

#include "libcar/base/clock.h"
#include "libcar/load/transact_private.h"

/*
 * A failure may be temporary: another process was in the way, or the server
 * went away. Then the work is repeated, with a pause that doubles after each
 * failure.
 */

#define PAUSE_MS 10
#define DOUBLINGS 6 /* maximum, of the pause */

/* Retries */

static int
recover(struct load_session *s, int64_t since_ms, unsigned times,
    struct status *st)
{
	int64_t now = clock_monotonic_ms();
	const struct load_hooks *hooks = &s->options.hooks;

	if (st->code != STATUS_AGAIN || now - since_ms >= s->options.wait_ms ||
	    db_recover(s->db, st) == -1)
		return -1;
	hooks->again(hooks->arg, st);
	clock_sleep_ms(PAUSE_MS << (times < DOUBLINGS ? times : DOUBLINGS));
	load_accounts_forget_all(&s->accounts);
	return 0;
}

/* When the trouble began: at the start of the transaction, but at most half the
 * limit ago, because a transaction may take long by itself. */
static int64_t
failed_since(const struct load_session *s, int64_t began_ms)
{
	int64_t now = clock_monotonic_ms();
	int64_t half = s->options.wait_ms / 2;

	return now - began_ms < half ? began_ms : now - half;
}

int
load_transact(struct load_session *s, int (*work)(void *, struct status *),
    void *arg, struct status *st)
{
	int64_t began_ms = clock_monotonic_ms(), since_ms = 0;
	unsigned times = 0;

	while (work(arg, st) == -1) {
		if (times == 0)
			since_ms = failed_since(s, began_ms);
		if (recover(s, since_ms, times++, st) == -1)
			return -1;
	}
	return 0;
}

/* Parts of the work */

int
load_refresh(struct load_session *s, struct status *st)
{
	bool changed;

	if (s->accounts.n == 0)
		return 0;
	if (db_refresh(s->db, &changed, st) == -1)
		return -1;
	if (changed)
		load_accounts_forget_all(&s->accounts);
	return 0;
}

int
load_begin(struct load_session *s, const struct db_plan *plan,
    struct status *st)
{
	struct load_account *a;
	bool stale;
	size_t i;

	s->db->now_ms = (int64_t)clock_wall_ms();
	if (db_begin(s->db, plan, &stale, st) == -1)
		return -1;
	if (stale)
		load_accounts_forget_all(&s->accounts);
	for (i = 0; i < plan->naccounts; i++) {
		a = load_account_of(plan->accounts[i]);
		if (a->row.is_new || a->row.is_stale)
			load_accounts_found(a);
	}
	return load_accounts_read(s->db, plan->accounts, plan->naccounts, st);
}

int
load_end(struct load_session *s, const struct db_plan *plan, struct status *st)
{
	if (load_accounts_flush(s->db, plan->accounts, plan->naccounts, st) ==
	    -1)
		return -1;
	return db_commit(s->db, st);
}
