#include "config.h"

#include <string.h>
#include <time.h>

#include "libcar/load/account_private.h"

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Another process has written this account since, or any. */
static void
forget(void *arg, const struct slice *did)
{
	struct load *load = arg;

	if (did == NULL)
		load_account_drop_all(load);
	else
		load_account_drop(load, did);
}

int
load_begin(struct load *load, size_t n, struct status *st)
{
	load->db->now_ms = clock_ms(CLOCK_REALTIME);
	if (db_begin(load->db, load->plan, n, forget, load, st) == -1)
		return -1;
	load->writing = true;
	return 0;
}

static int
take_text(struct load *load, const struct load_text *t, struct status *st)
{
	const char *text = load->text.data + t->at;

	if (t->code != STATUS_OK)
		status_set(st, t->code, 0, "%.*s", (int)t->len, text);
	else if (line_parse(&load->line, text, t->len, st) == 0 &&
	    load_take(load, st) == 0)
		return 0;
	else if (st->code != STATUS_BAD_LINE)
		return -1;
	load->counts.bad++;
	if (load->at >= load->told)
		load->hooks.bad(load->hooks.arg, t, st);
	return 0;
}

/* What was read before a transaction isn't true for ever. */
static int
refresh(struct load *load, struct status *st)
{
	bool changed;

	if (load->naccounts == 0)
		return 0;
	if (db_refresh(load->db, &changed, st) == -1)
		return -1;
	if (changed)
		load_account_drop_all(load);
	return 0;
}

static int
take_batch(struct load *load, void *arg, struct status *st)
{
	(void)arg;
	if (refresh(load, st) == -1)
		return -1;
	for (load->at = 0; load->at < load->ntexts; load->at++) {
		if (take_text(load, &load->texts[load->at], st) == -1)
			return -1;
		if (load->told <= load->at)
			load->told = load->at + 1;
	}
	return 0;
}

/* What failed may have been for the moment: take all of it again, the more
 * often it failed the later. */
static int
repeat(struct load *load, int64_t since_ms, unsigned times, struct status *st)
{
	int64_t now = clock_ms(CLOCK_MONOTONIC), pause = 10;
	struct timespec ts = { 0, 0 };

	if (st->code != STATUS_AGAIN || now - since_ms >= load->wait_ms ||
	    db_recover(load->db, st) == -1)
		return -1;
	load->hooks.again(load->hooks.arg, st);
	pause <<= times < 6 ? times : 6;
	ts.tv_nsec = pause * 1000000;
	nanosleep(&ts, NULL);
	load_account_drop_all(load);
	load->writing = false;
	return 0;
}

/* When the trouble began: what it waited is part of that, but not all of a
 * transaction that took long by itself. */
static int64_t
failed_since(const struct load *load, int64_t began_ms)
{
	int64_t now = clock_ms(CLOCK_MONOTONIC);
	int64_t half = load->wait_ms / 2;

	return now - began_ms < half ? began_ms : now - half;
}

static int
commit(struct load *load, struct status *st)
{
	if (!load->writing)
		return 0;
	if (load_account_flush(load, st) == -1 || db_commit(load->db, st) == -1)
		return -1;
	load->writing = false;
	return 0;
}

int
load_transact(struct load *load,
    int (*work)(struct load *, void *, struct status *), void *arg,
    struct status *st)
{
	const struct load_counts counts = load->counts;
	size_t ntouched = load->ntouched;
	int64_t began_ms = clock_ms(CLOCK_MONOTONIC), since_ms = 0;
	unsigned times = 0;

	while (work(load, arg, st) == -1 || commit(load, st) == -1) {
		if (times == 0)
			since_ms = failed_since(load, began_ms);
		if (repeat(load, since_ms, times++, st) == -1)
			return -1;
		load->counts = counts;
		load->ntouched = ntouched;
	}
	if (load->naccounts > LOAD_ACCOUNTS)
		load_account_drop_all(load);
	return 0;
}

int
load_commit(struct load *load, struct status *st)
{
	if (load->ntexts == 0)
		return 0;
	if (load_transact(load, take_batch, NULL, st) == -1)
		return -1;
	load->text.len = load->ntexts = load->told = 0;
	return 0;
}

static int
add_text(struct load *load, const struct load_text *place, const char *text,
    struct status *st)
{
	size_t most = load->batch != 0 ? load->batch : LOAD_LINES;
	struct load_text *t;

	if (load->text.len + place->len > LOAD_BYTES &&
	    load_commit(load, st) == -1)
		return -1;
	if (load_room(&load->texts, load->ntexts, sizeof(*t), st) == -1)
		return -1;
	t = &load->texts[load->ntexts];
	*t = *place;
	t->at = load->text.len;
	buf_put(&load->text, text, t->len);
	if (load->text.failed)
		return load_no_memory(st);
	return ++load->ntexts < most ? 0 : load_commit(load, st);
}

int
load_line(struct load *load, const char *name, uint64_t number,
    const char *line, size_t len, struct status *st)
{
	const struct load_text place = { 0, len, name, number, STATUS_OK };

	return add_text(load, &place, line, st);
}

int
load_unreadable(struct load *load, const char *name, uint64_t number,
    const struct status *why, struct status *st)
{
	const struct load_text place = { 0, strlen(why->msg), name, number,
		why->code };

	return add_text(load, &place, why->msg, st);
}
