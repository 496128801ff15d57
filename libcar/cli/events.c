#include "config.h"

#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/events.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/cli/progress.h"
#include "libcar/cli/stop.h"

/*
 * Take one message after another, and put a cursor behind their lines from time
 * to time.
 *
 * The frame of the live module is the message that is taken now. A look-up that
 * ends later brings its account and seq with it.
 */

static unsigned
number_of(const struct cli_events *e, const struct cli_service *s)
{
	return (unsigned)(s - e->services.items);
}

/* Cursors */

static void
flush_record(struct cli_events *e)
{
	struct status st;

	if (e->record_path != NULL && recording_flush(&e->record, &st) == -1)
		cli_output_fatal(&e->out, &st);
}

/* First write the recorded frames, because a stream that is resumed at this
 * cursor doesn't send them again. No cursor passes a message that waits, or an
 * identity that is still looked up. */
static void
write_cursor(struct cli_events *e, struct cli_service *s)
{
	flush_record(e);
	cli_cursor_write(&s->cursor, &e->out,
	    cli_lookups_before(&e->lookups, number_of(e, s), s->cursor.seq));
}

static void
write_due_cursor(struct cli_events *e, struct cli_service *s)
{
	if (cli_cursor_due(&s->cursor))
		write_cursor(e, s);
}

/* The lines of this event are written, or it waits. Files may be named in any
 * order, but a live stream only goes forward. */
static void
move_cursor(struct cli_events *e, struct cli_service *s, uint64_t seq,
    uint64_t at)
{
	if (seq == 0 || (e->is_live && seq <= s->cursor.seq))
		return;
	cli_cursor_move(&s->cursor, seq, at);
	write_due_cursor(e, s);
}

/* Failures */

/* What a look-up says may begin with the DID. */
static void
warn(struct cli_events *e, const char *from, const struct slice *did,
    const struct status *why)
{
	bool named = did->len == 0 || strncmp(why->msg, did->at, did->len) == 0;

	e->failed++;
	if (!cli_quiet)
		cli_warn("%s: %.*s%s%s", from, named ? 0 : (int)did->len,
		    named ? "" : did->at, named ? "" : ": ", why->msg);
}

void
cli_events_fail(struct cli_events *e, struct cli_service *s, const char *from,
    const struct status *why)
{
	if (status_fatal(why->code))
		cli_output_fatal(&e->out, why);
	live_error(&e->live, &s->source, from, cli_now(), why);
	warn(e, from, &e->live.frame.did, why);
	cli_output_line(&e->out);
}

/* Identities */

static void
write_identity(struct cli_events *e, const struct stream_identity *line)
{
	struct status st;

	if (stream_write_identity(&e->out.buf, line, NULL, &st) == -1)
		cli_output_fatal(&e->out, &st);
	cli_output_line(&e->out);
}

static void
fail_identity(struct cli_events *e, const char *from, struct cli_service *s,
    const struct slice *did, uint64_t seq, const struct status *why)
{
	e->live.frame.did = *did;
	e->live.frame.seq = seq;
	live_error(&e->live, &s->source, NULL, cli_now(), why);
	warn(e, from, did, why);
	live_end(&e->live);
	cli_output_line(&e->out);
}

static void
end_identity(struct cli_events *e, const struct stream_identity *line,
    const struct identities_ask *ask, const struct status *why)
{
	struct cli_service *s = &e->services.items[ask->service];

	if (why == NULL)
		write_identity(e, line);
	else
		fail_identity(e, s->origin, s, &line->did, ask->seq, why);
	cli_cursor_touch(&s->cursor);
}

/* Without a network an identity can't be looked up afresh: what the event says
 * may be forged. */
static void
take_identity(struct cli_events *e, struct cli_service *s, const char *from,
    const struct slice *did, uint64_t seq)
{
	struct status why;

	if (e->is_live &&
	    cli_lookups_event(&e->lookups, did, number_of(e, s), seq) ==
		IDENTITIES_BEGUN)
		return;
	status_set(&why, STATUS_OFFLINE, 0,
	    "the identity may have changed and is not looked up %s",
	    e->is_live ? "now: too many others are, or nobody answers" :
			 "for a file");
	fail_identity(e, from, s, did, seq, &why);
}

