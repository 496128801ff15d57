#include "config.h"

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

/* Cursors */

static void
flush_record(struct cli_events *e)
{
	struct status st;

	if (e->record_path != NULL && recording_flush(&e->record, &st) == -1)
		cli_output_fatal(&e->out, &st);
}

/* First write the recorded frames, because a stream that is resumed at this
 * cursor doesn't send them again. No cursor passes an identity that is still
 * looked up. */
static void
write_cursor(struct cli_events *e)
{
	uint64_t seq = e->cursor.seq;

	flush_record(e);
	if (e->identities != NULL)
		seq = identities_before(e->identities, seq);
	cli_cursor_write(&e->cursor, &e->out, seq);
}

void
cli_events_cursor(struct cli_events *e)
{
	if (cli_cursor_due(&e->cursor))
		write_cursor(e);
}

/* The lines of this event are written. Files may be named in any order, but a
 * live stream only goes forward. */
static void
move_cursor(struct cli_events *e, uint64_t seq, uint64_t at)
{
	if (seq == 0 || (e->identities != NULL && seq <= e->cursor.seq))
		return;
	cli_cursor_move(&e->cursor, seq, at);
	cli_events_cursor(e);
}

/* Failures */

static void
warn(struct cli_events *e, const char *from, const struct status *why)
{
	const struct slice *did = &e->live.frame.did;

	e->failed++;
	if (!cli_quiet)
		cli_warn("%s: %.*s%s%s", from, (int)did->len,
		    did->len > 0 ? did->at : "", did->len > 0 ? ": " : "",
		    why->msg);
}

void
cli_events_fail(struct cli_events *e, const char *from,
    const struct status *why)
{
	if (status_fatal(why->code))
		cli_output_fatal(&e->out, why);
	live_error(&e->live, from, cli_now(), why);
	warn(e, from, why);
	cli_output_line(&e->out);
}

/* Identities */

static void
write_identity(struct cli_events *e, const struct stream_identity *line)
{
	struct keyring *keys = e->live.keys;
	size_t start = e->out.buf.len;
	struct status st;

	if (stream_write_identity(&e->out.buf, line, NULL, &st) == -1)
		cli_output_fatal(&e->out, &st);
	/* A new key counts at once, if signatures are checked. */
	if (keyring_find(keys, line->did.at, line->did.len) != NULL &&
	    keyring_add_line(keys, e->out.buf.data + start,
		e->out.buf.len - start - 1, &st) == -1)
		cli_output_fatal(&e->out, &st);
}

void
cli_events_identity(struct cli_events *e, const struct stream_identity *line,
    uint64_t seq, const struct status *why)
{
	struct frame *f = &e->live.frame;

	if (why != NULL && status_fatal(why->code))
		cli_output_fatal(&e->out, why);
	live_end(&e->live);
	if (why == NULL)
		write_identity(e, line);
	else {
		f->did = line->did;
		f->seq = seq;
		live_error(&e->live, NULL, cli_now(), why);
		warn(e, e->cursor.service, why);
		live_end(&e->live);
	}
	cli_output_line(&e->out);
	cli_cursor_touch(&e->cursor);
}

/* Without a network an identity can't be looked up afresh: what the event says
 * may be forged. */
static void
take_identity(struct cli_events *e, const char *from, uint64_t now)
{
	const struct slice did = e->live.frame.did;
	bool live = e->identities != NULL;
	struct status why;

	if (live && identities_start(e->identities, &did, e->live.frame.seq))
		return;
	status_set(&why, STATUS_OFFLINE, 0,
	    "the identity may have changed and is not looked up %s",
	    live ? "now: too many others are" : "for a file");
	live_error(&e->live, NULL, now, &why);
	warn(e, from, &why);
}

/* Messages */

static void
record(struct cli_events *e, const void *bytes, size_t len)
{
	struct status st;

	if (e->record_path != NULL &&
	    recording_put(&e->record, bytes, len, &st) == -1)
		cli_output_fatal(&e->out, &st);
}

static bool
is_refusal(const struct cli_events *e)
{
	const struct frame *f = &e->live.frame;

	return e->identities != NULL && f->type == FRAME_ERROR &&
	    slice_is(&f->name, "FutureCursor");
}

/* The frame is forgotten before the cursor moves; keep what the cursor needs.
 */
static void
take(struct cli_events *e, const char *from, const void *bytes, size_t len)
{
	uint64_t now = cli_now(), seq, at;
	struct status st;
	enum live_result result = live_message(&e->live, bytes, len, now, &st);

	if (result == LIVE_FATAL)
		cli_output_fatal(&e->out, &st);
	seq = e->live.frame.seq;
	at = live_time(&e->live.frame);
	e->refused |= is_refusal(e);
	e->done += result != LIVE_SKIPPED;
	if (result == LIVE_FAILED)
		warn(e, from, &st);
	if (result == LIVE_IDENTITY)
		take_identity(e, from, now);
	cli_output_line(&e->out);
	live_end(&e->live);
	move_cursor(e, seq, at);
}

void
cli_events_take(struct cli_events *e, const char *from, const void *bytes,
    size_t len)
{
	cli_accounts_refresh(&e->accounts);
	record(e, bytes, len);
	take(e, from, bytes, len);
	e->bytes += len;
	cli_progress_update(e->done, e->failed, 0, e->bytes);
}

bool
cli_events_over(const struct cli_events *e)
{
	return cli_stop != 0 || (e->limit > 0 && e->done >= e->limit);
}

/* The beginning and the end */

void
cli_events_begin(struct cli_events *e)
{
	struct status st;

	cli_accounts_read(&e->accounts);
	e->live.accounts = cli_accounts_set(&e->accounts);
	if (e->record_path != NULL &&
	    recording_open(&e->record, e->record_path, &st) == -1)
		cli_fatal(&st);
	cli_cursor_begin(&e->cursor);
}

void
cli_events_end(struct cli_events *e)
{
	write_cursor(e);
	flush_record(e);
	cli_output_flush(&e->out);
	cli_progress_end(e->done, e->failed, 0, e->bytes);
}

void
cli_events_free(struct cli_events *e)
{
	live_free(&e->live);
	recording_free(&e->record);
	cli_accounts_free(&e->accounts);
	buf_free(&e->out.buf);
}
