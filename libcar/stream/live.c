#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/live.h"
#include "libcar/stream/rfc3339.h"
#include "libcar/stream/write.h"

/*
 * Each type of message has its function. A commit without prevData comes from a
 * host older than sync 1.1: its blocks are checked, but not whether they are
 * complete. Its `commit` line has no `ops`, and its records are not written.
 */

/* Choosing accounts */

static bool
is_signal(const struct live *l, const struct frame_op *op)
{
	const char *slash = memchr(op->path.at, '/', op->path.len);

	return op->action != FRAME_DELETE && slash != NULL &&
	    filter_covers(l->signals, op->path.at, slash - op->path.at);
}

static bool
has_signals(const struct live *l)
{
	return l->signals != NULL && l->signals->count > 0;
}

static bool
gives_signal(const struct live *l)
{
	const struct frame *f = &l->frame;
	size_t i;

	if (!has_signals(l) || f->type != FRAME_COMMIT)
		return false;
	for (i = 0; i < f->nops; i++)
		if (is_signal(l, &f->ops[i]))
			return true;
	return false;
}

/* Some services repeat the event of the cursor. */
static bool
is_old(const struct live *l)
{
	const struct frame *f = &l->frame;
	uint64_t at = live_time(f);

	return (f->seq != 0 && f->seq <= l->after) ||
	    (at != 0 && at < l->not_before);
}

static bool
is_chosen(const struct live *l)
{
	const struct slice *did = &l->frame.did;

	if (is_old(l))
		return false;
	if (did->at == NULL || (l->accounts == NULL && !has_signals(l)))
		return true;
	return (l->accounts != NULL &&
		   set_has(l->accounts, did->at, did->len)) ||
	    set_has(&l->signalled, did->at, did->len) || gives_signal(l);
}

/* Only a verified commit may choose its account. */
static int
take_signal(struct live *l, struct status *st)
{
	const struct slice *did = &l->frame.did;

	if (gives_signal(l) && set_add(&l->signalled, did->at, did->len) == -1)
		return status_no_memory(st);
	return 0;
}

/* Commits */

/* Check the signature, or leave it unchecked if the key is unknown. */
static int
check_signature(struct live *l, bool *verified, struct status *st)
{
	const struct commit *c = &l->event.commit;
	const struct key *key = keyring_find(l->keys, c->did, c->did_len);
	const struct key_prepared *ready;

	*verified = key != NULL;
	if (key == NULL && l->require_signature)
		return status_set(st, STATUS_NO_KEY, 0,
		    "a signature is required, but no key is known");
	if (key == NULL)
		return 0;
	if ((ready = key_cache_get(&l->ready, key, st)) == NULL)
		return -1;
	return commit_verify_prepared(c, ready, st);
}

static int
write_change(struct live *l, const struct frame_op *op, struct status *st)
{
	static const char *const actions[] = {
		[FRAME_CREATE] = "create",
		[FRAME_UPDATE] = "update",
		[FRAME_DELETE] = "delete",
	};
	struct slice block = event_record(&l->event, op);
	const struct repo_record r = {
		.key = slice_bytes(&op->path),
		.key_len = op->path.len,
		.cid = slice_bytes(&op->cid),
		.cid_len = op->cid.len,
		.block = slice_bytes(&block),
		.len = block.len,
	};

	if (emit_change(&l->emit, &l->out->buf, &r, actions[op->action],
		&op->prev, st) == -1)
		return -1;
	return ndjson_out_line(l->out, st);
}

/* Write the records that match the filter; return their number, or -1. */
static int
write_changes(struct live *l, struct status *st)
{
	const struct frame *f = &l->frame;
	int ops = 0;
	size_t i;

	emit_live(&l->emit, f->did, f->rev);
	for (i = 0; i < f->nops; i++) {
		if (!emit_wants(&l->emit, slice_bytes(&f->ops[i].path),
			f->ops[i].path.len))
			continue;
		if (write_change(l, &f->ops[i], st) == -1)
			return -1;
		ops++;
	}
	l->record_errors |= l->emit.errors > 0;
	return ops;
}

uint64_t
live_time(const struct frame *f)
{
	return f->time.at == NULL ? 0 :
				    (uint64_t)rfc3339_parse(&f->time) * 1000;
}

static struct slice
cid_text(char text[CID_MAX_TEXT], const void *bytes, size_t len)
{
	if (bytes == NULL)
		return (struct slice){ NULL, 0 };
	return slice_make(text, cid_format(text, bytes, len));
}

static int
write_commit(struct live *l, bool verified, struct stream_number ops,
    struct status *st)
{
	const struct frame *f = &l->frame;
	const struct commit *c = &l->event.commit;
	const struct car *car = &l->event.slice.car;
	char cid[CID_MAX_TEXT], data[CID_MAX_TEXT], before[CID_MAX_TEXT];
	struct stream_commit line = {
		.did = f->did,
		.rev = f->rev,
		.cid = cid_text(cid, car->root.bytes, car->root.len),
		.data = cid_text(data, c->data.bytes, c->data.len),
		.version = stream_number(c->version),
		.signature = slice_of(verified ? "verified" : "unchecked"),
		.filter = emit_filter(&l->emit),
		.source = slice_of("live"),
		.service = l->service,
		.seq = stream_number((int64_t)f->seq),
		.since = f->since,
		.prev_data = cid_text(before, f->prev_data.at,
		    f->prev_data.len),
		.whole = ops.known && l->event.whole ? STREAM_TRUE :
						       STREAM_UNKNOWN,
		.ops = ops,
		.at = live_time(f),
	};

