#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/base/handoff.h"
#include "libcar/db/change.h"
#include "libcar/db/forget.h"
#include "libcar/db/index.h"
#include "libcar/load/apply_private.h"
#include "libcar/load/load.h"
#include "libcar/load/plan_private.h"
#include "libcar/load/prune_private.h"
#include "libcar/load/received_private.h"
#include "libcar/load/transact_private.h"
#include "libcar/load/unfinished_private.h"

/*
 * A line goes into a batch, and with the batch through one transaction. A full
 * batch is applied by another thread while the caller reads, parses and checks
 * lines for the next one. The database is used only by the thread that applies
 * a batch, and by the caller while none is applied.
 */

/* A shorter batch is applied before the call returns. */
#define HANDOFF_BYTES ((size_t)4 << 10)

struct load {
	/* Of the caller: the batch that it fills, and how many lines the other
	 * one has until its transaction is settled. */
	struct load_batch *filled;
	size_t nunsettled;
	uint64_t begun;            /* transactions */
	uint64_t took_ms;          /* the last one whose result is known */
	bool writes;               /* it has written most of its lines */
	struct load_counts counts; /* of committed lines */
	struct handoff handoff;
	bool failed; /* for ever: a transaction after it would leave a gap */
	struct status why;

	/* Of the transaction. */
	struct load_session session;
	struct load_batch batches[2], *applied;
	int rc;
	struct status st;
	uint64_t ms;
	size_t told; /* items of the batch already reported */
	struct load_plan plan;
	struct load_work work;
	struct load_received received;
	struct load_unfinished_list unfinished;
	size_t nindexes; /* indexes created */
};

static int
switch_feed(void *arg, struct status *st)
{
	const struct load *load = arg;

	return db_change_switch(load->session.db,
	    load->session.options.feed == LOAD_FEED_ON, st);
}

static int
make_index(void *arg, struct status *st)
{
	const struct load *load = arg;

	return db_index_make(load->session.db,
	    load->session.options.indexes[load->nindexes], st);
}

#define FORGET_AT_ONCE 1000

/* Delete the rows of excluded accounts. */
static int
forget_excluded(struct load *load, struct status *st)
{
	const struct buf *list = &load->session.options.excluded->dids;
	const char *dids[FORGET_AT_ONCE];
	struct db_purged counts;
	size_t at = 0, n;

	load->session.db->now_ms = (int64_t)clock_wall_ms();
	while (at < list->len) {
		for (n = 0; n < FORGET_AT_ONCE && at < list->len; n++) {
			dids[n] = list->data + at;
			at += strlen(dids[n]) + 1;
		}
		if (db_forget(load->session.db, dids, n, &counts, st) == -1)
			return -1;
	}
	return 0;
}

/* Do what the options ask of the database itself. */
static int
set_up(struct load *load, struct status *st)
{
	const struct load_options *o = &load->session.options;

	if (o->excluded != NULL && forget_excluded(load, st) == -1)
		return -1;
	if (o->feed != LOAD_FEED_KEEP &&
	    load_transact(&load->session, switch_feed, load, st) == -1)
		return -1;
	for (; load->nindexes < o->nindexes; load->nindexes++)
		if (load_transact(&load->session, make_index, load, st) == -1)
			return -1;
	return 0;
}

int
load_open(struct load **out, const char *database,
    const struct load_options *options, struct status *st)
{
	struct load *load = calloc(1, sizeof(*load));

	if (load == NULL)
		return status_no_memory(st);
	load->session.options = *options;
	if (options->lines == 0)
		load->session.options.lines = LOAD_LINES;
	if (db_open(&load->session.db, database, options->wait_ms, st) == -1) {
		free(load);
		return -1;
	}
	load->work.db = load->session.db;
	load->work.received = &load->received;
	load->work.partial = options->partial;
	load->filled = &load->batches[0];
	load->applied = &load->batches[1];
	load->filled->excluded = load->applied->excluded = options->excluded;
	if (set_up(load, st) == -1) {
		load_close(load);
		return -1;
	}
	*out = load;
	return 0;
}

static int
apply(struct load *load, struct status *st)
{
	return load_apply(&load->work, load->applied,
	    &load->session.options.hooks, &load->told, st);
}

/* Skip what isn't news, and apply the rest. */
static int
try_batch(void *arg, struct status *st)
{
	struct load *load = arg;
	struct load_session *s = &load->session;
	struct db_plan plan;

	load->work.counts = (struct load_counts){ 0 };
	if (load_refresh(s, st) == -1 ||
	    load_plan_make(&load->plan, s->db, &s->accounts, load->applied,
		s->options.partial, st) == -1)
		return -1;
	if (!load->plan.is_needed)
		return apply(load, st);
	plan = load_plan_of(&load->plan);
	if (load_begin(s, &plan, st) == -1 || apply(load, st) == -1)
		return -1;
	return load_end(s, &plan, st);
}