/* Messages */

/* Files of events have one in each line. JSON has no LF that counts. */
static struct slice
make_line(struct cli_events *e, const char *bytes, size_t len)
{
	struct buf *line = &e->line;
	char *lf;

	line->len = 0;
	buf_put(line, bytes, len > 0 && bytes[len - 1] == '\n' ? len - 1 : len);
	while ((lf = memchr(line->data, '\n', line->len)) != NULL)
		*lf = ' ';
	buf_putc(line, '\n');
	return slice_make(line->data, line->len);
}

static void
record(struct cli_events *e, const void *bytes, size_t len)
{
	struct slice text = slice_make(bytes, len);
	struct status st;

	if (e->record_path == NULL)
		return;
	if (e->live.is_jetstream)
		text = make_line(e, bytes, len);
	if (e->line.failed)
		status_no_memory(&st);
	else if (recording_put(&e->record, text.at, text.len, &st) == 0)
		return;
	cli_output_fatal(&e->out, &st);
}

static bool
is_refusal(const struct cli_events *e)
{
	const struct frame *f = &e->live.frame;

	return e->is_live && f->type == FRAME_ERROR &&
	    slice_is(&f->name, "FutureCursor");
}

/* What is needed of a message after its frame is forgotten. */
struct taken {
	enum live_result result;
	bool refused;
	struct slice did; /* borrowed from the message's bytes */
	uint64_t seq, at;
};

static void
start_lookup(struct cli_events *e, struct cli_service *s, const char *from,
    const struct taken *t)
{
	if (t->result == LIVE_IDENTITY)
		take_identity(e, s, from, &t->did, t->seq);
	if (t->result == LIVE_WRITTEN && e->live.wants_key)
		cli_lookups_want(&e->lookups, &t->did, number_of(e, s));
}

/* Write the lines of a message. A look-up may end at once, and then uses the
 * live module's frame. */
static struct taken
take(struct cli_events *e, struct cli_service *s, const char *from,
    const struct live_message *m)
{
	struct taken t = { .refused = false };
	struct status st;

	t.result = live_take(&e->live, m, cli_now(), &st);
	if (t.result == LIVE_FATAL)
		cli_output_fatal(&e->out, &st);
	t.refused = is_refusal(e);
	t.did = e->live.frame.did;
	t.seq = e->live.frame.seq;
	t.at = live_time(&e->live.frame);
	e->done += t.result == LIVE_WRITTEN || t.result == LIVE_FAILED ||
	    t.result == LIVE_IDENTITY;
	if (t.result == LIVE_FAILED)
		warn(e, from, &t.did, &st);
	cli_output_line(&e->out);
	live_end(&e->live);
	start_lookup(e, s, from, &t);
	return t;
}

static void
hold(struct cli_events *e, struct cli_service *s, const struct live_message *m,
    const struct taken *t)
{
	const struct held_message is = {
		.service = number_of(e, s),
		.seq = t->seq,
		.received = m->received,
		.len = m->len,
	};
	struct status st;

	if (held_put(&e->lookups.held, &t->did, &is, m->bytes, &st) == -1)
		cli_output_fatal(&e->out, &st);
}

/* In seconds, of the service that is the furthest behind. */
static uint64_t
get_lag(const struct cli_events *e)
{
	uint64_t now = cli_now(), at, lag = 0;
	size_t i;

	for (i = 0; i < e->services.count; i++) {
		at = e->services.items[i].cursor.at;
		if (at != 0 && at < now && now - at > lag)
			lag = now - at;
	}
	return lag / 1000000;
}

static void
show_progress(const struct cli_events *e)
{
	cli_progress_update(e->done, e->failed, 0, e->bytes);
	if (e->is_live)
		cli_progress_live(e->live.verified, e->live.unchecked,
		    get_lag(e));
}

/* A message that is broken may be better the next time, but not a second one at
 * the same place. */
static bool
may_repeat(const struct cli_events *e, const struct cli_service *s)
{
	return e->is_live && s->cursor.seq != s->broken_after;
}

