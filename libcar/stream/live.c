#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/live.h"
#include "libcar/stream/live_choice.h"
#include "libcar/stream/rfc3339.h"
#include "libcar/stream/write.h"

/*
 * Each type of message has its function. A commit without prevData comes from a
 * host older than sync 1.1: its blocks are checked, but not whether they are
 * complete. Its `commit` line has no `ops`, and its records are not written.
 */

/* Changes of Jetstream */

/* A rev of the future would shut out later records of the account. */
static int
check_rev(const struct slice *rev, uint64_t now, struct status *st)
{
	const struct commit c = { .rev = rev->at, .rev_len = rev->len };

	return commit_check_rev(&c, now, st);
}

/* The commit changes a record that isn't known. */
static int
write_doubt(struct live *l, struct status *st)
{
	const struct frame *f = &l->frame;
	const struct stream_commit line = {
		.did = f->did,
		.rev = f->rev,
		.signature = slice_of("unchecked"),
		.filter = emit_filter(&l->emit),
		.source = slice_of("live"),
		.service = l->source->origin,
		.seq = stream_number((int64_t)f->seq),
		.at = live_time(f),
	};

	l->record_errors = true;
	return stream_write_commit(&l->out->buf, &line, st);
}

static int
take_change(struct live *l, uint64_t now, struct status *st)
{
	const struct frame *f = &l->frame;
	const struct slice *path = &f->ops[0].path;

	if (check_rev(&f->rev, now, st) == -1 || live_choice_learn(l, st) == -1)
		return -1;
	l->unchecked++;
	emit_live(&l->emit, f->did, f->rev);
	if (!emit_wants(&l->emit, slice_bytes(path), path->len))
		return 0;
	if (jetstream_write_change(&l->jetstream, &f->ops[0], &l->emit,
		&l->out->buf, st) == -1 ||
	    (l->emit.errors > 0 && write_doubt(l, st) == -1))
		return -1;
	return ndjson_out_line(l->out, st);
}

/* Commits */

/* Is the account at another host than the one that sends this? Only a host has
 * nothing but its own accounts, a relay has those of all hosts. */
static bool
is_elsewhere(const struct live *l, const struct signer *s)
{
	const uint64_t *hosts = l->source->hosts;

	return s->host != 0 && hosts[0] != 0 && s->host != hosts[0] &&
	    s->host != hosts[1];
}

static int
verify_signature(struct live *l, const struct key *key, struct status *st)
{
	const struct commit *c = &l->event.commit;
	const struct key_prepared *ready;
	uint8_t hash[32];

	if (commit_hash(c, hash, st) == -1)
		return -1;
	if (l->ahead != NULL && ahead_has(l->ahead, key, hash, c->sig))
		return 0;
	ready = key_cache_get(&l->ready, key, st);
	return ready == NULL ?
	    -1 :
	    key_verify_hash(ready, hash, c->sig, c->sig_len, st);
}

static int
verify(struct live *l, const struct signer *s, struct status *st)
{
	if (verify_signature(l, &s->key, st) == -1)
		return -1;
	if (is_elsewhere(l, s))
		return status_set(st, STATUS_WRONG_HOST, 0,
		    "the account is at another host");
	return 0;
}

/* The last look-up failed, so the status can't say more. */
static int
not_looked_up(const struct signer *s, const char *problem, struct status *st)
{
	return status_set(st, s->why, 0,
	    "%s, and its DID document could not be read", problem);
}

/* Verify with the known key. If that fails, the document may have changed after
 * it was read. */
static int
check_known(struct live *l, const struct signer *s, uint64_t received,
    struct status *st)
{
	if (verify(l, s, st) == 0)
		return 0;
	if (status_fatal(st->code))
		return -1;
	l->needs_key = l->can_refresh && s->asked < received;
	if (s->why != STATUS_OK)
		return not_looked_up(s,
		    "the account's known key or host does not fit", st);
	return -1;
}

/* Check the signature, or leave it unchecked if the key is unknown. */
static int
check_signature(struct live *l, uint64_t received, bool *verified,
    struct status *st)
{
	struct slice did = slice_make(l->event.commit.did,
	    l->event.commit.did_len);
	struct signer s = signer_find(l->signers, &did);
	bool may_ask = l->can_look_up && received >= s.again;

	*verified = s.has_key;
	if (s.has_key)
		return check_known(l, &s, received, st);
	l->needs_key = may_ask && l->require_signature;
	l->wants_key = may_ask && !l->require_signature;
	if (!l->require_signature)
		return 0;
	if (s.why != STATUS_OK)
		return not_looked_up(&s, "the account's key is not known", st);
	return status_set(st, STATUS_NO_KEY, 0,
	    "a signature is required, but no key is known");
}

