/* at-firehose: verify events of a stream and write them as NDJSON. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/accounts.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/cursor.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/network.h"
#include "libcar/cli/stop.h"
#include "libcar/net/identities.h"
#include "libcar/net/resolve.h"
#include "libcar/net/subscription.h"
#include "libcar/plc/diddoc.h"
#include "libcar/store/frame_file.h"
#include "libcar/store/recording.h"
#include "libcar/stream/live.h"
#include "libcar/stream/write.h"

#define STREAM "com.atproto.sync.subscribeRepos"
#define RELAY "wss://relay1.us-west.bsky.network"
#define RELAY_VARIABLE "ATPIPE_RELAY_URL"
#define LOOKUP_MS 30000

/*
 * The program takes one message after another from its source of frames, lets
 * stream/live write the lines, and puts a cursor behind them from time to time.
 * Only the source knows whether the frames come from a file.
 */

struct run {
	struct filter filter, signals;
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	struct cli_accounts accounts;
	const char *service, *record_path;
	char origin[DIDDOC_ORIGIN_BYTES]; /* of the service */
	uint64_t limit;
	struct live live;
	struct recording record;
	struct ndjson_out out;
	uint64_t done, failed, bytes;
	struct cli_cursor cursor;

	/* Of a live stream. */
	struct http_options http_options;
	const char *plc, *from;
	bool catch_up, over, future;
	uint64_t began; /* microseconds since 1970 */
	struct resolve *resolve;
	struct subscription *subscription;
	struct identities identities;
};

static struct run this_run = {
	.live = {
		.program = "at-firehose",
		.filter = &this_run.filter,
		.signals = &this_run.signals,
		.keys = &this_run.keys,
		.out = &this_run.out,
	},
	.out = { .fd = 1 },
	.cursor = { .stream = STREAM },
};

static const struct cli_option options[] = {
	{ 'u', "url", "url", "relay or host; for files, their service",
	    CLI_TEXT(&this_run.service, NULL) },
	{ 0, "from", "cursor", "start after this cursor, or this time ago (7d)",
	    CLI_TEXT(&this_run.from, NULL) },
	{ 0, "catch-up", NULL, "stop at the time at which the program began",
	    CLI_FLAG(&this_run.catch_up) },
	{ 0, "plc", "url", "directory of did:plc",
	    CLI_TEXT(&this_run.plc, RESOLVE_PLC),
	    .variable = "ATPIPE_PLC_URL" },
	{ 0, "allow-private", NULL, "private addresses and plain http, too",
	    CLI_FLAG(&this_run.http_options.allow_private) },
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 0, "accounts", "file", "only the accounts in this list",
	    CLI_TEXT(&this_run.accounts.path, NULL) },
	{ 0, "signal", "nsid",
	    "and accounts that write such a record, repeatable",
	    CLI_FILTER(&this_run.signals) },
	{ 'k', "key", "key", "check signatures: did:key, or identity lines",
	    CLI_LIST(&this_run.keys_given) },
	{ 0, "require-signature", NULL,
	    "a commit whose key is not known is an error",
	    CLI_FLAG(&this_run.live.require_signature) },
	{ 'n', "limit", "n", "stop after this many events",
	    CLI_NUMBER(&this_run.limit, NULL, 1, INT64_MAX) },
	{ 0, "record", "file", "append the frames that are read to this file",
	    CLI_TEXT(&this_run.record_path, NULL) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-firehose",
	.operands = "[file ...]",
	.summary = "Verify the events of a stream and write them as NDJSON.",
	.options = options,
	.progress = true,
};

/* Cursors */

/* No cursor passes an identity that is still looked up. */
static void
flush_record(struct run *run)
{
	struct status st;

	if (run->record_path != NULL &&
	    recording_flush(&run->record, &st) == -1)
		cli_output_fatal(&run->out, &st);
}

/* First write the recorded frames, because a stream that is resumed at this
 * cursor doesn't send them again. */
static void
write_cursor(struct run *run)
{
	flush_record(run);
	cli_cursor_write(&run->cursor, &run->out,
	    identities_before(&run->identities, run->cursor.seq));
}