enum cli_events_result
cli_events_take(struct cli_events *e, struct cli_service *s, const char *from,
    const void *bytes, size_t len)
{
	const struct live_message m = { .source = &s->source,
		.bytes = bytes,
		.len = len,
		.received = clock_monotonic_ms(),
		.may_repeat = may_repeat(e, s) };
	struct taken t;

	cli_accounts_refresh(&e->accounts);
	record(e, bytes, len);
	e->bytes += len;
	t = take(e, s, from, &m);
	if (t.result == LIVE_BROKEN) {
		s->broken_after = s->cursor.seq;
		return CLI_EVENTS_BROKEN;
	}
	if (t.result == LIVE_KEY || t.result == LIVE_HELD)
		hold(e, s, &m, &t);
	move_cursor(e, s, t.seq, t.at);
	show_progress(e);
	return t.refused ? CLI_EVENTS_REFUSED : CLI_EVENTS_TAKEN;
}

/* Look-ups */

/* Try the first message of the account again. False: it waits for another
 * look-up. */
static bool
take_again(struct cli_events *e, const struct held_message *held)
{
	struct cli_service *s = &e->services.items[held->service];
	const struct live_message m = { .source = &s->source,
		.bytes = held->bytes,
		.len = held->len,
		.received = held->received,
		.was_held = true };

	cli_cursor_touch(&s->cursor);
	return take(e, s, s->origin, &m).result != LIVE_KEY;
}

/* The messages of an account keep their order. If one of them begins a look-up
 * that ends at once, this is called again, while the message is still the first
 * one. */
static void
release(struct cli_events *e, struct held_account *a)
{
	bool more = true;

	if (a->releasing)
		return;
	a->releasing = true;
	while (more && take_again(e, a->first))
		more = held_drop(&e->lookups.held, a);
	if (more)
		a->releasing = false;
	show_progress(e);
}

void
cli_events_looked_up(struct cli_events *e, const struct stream_identity *line,
    const struct identities_ask *ask, const struct status *why)
{
	struct held_account *a;

	if (why != NULL && status_fatal(why->code))
		cli_output_fatal(&e->out, why);
	cli_lookups_learn(&e->lookups, line, ask, why);
	if (ask->event)
		end_identity(e, line, ask, why);
	if ((a = held_find(&e->lookups.held, &line->did)) != NULL)
		release(e, a);
}

void
cli_events_turn(struct cli_events *e)
{
	struct held_account *a;
	size_t i;

	while ((a = cli_lookups_need(&e->lookups)) != NULL)
		release(e, a);
	for (i = 0; i < e->services.count; i++)
		write_due_cursor(e, &e->services.items[i]);
}

/* A message that waits counts from the start. */
bool
cli_events_over(const struct cli_events *e)
{
	return cli_stop != 0 ||
	    (e->limit > 0 && e->done + e->lookups.held.messages >= e->limit);
}

/* The beginning and the end */

void
cli_events_begin(struct cli_events *e)
{
	struct status st;

	cli_accounts_read(&e->accounts);
	e->live.accounts = cli_accounts_set(&e->accounts);
	e->live.signers = &e->lookups.signers;
	e->record.lines = e->live.is_jetstream;
	if (e->record_path != NULL &&
	    recording_open(&e->record, e->record_path, &st) == -1)
		cli_fatal(&st);
	e->services.are_jetstream = e->live.is_jetstream;
	cli_services_begin(&e->services);
}

void
cli_events_end(struct cli_events *e)
{
	size_t i;

	for (i = 0; i < e->services.count; i++)
		write_cursor(e, &e->services.items[i]);
	flush_record(e);
	cli_output_flush(&e->out);
	cli_progress_end(e->done, e->failed, 0, e->bytes);
}

void
cli_events_free(struct cli_events *e)
{
	live_free(&e->live);
	recording_free(&e->record);
	buf_free(&e->line);
	cli_accounts_free(&e->accounts);
	cli_lookups_free(&e->lookups);
	cli_services_free(&e->services);
	buf_free(&e->out.buf);
}