static int
write_change(struct live *l, const struct frame_op *op, struct status *st)
{
	struct slice block = event_record(&l->event, op);
	const struct repo_record r = {
		.key = slice_bytes(&op->path),
		.key_len = op->path.len,
		.cid = slice_bytes(&op->cid),
		.cid_len = op->cid.len,
		.block = slice_bytes(&block),
		.len = block.len,
	};

	if (emit_change(&l->emit, &l->out->buf, &r,
		frame_action_name(op->action), &op->prev, st) == -1)
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
		.service = l->source->origin,
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
take_commit(struct live *l, uint64_t received, uint64_t now, struct status *st)
{
	struct stream_number ops = { .known = false };
	bool verified;
	int n;

	if (l->is_jetstream && l->frame.type == FRAME_COMMIT)
		return take_change(l, now, st);
	if (event_open(&l->event, &l->frame, now, st) == -1 ||
	    check_signature(l, received, &verified, st) == -1)
		return -1;
	if (l->frame.type == FRAME_SYNC)
		return write_commit(l, verified, ops, st);
	if (event_check(&l->event, &l->frame, st) == -1)
		return is_unverifiable(&l->frame, st) ?
		    write_commit(l, verified, ops, st) :
		    -1;
	if (live_choice_learn(l, st) == -1 || (n = write_changes(l, st)) == -1)
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
		.service = l->source->origin,
		.at = live_time(f),
	};

	return stream_write_account(&l->out->buf, &line, st);
}

/* Report what the service says about the stream itself. Among info messages,
 * only OutdatedCursor means that events are lost. */
static int
take_notice(const struct live *l, struct status *st)
{
	const struct frame *f = &l->frame;
	bool outdated = slice_is(&f->name, "OutdatedCursor");
	char lost[64] = "";

	if (outdated && l->source->after > 0)
		snprintf(lost, sizeof(lost), "events after %llu are lost: ",
		    (unsigned long long)l->source->after);
	else if (outdated)
		snprintf(lost, sizeof(lost), "events are lost: ");
	status_set(st, STATUS_REFUSED, 0, "%s%.*s%s%.*s", lost,
	    (int)f->name.len, f->name.at, f->message.len > 0 ? ": " : "",
	    (int)(f->message.len < 200 ? f->message.len : 200),
	    f->message.len > 0 ? f->message.at : "");
	status_call(st, f->name.at, f->name.len);
	return -1;
}

static enum live_result
take_message(struct live *l, uint64_t received, uint64_t now, struct status *st)
{
	const struct frame *f = &l->frame;

	switch (f->type) {
	case FRAME_COMMIT:
	case FRAME_SYNC:
		if (take_commit(l, received, now, st) == 0)
			return LIVE_WRITTEN;
		return l->needs_key ? LIVE_KEY : LIVE_FAILED;
	case FRAME_ACCOUNT:
		return write_account(l, st) == -1 ? LIVE_FAILED : LIVE_WRITTEN;
	case FRAME_IDENTITY:
		return LIVE_IDENTITY;
	case FRAME_INFO:
		if (!slice_is(&f->name, "OutdatedCursor"))
			return LIVE_SKIPPED;
		take_notice(l, st);
		return LIVE_FAILED;
	case FRAME_ERROR:
		take_notice(l, st);
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
live_error(struct live *l, const struct live_source *source, const char *input,
    uint64_t now, const struct status *why)
{
	const struct frame *f = &l->frame;
	struct stream_error e = {
		.program = slice_of(l->program),
		.did = f->did,
		.input = slice_of(input),
		.host = source->origin,
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
	live_error(l, l->source, NULL, now, why);
	return LIVE_FAILED;
}

static int
parse(struct live *l, const struct live_message *m, struct status *st)
{
	return l->is_jetstream ?
	    jetstream_parse(&l->jetstream, &l->frame, m->bytes, m->len, st) :
	    frame_parse(&l->frame, m->bytes, m->len, st);
}

static void
begin(struct live *l, const struct live_message *m, uint64_t now)
{
	if (!l->begun)
		emit_begin(&l->emit, l->program, l->filter, now);
	l->begun = true;
	l->emit.now = now;
	l->emit.errors = 0;
	l->source = m->source;
	l->needs_key = l->wants_key = false;
}

/* Some services repeat the event of the cursor. */
static bool
is_old(const struct live *l)
{
	const struct frame *f = &l->frame;
	uint64_t at = live_time(f);

	return (f->seq != 0 && f->seq <= l->source->after) ||
	    (at != 0 && at < l->not_before);
}

static bool
must_wait(const struct live *l, const struct live_message *m)
{
	const struct slice *did = &l->frame.did;

	return !m->was_held && l->held != NULL && did->at != NULL &&
	    held_find(l->held, did) != NULL;
}

enum live_result
live_take(struct live *l, const struct live_message *m, uint64_t now,
    struct status *st)
{
	enum live_result result;
	bool bad;

	begin(l, m, now);
	bad = parse(l, m, st) == -1;
	if (bad && l->frame.is_broken && m->may_repeat)
		return LIVE_BROKEN;
	if (!m->was_held && is_old(l))
		return LIVE_SKIPPED;
	/* A message that waits may choose the account. */
	if (must_wait(l, m))
		return LIVE_HELD;
	if (!live_choice_has(l))
		return LIVE_SKIPPED;
	result = bad ? LIVE_FAILED : take_message(l, m->received, now, st);
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
	jetstream_free(&l->jetstream);
	emit_free(&l->emit);
	key_cache_free(&l->ready);
	set_free(&l->signalled);
	memset(l, 0, sizeof(*l));
}
