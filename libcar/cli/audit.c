#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "libcar/cli/audit.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/stream/write.h"

/*
 * A batch ends when it is full, or when the next read may block, so that a
 * filter holds nothing back while it waits. Its text lies in one buffer, and
 * the items borrow from it.
 */

#define TURN 16 /* items of a turn of a parallel loop */
#define MOST_REPORTED 20
#define KEPT_BYTES ((size_t)16 << 10) /* of a line whose item keeps memory */

/* In any thread */

static void
read_items(void *ctx, size_t turn)
{
	struct audit *a = ctx;
	size_t i = turn * TURN, end = i + TURN;

	for (; i < end && i < a->count; i++)
		audit_item_read(&a->items[i], &a->rules);
}

/* There are as many caches as threads, so that one is free. */
static size_t
take_cache(struct audit *a)
{
	size_t i = 0;

	while (atomic_flag_test_and_set(&a->busy[i]))
		i = (i + 1) % PARALLEL_MOST;
	return i;
}

static void
verify_items(void *ctx, size_t turn)
{
	struct audit *a = ctx;
	size_t i = turn * TURN, end = i + TURN, cache = take_cache(a);

	for (; i < end && i < a->count; i++)
		plc_audit_verify(&a->ops[i], &a->caches[cache]);
	atomic_flag_clear(&a->busy[cache]);
}

/* Lines */

static void
fatal(struct audit *a, const struct status *st)
{
	cli_output_fatal(a->lines->out, st);
}

static void
write_invalid(struct audit *a, struct audit_item *item,
    const struct status *why)
{
	const struct line *l = &item->line;
	struct stream_error e = {
		.program = slice_of(cli_program),
		.did = l->did,
		.cid = l->cid,
		.at = cli_now(),
	};
	struct status st;

	if (l->seq != -1)
		e.seq = stream_number(l->seq);
	a->counts.errors[why->code]++;
	a->lines->failed++;
	if (!cli_quiet)
		cli_warn("%s: line %llu: %.*s: %s: %s", a->lines->input,
		    (unsigned long long)item->number, (int)l->did.len,
		    l->did.at, status_name(why->code), why->msg);
	if (job_parse(&item->job, item->text.at, item->text.len, &st) == -1)
		fatal(a, &st);
	stream_write_error(&a->lines->out->buf, &e, why, &item->job);
	cli_output_line(a->lines->out);
}

static void
write_valid(struct audit *a, struct audit_item *item)
{
	cli_output_copy(a->lines->out, item->out.data, item->out.len - 1);
}

static void
write_nullified(struct audit *a, struct audit_item *item)
{
	struct status st;

	if (audit_item_write(item, &a->lines->out->buf, STREAM_TRUE, &st) == -1)
		fatal(a, &st);
	cli_output_line(a->lines->out);
}

/* Operations that may be nullified, or that the directory says are, are kept:
 * all but most of the first ones. */
static void
keep(struct audit *a, const struct audit_item *item)
{
	struct slice text = slice_make(item->out.data, item->out.len - 1);
	struct status st;

	if (audit_state_add(&a->state, item->op, &text, &st) == -1)
		fatal(a, &st);
	if (item->op->said == PLC_LOG_SAID_NULLIFIED)
		a->doubtful++;
	else if (!item->op->op.has_prev)
		return;
	if (backlog_add(&a->backlog, &text, &st) == -1)
		fatal(a, &st);
}

/* It came again, and may be nullified by now. */
static void
repeat(struct audit *a, struct audit_item *item, bool is_nullified)
{
	a->counts.again++;
	if (is_nullified)
		write_nullified(a, item);
	else
		write_valid(a, item);
}

/* An operation may look wrong because its log has forgotten it. */
static void
refuse(struct audit *a, struct audit_item *item)
{
	struct db_audit_past past = { .is_known = false };
	struct status *why = &item->op->why, st;

	if (!item->op->failed &&
	    audit_state_find(&a->state, item->op, &past, &st) == -1)
		fatal(a, &st);
	if (past.is_known && past.created_ms == item->op->created_ms) {
		if (plc_audit_repeat(&a->plc, item->op, &st) == -1)
			fatal(a, &st);
		repeat(a, item, past.is_nullified);
		return;
	}
	if (past.is_known)
		plc_log_other_time(why);
	write_invalid(a, item, why);
}

static void
replay(struct audit *a, struct audit_item *item)
{
	struct status st;

	a->counts.operations++;
	a->now = item;
	item->op->place = backlog_next(&a->backlog);
	switch (plc_audit_replay(&a->plc, item->op, &st)) {
	case PLC_AUDIT_FAILED:
		fatal(a, &st);
		break;
	case PLC_AUDIT_INVALID:
		refuse(a, item);
		break;
	case PLC_AUDIT_VALID:
		a->counts.valid++;
		write_valid(a, item);
		keep(a, item);
		break;
	case PLC_AUDIT_KNOWN:
		repeat(a, item, false);
		break;
	case PLC_AUDIT_NULLIFIED:
		repeat(a, item, true);
		break;
	}
}