static void
add_counts(struct load_counts *sum, const struct load_counts *n)
{
	sum->written += n->written;
	sum->confirmed += n->confirmed;
	sum->skipped += n->skipped;
	sum->bad += n->bad;
	sum->operations += n->operations;
	sum->forgotten += n->forgotten;
}

/* In the transaction's thread */

static int
apply_batch(struct load *load, struct status *st)
{
	struct load_plan *plan = &load->plan;

	if (load_transact(&load->session, try_batch, load, st) == -1 ||
	    load_unfinished_note(&load->unfinished, plan->changed,
		plan->nchanged, st) == -1)
		return -1;
	load->told = 0;
	load_plan_clear(plan);
	load_batch_clear(load->applied);
	load_accounts_trim(&load->session.accounts);
	return 0;
}

static void
run_batch(void *ctx)
{
	struct load *load = ctx;
	uint64_t start = clock_monotonic_ms();

	load->rc = apply_batch(load, &load->st);
	load->ms = clock_monotonic_ms() - start;
}

/* In the caller's thread */

static void
take_result(struct load *load)
{
	const struct load_counts *n = &load->work.counts;

	load->writes = n->written > load->nunsettled / 2;
	load->nunsettled = 0;
	load->took_ms = load->ms;
	if (load->rc == 0)
		add_counts(&load->counts, n);
	else {
		load->failed = true;
		load->why = load->st;
	}
}

/* Wait for the end of the transaction, and take its result. */
static int
settle(struct load *load, struct status *st)
{
	if (load->nunsettled > 0) {
		handoff_wait(&load->handoff);
		take_result(load);
	}
	if (!load->failed)
		return 0;
	*st = load->why;
	return -1;
}

/* Begin the transaction of the batch, here or in the other thread. */
static int
begin_batch(struct load *load, bool here, struct status *st)
{
	struct load_batch *full = load->filled;

	if (settle(load, st) == -1 || full->nitems == 0)
		return load->failed ? -1 : 0;
	load->begun++;
	load->nunsettled = full->nitems;
	load->filled = load->applied;
	load->filled->checks = load->writes;
	load->applied = full;
	if (!here && full->text.len >= HANDOFF_BYTES) {
		handoff_begin(&load->handoff, run_batch, load);
		return 0;
	}
	run_batch(load);
	return settle(load, st);
}

int
load_commit(struct load *load, struct status *st)
{
	return begin_batch(load, true, st);
}

int
load_begin_commit(struct load *load, struct status *st)
{
	return begin_batch(load, false, st);
}

static int
make_room(struct load *load, size_t len, struct status *st)
{
	return load_batch_fits(load->filled, len) ?
	    0 :
	    begin_batch(load, false, st);
}

static int
commit_if_full(struct load *load, struct status *st)
{
	return load_batch_is_full(load->filled, load->session.options.lines) ?
	    begin_batch(load, false, st) :
	    0;
}

int
load_line(struct load *load, const struct load_origin *origin, const char *line,
    size_t len, struct status *st)
{
	if (make_room(load, len, st) == -1 ||
	    load_batch_add(load->filled, origin, line, len, st) == -1)
		return -1;
	return commit_if_full(load, st);
}

int
load_unreadable(struct load *load, const struct load_origin *origin,
    const struct status *why, struct status *st)
{
	if (make_room(load, sizeof(why->msg), st) == -1 ||
	    load_batch_add_bad(load->filled, origin, why, st) == -1)
		return -1;
	return commit_if_full(load, st);
}

void
load_wait(struct load *load)
{
	handoff_wait(&load->handoff);
}

size_t
load_waiting(const struct load *load)
{
	return load->filled->nitems + load->nunsettled;
}

uint64_t
load_begun(const struct load *load)
{
	return load->begun;
}

uint64_t
load_took_ms(const struct load *load)
{
	return load->took_ms;
}

const struct load_counts *
load_counts(const struct load *load)
{
	return &load->counts;
}

int
load_prune(struct load *load, uint64_t age_ms, struct status *st)
{
	return settle(load, st) == -1 ?
	    -1 :
	    load_prune_tombstones(&load->session, age_ms, st);
}

int
load_next_unfinished(struct load *load, struct load_unfinished *u,
    struct status *st)
{
	return settle(load, st) == -1 ?
	    -1 :
	    load_unfinished_next(&load->unfinished, &load->session, u, st);
}

int
load_count_unfinished(struct load *load, uint64_t *n, struct status *st)
{
	return settle(load, st) == -1 ?
	    -1 :
	    load_unfinished_count(&load->unfinished, &load->session, n, st);
}

void
load_close(struct load *load)
{
	if (load == NULL)
		return;
	handoff_free(&load->handoff);
	load_plan_free(&load->plan);
	load_batch_free(&load->batches[0]);
	load_batch_free(&load->batches[1]);
	load_accounts_free(&load->session.accounts);
	line_free(&load->work.line);
	load_operations_free(&load->work.operations);
	load_received_free(&load->received);
	free(load->unfinished.all);
	db_close(load->session.db);
	free(load);
}