/* The lines of this event are written. */
static void
move_cursor(struct run *run, uint64_t seq, uint64_t at)
{
	struct cli_cursor *c = &run->cursor;

	if (seq == 0 || (run->subscription != NULL && seq <= c->seq))
		return;
	cli_cursor_move(c, seq, at);
	if (cli_cursor_due(c))
		write_cursor(run);
}

/* Events */

static void
fail(struct run *run, const char *path, const struct status *why)
{
	const struct frame *f = &run->live.frame;

	run->failed++;
	if (!cli_quiet)
		cli_warn("%s: %.*s%s%s", path, (int)f->did.len,
		    f->did.len > 0 ? f->did.at : "", f->did.len > 0 ? ": " : "",
		    why->msg);
}

/* Identities */

static void
write_identity(struct run *run, const struct stream_identity *line)
{
	size_t start = run->out.buf.len;
	struct status st;

	if (stream_write_identity(&run->out.buf, line, NULL, &st) == -1)
		cli_output_fatal(&run->out, &st);
	/* A new key counts at once, if signatures are checked. */
	if (keyring_find(&run->keys, line->did.at, line->did.len) != NULL &&
	    keyring_add_line(&run->keys, run->out.buf.data + start,
		run->out.buf.len - start - 1, &st) == -1)
		cli_output_fatal(&run->out, &st);
}

static void
looked_up(void *ctx, const struct stream_identity *line, uint64_t seq,
    struct status *why)
{
	struct run *run = ctx;
	struct frame *f = &run->live.frame;