	*(verified ? &l->verified : &l->unchecked) += 1;
	return stream_write_commit(&l->out->buf, &line, st);
}

/* Does the commit come from a host older than sync 1.1? */
static bool
is_unverifiable(const struct frame *f, const struct status *why)
{
	return f->prev_data.at == NULL && f->since.at != NULL &&
	    (why->code == STATUS_BAD_OPS || why->code == STATUS_MISSING_BLOCK);
}

static int
take_commit(struct live *l, uint64_t now, struct status *st)
{
	struct stream_number ops = { .known = false };
	bool verified;
	int n;

	if (event_open(&l->event, &l->frame, now, st) == -1 ||
	    check_signature(l, &verified, st) == -1)
		return -1;
	if (l->frame.type == FRAME_SYNC)
		return write_commit(l, verified, ops, st);
	if (event_check(&l->event, &l->frame, st) == -1)
		return is_unverifiable(&l->frame, st) ?
		    write_commit(l, verified, ops, st) :
		    -1;
	if (take_signal(l, st) == -1 || (n = write_changes(l, st)) == -1)
		return -1;
	return write_commit(l, verified, stream_number(n), st);
}

/* The other types */

static int
write_account(struct live *l, struct status *st)
{
	const struct frame *f = &l->frame;
	struct stream_account line = {
		.did = f->did,
		.active = stream_bool(f->active),
		.status = stream_text(f->status),
		.service = l->service,
		.at = live_time(f),
	};

	return stream_write_account(&l->out->buf, &line, st);
}

/* Report what the service says about the stream itself. Among info messages,
 * only OutdatedCursor means that events are lost. */
static int
take_notice(const struct frame *f, struct status *st)
{
	bool lost = slice_is(&f->name, "OutdatedCursor");

	status_set(st, STATUS_REFUSED, 0, "%s%.*s%s%.*s",
	    lost ? "events are lost: " : "", (int)f->name.len, f->name.at,
	    f->message.len > 0 ? ": " : "",
	    (int)(f->message.len < 200 ? f->message.len : 200),
	    f->message.len > 0 ? f->message.at : "");
	status_call(st, f->name.at, f->name.len);
	return -1;
}

static enum live_result
take_message(struct live *l, uint64_t now, struct status *st)
{
	const struct frame *f = &l->frame;

	switch (f->type) {
	case FRAME_COMMIT:
	case FRAME_SYNC:
		return take_commit(l, now, st) == -1 ? LIVE_FAILED :
						       LIVE_WRITTEN;
	case FRAME_ACCOUNT:
		return write_account(l, st) == -1 ? LIVE_FAILED : LIVE_WRITTEN;
	case FRAME_IDENTITY:
		return LIVE_IDENTITY;
	case FRAME_INFO:
		if (!slice_is(&f->name, "OutdatedCursor"))
			return LIVE_SKIPPED;
		take_notice(f, st);
		return LIVE_FAILED;
	case FRAME_ERROR:
		take_notice(f, st);
		return LIVE_FAILED;
	default:
		return LIVE_SKIPPED;
	}
}

/* The message */

/* The rev of a bad message may be anything. A rev in the far future would make
 * readers wait for a commit that never comes. */
static bool
is_past(const struct slice *rev, uint64_t now)
{
	return rev->at != NULL && syntax_is_tid(rev->at, rev->len) &&
	    syntax_tid_micros(rev->at) <= now + COMMIT_FUTURE_MICROS;
}

void
live_error(struct live *l, const char *input, uint64_t now,
    const struct status *why)
{
	const struct frame *f = &l->frame;
	struct stream_error e = {
		.program = slice_of(l->program),
		.did = f->did,
		.input = slice_of(input),
		.host = l->service,
		.at = now,
		.source = slice_of("live"),
	};

	if (is_past(&f->rev, now))
		e.rev = f->rev;
	if (f->did.at != NULL && !syntax_is_did(f->did.at, f->did.len))
		e.did = (struct slice){ NULL, 0 };
	if (f->seq > 0 && f->seq <= FRAME_MAX_SEQ)
		e.seq = stream_number((int64_t)f->seq);
	stream_write_error(&l->out->buf, &e, why, NULL);
}

static enum live_result
fail(struct live *l, uint64_t now, const struct status *why)
{
	if (status_fatal(why->code))
		return LIVE_FATAL;
	live_error(l, NULL, now, why);
	return LIVE_FAILED;
}

enum live_result
live_message(struct live *l, const void *bytes, size_t len, uint64_t now,
    struct status *st)
{
	enum live_result result;
	bool bad;

	if (!l->begun)
		emit_begin(&l->emit, l->program, l->filter, now);
	l->begun = true;
	l->emit.now = now;
	l->emit.errors = 0;
	bad = frame_parse(&l->frame, bytes, len, st) == -1;
	if (!is_chosen(l))
		return LIVE_SKIPPED;
	result = bad ? LIVE_FAILED : take_message(l, now, st);
	return result == LIVE_FAILED ? fail(l, now, st) : result;
}

void
live_end(struct live *l)
{
	memset(&l->frame, 0, offsetof(struct frame, ops));
	l->frame.nops = 0;
}

void
live_free(struct live *l)
{
	event_free(&l->event);
	emit_free(&l->emit);
	key_cache_free(&l->ready);
	set_free(&l->signalled);
	memset(l, 0, sizeof(*l));
}