static void
commit(struct audit *a)
{
	struct status st;

	if (audit_state_commit(&a->state, &a->plc, cli_now() / 1000, &st) == -1)
		fatal(a, &st);
}

/* The state must not be behind a cursor that somebody stores. */
static void
copy(struct audit *a, struct audit_item *item)
{
	if (job_is(&item->job, "cursor"))
		commit(a);
	cli_output_copy(a->lines->out, item->text.at, item->text.len);
}

static void
finish_item(struct audit *a, struct audit_item *item)
{
	switch (item->kind) {
	case AUDIT_ITEM_COPY:
		copy(a, item);
		break;
	case AUDIT_ITEM_BAD:
		if (status_fatal(item->why.code))
			fatal(a, &item->why);
		line_inputs_bad_line(a->lines, item->number, item->text.at,
		    item->text.len, &item->why);
		break;
	case AUDIT_ITEM_PLC:
		replay(a, item);
		break;
	}
}

/* Lines of the backlog */

/* Read the line of an earlier operation. */
static int
read_again(struct audit *a, const struct plc_log_entry *e, struct status *st)
{
	struct audit_item *item = &a->again;

	if (backlog_get(&a->backlog, e->place, &item->text, st) == -1)
		return -1;
	return audit_item_parse(item, st);
}

/* Only an operation whose createdAt is long past can do this. The error is
 * about that operation. */
static void
write_missing(struct audit *a)
{
	const struct line *l = &a->now->line;
	char did[PLC_DID_TEXT];
	struct stream_error e = {
		.program = slice_of(cli_program),
		.did = slice_make(did, sizeof(did)),
		.cid = l->cid,
		.at = cli_now(),
	};
	struct status why;

	if (l->seq != -1)
		e.seq = stream_number(l->seq);
	plc_did_format(did, a->plc.did);
	status_set(&why, STATUS_LATE_NULLIFICATION, 0,
	    "an operation is nullified whose line isn't in the state any more");
	a->lines->failed++;
	if (!cli_quiet)
		cli_warn("%.*s: %s", PLC_DID_TEXT, did, why.msg);
	stream_write_error(&a->lines->out->buf, &e, &why, NULL);
	cli_output_line(a->lines->out);
}

static int
on_nullified(void *ctx, const struct plc_log_entry *e, struct status *st)
{
	struct audit *a = ctx;
	const struct line *l = &a->again.line;

	if (e->place == AUDIT_STATE_NO_PLACE) {
		if (!a->plc.is_again)
			write_missing(a);
		return 0;
	}
	if (read_again(a, e, st) == -1)
		return -1;
	if (!a->plc.is_again &&
	    audit_state_nullify(&a->state, a->plc.did, e, &a->again.text, st) ==
		-1)
		return -1;
	a->counts.nullified += !a->plc.is_again;
	a->doubtful -= e->said == PLC_LOG_SAID_NULLIFIED;
	if (e->said == PLC_LOG_SAID_VALID) {
		a->counts.not_said++;
		if (!cli_quiet)
			cli_warn("%.*s: %.*s is nullified, but its line says "
				 "that it isn't",
			    (int)l->did.len, l->did.at, (int)l->cid.len,
			    l->cid.at);
	}
	write_nullified(a, &a->again);
	return 0;
}

/* Nothing has nullified this operation. Does the directory agree? */
static void
compare(struct audit *a, const struct plc_log_entry *e)
{
	const struct line *l = &a->again.line;
	struct status st;

	if (e->said != PLC_LOG_SAID_NULLIFIED || e->is_nullified)
		return;
	a->counts.only_said++;
	a->doubtful--;
	if (cli_quiet || a->counts.only_said > MOST_REPORTED)
		return;
	if (read_again(a, e, &st) == -1)
		fatal(a, &st);
	cli_warn("%.*s: the directory says that %.*s is nullified, but it "
		 "isn't",
	    (int)l->did.len, l->did.at, (int)l->cid.len, l->cid.at);
}

/* Nothing can nullify this operation any more. */
static void
on_settled(void *ctx, const uint8_t *did, const struct plc_log_entry *e)
{
	struct audit *a = ctx;
	struct status st;

	if (audit_state_settle(&a->state, did, e, &st) == -1)
		fatal(a, &st);
	compare(a, e);
}

/* Logs */