	if (why != NULL && status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	live_end(&run->live);
	if (why == NULL)
		write_identity(run, line);
	else {
		f->did = line->did;
		f->seq = seq;
		live_error(&run->live, NULL, cli_now(), why);
		fail(run, run->origin, why);
		live_end(&run->live);
	}
	cli_output_line(&run->out);
	cli_cursor_touch(&run->cursor);
	if (run->subscription != NULL && !identities_full(&run->identities))
		subscription_pause(run->subscription, false);
}

/* Begin; false: too many are under way. */
static bool
look_up(struct run *run)
{
	const struct slice did = run->live.frame.did;

	if (!identities_start(&run->identities, &did, run->live.frame.seq))
		return false;
	if (identities_full(&run->identities))
		subscription_pause(run->subscription, true);
	return true;
}

/* Without a network an identity can't be looked up afresh: what the event says
 * may be forged. */
static void
take_identity(struct run *run, const char *path, uint64_t now)
{
	struct status why;

	if (run->resolve != NULL && look_up(run))
		return;
	status_set(&why, STATUS_OFFLINE, 0,
	    "the identity may have changed and is not looked up %s",
	    run->resolve != NULL ? "now: too many others are" : "for a file");
	live_error(&run->live, NULL, now, &why);
	fail(run, path, &why);
}

static void
take_event(struct run *run, const char *path, const void *bytes, size_t len)
{
	uint64_t now = cli_now(), seq, at;
	struct status st;
	enum live_result result = live_message(&run->live, bytes, len, now,
	    &st);

	if (result == LIVE_FATAL)
		cli_output_fatal(&run->out, &st);
	seq = run->live.frame.seq;
	at = live_time(&run->live.frame);
	run->future |= run->subscription != NULL &&
	    run->live.frame.type == FRAME_ERROR &&
	    slice_is(&run->live.frame.name, "FutureCursor");
	run->done += result != LIVE_SKIPPED;
	if (result == LIVE_FAILED)
		fail(run, path, &st);
	if (result == LIVE_IDENTITY)
		take_identity(run, path, now);
	cli_output_line(&run->out);
	live_end(&run->live);
	move_cursor(run, seq, at);
	cli_progress_update(run->done, run->failed, 0, run->bytes + len);
}

/* Sources of frames */

static void
record_frame(struct run *run, const void *bytes, size_t len)
{
	struct status st;

	if (run->record_path != NULL &&
	    recording_put(&run->record, bytes, len, &st) == -1)
		cli_output_fatal(&run->out, &st);
}

static bool
is_over(const struct run *run)
{
	return cli_stop != 0 || (run->limit > 0 && run->done >= run->limit);
}

static void
fail_input(struct run *run, const char *path, const struct status *why)
{
	if (status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	live_error(&run->live, path, cli_now(), why);
	fail(run, path, why);
	cli_output_line(&run->out);
}

static void
read_file(struct run *run, const char *path, int fd)
{
	struct frame_file file = { .fd = fd,
		.out = &run->out,
		.stop = &cli_stop };
	struct status st;
	const void *bytes;
	uint64_t before = run->bytes;
	size_t len;
	int got = 0;

	while (!is_over(run) &&
	    (got = frame_file_next(&file, &bytes, &len, &st)) == 1) {
		cli_accounts_refresh(&run->accounts);
		record_frame(run, bytes, len);
		take_event(run, path, bytes, len);
		run->bytes = before + frame_file_bytes(&file);
	}
	if (got == -1)
		fail_input(run, path, &st);
	frame_file_free(&file);
}

static void
read_input(struct run *run, const char *path, int fd)
{
	struct status st;

	if (run->record_path == NULL || !recording_is(&run->record, fd)) {
		read_file(run, path, fd);
		return;
	}
	status_set(&st, STATUS_UNUSABLE, 0, "is the file that --record writes");
	fail_input(run, path, &st);
}

static void
read_files(struct run *run, char **operands)
{
	struct cli_inputs inputs;
	struct status st;
	int got;

	cli_inputs_begin(&inputs, &cli, operands);
	while (!is_over(run) && (got = cli_inputs_next(&inputs, &st)) != 0)
		if (got == 1)
			read_input(run, inputs.name, inputs.fd);
		else
			fail_input(run, inputs.name, &st);
}

/* The live stream */

/* Messages that were read ahead come even when the program is over. */
static void
take_message(void *ctx, const void *bytes, size_t len, bool text)
{
	struct run *run = ctx;

	if (text || run->over)
		return;
	cli_accounts_refresh(&run->accounts);
	record_frame(run, bytes, len);
	take_event(run, run->origin, bytes, len);
	run->bytes += len;
	run->live.after = run->cursor.seq;
	subscription_set_cursor(run->subscription, run->cursor.seq);
	run->over = run->over || is_over(run) || run->future ||
	    (run->catch_up && run->cursor.at >= run->began);
}

static void
say_lost(void *ctx, const struct status *why, uint64_t pause_ms)
{
	(void)ctx;
	if (!cli_quiet)
		cli_warn("%s; connecting again in %.1f s", why->msg,
		    (double)pause_ms / 1000);
}

static void
end_stream(void *ctx, const struct status *why)
{
	struct run *run = ctx;

	run->over = run->future = true;
	fail_input(run, run->origin, why);
}

/* One turn of the loop, in which the cursor may come due. */
static void
turn(struct run *run, struct loop *loop)
{
	struct status st;

	cli_output_flush(&run->out);
	if (loop_once(loop, 200, &st) == -1)
		cli_output_fatal(&run->out, &st);
	if (cli_cursor_due(&run->cursor))
		write_cursor(run);
	run->over = run->over || is_over(run);
}

/* Look-ups that are under way get their time when the stream has ended. */
static void
run_loop(struct run *run, struct loop *loop)
{
	uint64_t end;

	while (!run->over)
		turn(run, loop);
	subscription_close(run->subscription);
	run->subscription = NULL;
	end = clock_monotonic_ms() + LOOKUP_MS;
	while (run->identities.count > 0 && clock_monotonic_ms() < end)
		turn(run, loop);
}

/* A time starts at the oldest event and leaves out what is older. */
static bool
read_from(struct run *run)
{
	uint64_t ms = 0, seq;
	struct cli_option as_time = { CLI_TIME(&ms, NULL, 1,
	    UINT64_MAX / 1000) };
	struct status st;
	char *end;

	if (run->from == NULL)
		return false;
	seq = strtoull(run->from, &end, 10);
	if (run->from[0] >= '0' && run->from[0] <= '9' && *end == '\0') {
		run->cursor.seq = seq;
		return true;
	}
	if (cli_value_set(&as_time, run->from, &st) == -1)
		cli_usage("--from: %s", st.msg);
	run->live.not_before = run->began - ms * 1000;
	return true;
}

static void
follow(struct run *run)
{
	struct subscription_options o = {
		.websocket = { .agent = run->http_options.agent,
		    .allow_private = run->http_options.allow_private },
		.path = "/xrpc/" STREAM,
		.message = take_message,
		.lost = say_lost,
		.ended = end_stream,
		.ctx = run,
	};
	char plc[DIDDOC_ORIGIN_BYTES];
	struct resolve_options resolve = { .plc = plc,
		.allow_private = run->http_options.allow_private };
	struct http *http = NULL;
	struct loop *loop;
	struct status st;
	bool known;

	run->began = cli_now();
	if (!diddoc_origin(plc, run->plc, strlen(run->plc), true))
		cli_usage("--plc: '%s' isn't an origin such as https://host",
		    run->plc);
	cli_cursor_read(&run->cursor);
	known = run->cursor.seq != 0;
	known = read_from(run) || known;
	cli_network_fit(&run->http_options);
	if ((loop = loop_open(&st)) == NULL ||
	    (http = http_open(loop, &run->http_options, &st)) == NULL ||
	    (run->resolve = resolve_open(loop, http, &resolve, &st)) == NULL ||
	    (run->subscription = subscription_open(loop, &o, run->service,
		 &st)) == NULL)
		cli_fatal(&st);
	run->identities = (struct identities){ .resolve = run->resolve,
		.done = looked_up,
		.ctx = run };
	if (known)
		subscription_set_cursor(run->subscription, run->cursor.seq);
	run->live.after = run->cursor.seq;
	run_loop(run, loop);
	resolve_close(run->resolve);
	identities_free(&run->identities);
	http_close(http);
	loop_close(loop);
}

/* The program */

/* wss and ws are the streams of https and http. A path only says where the
 * stream is. */
static void
set_service(struct run *run)
{
	const char *text = run->service, *host;
	char url[DIDDOC_ORIGIN_BYTES + 8];

	if (text == NULL)
		return;
	host = strstr(text, "://");
	host = host == NULL ? text : host + 3;
	snprintf(url, sizeof(url), "%s%.*s",
	    strncmp(text, "ws://", 5) == 0 || strncmp(text, "http://", 7) == 0 ?
		"http://" :
		"https://",
	    (int)strcspn(host, "/?#"), host);
	if (!diddoc_origin(run->origin, url, strlen(url), true))
		cli_usage("-u: '%s' isn't an origin such as wss://host", text);
	run->live.service = slice_of(run->origin);
	run->cursor.service = run->origin;
}

static void
begin(struct run *run)
{
	struct status st;

	set_service(run);
	cli_keys_read(&run->keys, &run->keys_given);
	cli_accounts_read(&run->accounts);
	run->live.accounts = cli_accounts_set(&run->accounts);
	if (run->record_path != NULL &&
	    recording_open(&run->record, run->record_path, &st) == -1)
		cli_fatal(&st);
	cli_cursor_begin(&run->cursor);
	cli_stop_catch();
}

static void
end(struct run *run)
{
	flush_record(run);
	write_cursor(run);
	cli_output_flush(&run->out);
	cli_progress_end(run->done, run->failed, 0, run->bytes);
}

int
main(int argc, char **argv)
{
	struct run *run = &this_run;
	char **operands;
	bool failed;

	cli_network_init(&run->http_options, &cli, IDENTITIES_FULL, 10, 20);
	run->http_options.timeout_ms = LOOKUP_MS;
	operands = cli_begin(&cli, argc, argv);
	if (*operands == NULL && run->service == NULL)
		run->service = cli_env(RELAY_VARIABLE, RELAY);
	begin(run);
	if (*operands != NULL)
		read_files(run, operands);
	else
		follow(run);
	end(run);
	failed = run->failed > 0 || run->live.record_errors;
	live_free(&run->live);
	recording_free(&run->record);
	cli_accounts_free(&run->accounts);
	keyring_free(&run->keys);
	cli_list_free(&run->keys_given);
	filter_free(&run->filter);
	filter_free(&run->signals);
	buf_free(&run->out.buf);
	if (run->future)
		return CLI_FATAL;
	return failed ? CLI_FAILED : CLI_DONE;
}
