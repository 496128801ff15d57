#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
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
 * A line goes into a batch, and with the batch through one transaction.
 */

struct load {
	struct load_session session;
	struct load_batch batch;
	size_t told; /* items of the batch already reported */
	struct load_plan plan;
	struct load_work work;
	struct load_received received;
	struct load_counts counts; /* of committed lines */
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
	load->batch.excluded = options->excluded;
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
	return load_apply(&load->work, &load->batch,
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
	    load_plan_make(&load->plan, s->db, &s->accounts, &load->batch,
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

int
load_commit(struct load *load, struct status *st)
{
	struct load_plan *plan = &load->plan;

	if (load->batch.nitems == 0)
		return 0;
	if (load_transact(&load->session, try_batch, load, st) == -1 ||
	    load_unfinished_note(&load->unfinished, plan->changed,
		plan->nchanged, st) == -1)
		return -1;
	add_counts(&load->counts, &load->work.counts);
	load->told = 0;
	load_plan_clear(plan);
	load_batch_clear(&load->batch);
	load_accounts_trim(&load->session.accounts);
	return 0;
}

static int
make_room(struct load *load, size_t len, struct status *st)
{
	return load_batch_fits(&load->batch, len) ? 0 : load_commit(load, st);
}

static int
commit_if_full(struct load *load, struct status *st)
{
	return load_batch_is_full(&load->batch, load->session.options.lines) ?
	    load_commit(load, st) :
	    0;
}

int
load_line(struct load *load, const struct load_origin *origin, const char *line,
    size_t len, struct status *st)
{
	if (make_room(load, len, st) == -1 ||
	    load_batch_add(&load->batch, origin, line, len, st) == -1)
		return -1;
	return commit_if_full(load, st);
}

int
load_unreadable(struct load *load, const struct load_origin *origin,
    const struct status *why, struct status *st)
{
	if (make_room(load, sizeof(why->msg), st) == -1 ||
	    load_batch_add_bad(&load->batch, origin, why, st) == -1)
		return -1;
	return commit_if_full(load, st);
}

size_t
load_waiting(const struct load *load)
{
	return load->batch.nitems;
}

const struct load_counts *
load_counts(const struct load *load)
{
	return &load->counts;
}

int
load_prune(struct load *load, uint64_t age_ms, struct status *st)
{
	return load_prune_tombstones(&load->session, age_ms, st);
}

int
load_next_unfinished(struct load *load, struct load_unfinished *u,
    struct status *st)
{
	return load_unfinished_next(&load->unfinished, &load->session, u, st);
}

int
load_count_unfinished(struct load *load, uint64_t *n, struct status *st)
{
	return load_unfinished_count(&load->unfinished, &load->session, n, st);
}

void
load_close(struct load *load)
{
	if (load == NULL)
		return;
	load_plan_free(&load->plan);
	load_batch_free(&load->batch);
	load_accounts_free(&load->session.accounts);
	line_free(&load->work.line);
	load_operations_free(&load->work.operations);
	load_received_free(&load->received);
	free(load->unfinished.all);
	db_close(load->session.db);
	free(load);
}