static void
begin_logs(struct audit *a)
{
	uint8_t secret[HASH_SECRET_BYTES];
	struct plc_memory memory, more;

	randombytes_buf(secret, sizeof(secret));
	a->spill.dir = a->more.dir = a->backlog.dir = cli_tmpdir();
	a->spill.limit = a->memory > 0 ? (size_t)a->memory : AUDIT_MEMORY;
	a->more.limit = AUDIT_MORE_MEMORY;
	memory = spill_memory(&a->spill);
	more = spill_memory(&a->more);
	plc_audit_begin(&a->plc, &memory, &more, secret);
	a->plc.hooks = (struct plc_audit_hooks){ on_nullified, on_settled, a };
}

static void
end_logs(struct audit *a)
{
	plc_audit_free(&a->plc);
	backlog_free(&a->backlog);
	spill_free(&a->spill);
	spill_free(&a->more);
}

/* The file has all logs, so that memory needs only some of them. */
static void
empty_logs(struct audit *a)
{
	if (a->state.db == NULL ||
	    plc_state_count(&a->plc.state) < AUDIT_STATE_LOGS)
		return;
	commit(a);
	end_logs(a);
	begin_logs(a);
	a->doubtful = 0;
}

/* Batches */

static void
load_logs(struct audit *a)
{
	struct status st;
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!a->ops[i].failed &&
		    audit_state_load(&a->state, &a->plc, &a->backlog,
			&a->ops[i], &st) == -1)
			fatal(a, &st);
}

static void
release_item(struct audit *a, size_t i)
{
	audit_item_free(&a->items[i]);
	plc_audit_item_free(&a->ops[i]);
}

/* Otherwise long lines in different places would fill the memory of all items.
 * Items borrow keys from each other, until all of them are finished. */
static void
release_long_items(struct audit *a)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->items[i].text.len > KEPT_BYTES)
			release_item(a, i);
}

void
audit_flush(struct line_inputs *lines)
{
	struct audit *a = lines->ctx;
	size_t turns = (a->count + TURN - 1) / TURN, i;
	const char *p = a->text.data;
	struct status st;

	for (i = 0; i < a->count; i++) {
		a->items[i].text.at = p;
		p += a->items[i].text.len;
	}
	empty_logs(a);
	parallel_run(&a->threads, turns, read_items, a);
	load_logs(a);
	if (plc_audit_plan(&a->plc, a->ops, a->count, &st) == -1)
		fatal(a, &st);
	parallel_run(&a->threads, turns, verify_items, a);
	for (i = 0; i < a->count; i++)
		finish_item(a, &a->items[i]);
	release_long_items(a);
	a->count = a->text.len = 0;
	if (a->state.touched.len >= AUDIT_STATE_TOUCHED * PLC_DID_BYTES)
		commit(a);
}

int
audit_take(struct line_inputs *lines, const char *text, size_t len,
    struct status *st)
{
	struct audit *a = lines->ctx;
	struct audit_item *item;

	if (a->count == AUDIT_LINES || a->text.len > AUDIT_BYTES)
		audit_flush(lines);
	buf_put(&a->text, text, len);
	if (a->text.failed)
		return status_no_memory(st);
	item = &a->items[a->count++];
	item->text.len = len;
	item->number = lines->line;
	return 0;
}

/* The whole */

static void
make_items(struct audit *a)
{
	struct status st;
	size_t i;

	a->items = calloc(AUDIT_LINES, sizeof(*a->items));
	a->ops = calloc(AUDIT_LINES, sizeof(*a->ops));
	if (a->items == NULL || a->ops == NULL) {
		status_no_memory(&st);
		cli_fatal(&st);
	}
	for (i = 0; i < AUDIT_LINES; i++)
		a->items[i].op = &a->ops[i];
}

void
audit_begin(struct audit *a)
{
	struct status st;
	size_t i;

	begin_logs(a);
	for (i = 0; i < PARALLEL_MOST; i++)
		atomic_flag_clear(&a->busy[i]);
	make_items(a);
	if (a->state_path != NULL &&
	    db_audit_open(&a->state.db, a->state_path, &st) == -1)
		cli_fatal(&st);
}

void
audit_finish(struct audit *a)
{
	struct plc_log log = { .count = 0 };
	uint8_t did[PLC_DID_BYTES];
	struct status st;
	size_t i, k;

	commit(a);
	for (i = 0; a->doubtful > 0 && i < plc_state_count(&a->plc.state);
	     i++) {
		if (plc_state_at(&a->plc.state, i, did, &log, &st) == -1)
			fatal(a, &st);
		for (k = 0; k < log.count; k++)
			compare(a, &log.entries[k]);
	}
	plc_log_free(&log);
}

void
audit_free(struct audit *a)
{
	size_t i;

	for (i = 0; i < AUDIT_LINES; i++)
		release_item(a, i);
	free(a->items);
	free(a->ops);
	for (i = 0; i < PARALLEL_MOST; i++)
		key_cache_free(&a->caches[i]);
	audit_item_free(&a->again);
	parallel_free(&a->threads);
	audit_state_free(&a->state);
	end_logs(a);
	buf_free(&a->text);
}
