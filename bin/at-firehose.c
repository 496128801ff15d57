/* at-firehose: verify events of a stream and write them as NDJSON. */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/exclude.h"
#include "libcar/cli/keys.h"
#include "libcar/plc/diddoc.h"
#include "libcar/store/frame_file.h"
#include "libcar/store/recording.h"
#include "libcar/stream/live.h"
#include "libcar/stream/write.h"

#define STREAM "com.atproto.sync.subscribeRepos"
#define CURSOR_EVENTS 1000
#define CURSOR_MS 1000

/*
 * The program takes one message after another from its source of frames, lets
 * stream/live write the lines, and puts a cursor behind them from time to time.
 * Only the source knows whether the frames come from a file.
 */

struct run {
	struct filter filter, signals;
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	const char *accounts_path;
	struct excluded accounts;
	const char *service, *record_path;
	char origin[DIDDOC_ORIGIN_BYTES]; /* of the service */
	uint64_t limit;
	struct live live;
	struct recording record;
	struct ndjson_out out;
	uint64_t done, failed, bytes;
	struct cursor {
		uint64_t seq, at, events, since_ms; /* events: behind it */
	} cursor;
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
};

static const struct cli_option options[] = {
	{ 'u', "url", "url", "the service whose recorded frames these are",
	    CLI_TEXT(&this_run.service, NULL) },
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 0, "accounts", "file", "only the accounts in this list",
	    CLI_TEXT(&this_run.accounts_path, NULL) },
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

/* Signals */

static volatile sig_atomic_t stopped, hung_up;

static void
on_signal(int sig)
{
	*(sig == SIGHUP ? &hung_up : &stopped) = 1;
}

static void
catch_signals(bool has_accounts)
{
	struct sigaction act = { .sa_handler = on_signal };

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	if (has_accounts)
		sigaction(SIGHUP, &act, NULL);
}

/* Keep the old list if the new one can't be read. */
static void
read_accounts(struct run *run)
{
	struct excluded list = { .dids = { .len = 0 } };
	struct status st;

	hung_up = 0;
	if (cli_exclude_add(&list, run->accounts_path, &st) == -1) {
		excluded_free(&list);
		if (run->live.accounts == NULL)
			cli_usage("--accounts %s: %s", run->accounts_path,
			    st.msg);
		cli_warn("--accounts %s: %s; the previous list stays",
		    run->accounts_path, st.msg);
		return;
	}
	excluded_free(&run->accounts);
	run->accounts = list;
	run->live.accounts = &run->accounts.set;
}

/* Cursors */

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
	struct cursor *c = &run->cursor;
	char seq[24];
	struct stream_cursor line = {
		.service = run->live.service,
		.stream = slice_of(STREAM),
		.at = c->at,
	};
	struct status st;

	if (c->events == 0 || line.service.at == NULL)
		return;
	flush_record(run);
	snprintf(seq, sizeof(seq), "%" PRIu64, c->seq);
	line.cursor = slice_of(seq);
	if (stream_write_cursor(&run->out.buf, &line, &st) == -1)
		cli_output_fatal(&run->out, &st);
	cli_output_line(&run->out);
	c->events = 0;
	c->since_ms = clock_monotonic_ms();
}

/* The lines of this event are written. */
static void
move_cursor(struct run *run, const struct frame *f)
{
	struct cursor *c = &run->cursor;

	if (f->seq == 0)
		return;
	c->seq = f->seq;
	if (live_time(f) != 0)
		c->at = live_time(f);
	if (++c->events >= CURSOR_EVENTS ||
	    clock_monotonic_ms() - c->since_ms >= CURSOR_MS)
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

/* Without a network an identity can't be looked up afresh: what the event says
 * may be forged. */
static void
take_identity(struct run *run, const char *path, uint64_t now)
{
	struct status why;

	status_set(&why, STATUS_OFFLINE, 0,
	    "the identity may have changed and is not looked up for a file");
	live_error(&run->live, NULL, now, &why);
	fail(run, path, &why);
}

static void
take_event(struct run *run, const char *path, const void *bytes, size_t len)
{
	uint64_t now = cli_now();
	struct status st;

	switch (live_message(&run->live, bytes, len, now, &st)) {
	case LIVE_FATAL:
		cli_output_fatal(&run->out, &st);
	case LIVE_FAILED:
		fail(run, path, &st);
		run->done++;
		break;
	case LIVE_IDENTITY:
		take_identity(run, path, now);
		run->done++;
		break;
	case LIVE_WRITTEN:
		run->done++;
		break;
	case LIVE_SKIPPED:
		break;
	}
	cli_output_line(&run->out);
	move_cursor(run, &run->live.frame);
	live_end(&run->live);
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
	return stopped != 0 || (run->limit > 0 && run->done >= run->limit);
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
		.stop = &stopped };
	struct status st;
	const void *bytes;
	uint64_t before = run->bytes;
	size_t len;
	int got = 0;

	while (!is_over(run) &&
	    (got = frame_file_next(&file, &bytes, &len, &st)) == 1) {
		if (hung_up != 0)
			read_accounts(run);
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

/* The program */

/* wss and ws are the streams of https and http. */
static void
set_service(struct run *run)
{
	const char *text = run->service, *host;
	char url[DIDDOC_ORIGIN_BYTES + 8];

	if (text == NULL)
		return;
	host = strstr(text, "://");
	snprintf(url, sizeof(url), "%s%s",
	    strncmp(text, "ws://", 5) == 0 || strncmp(text, "http://", 7) == 0 ?
		"http://" :
		"https://",
	    host == NULL ? text : host + 3);
	if (!diddoc_origin(run->origin, url, strlen(url), true))
		cli_usage("-u: '%s' isn't an origin such as wss://host", text);
	run->live.service = slice_of(run->origin);
}

static void
begin(struct run *run)
{
	struct status st;

	set_service(run);
	cli_keys_read(&run->keys, &run->keys_given);
	if (run->accounts_path != NULL)
		read_accounts(run);
	if (run->record_path != NULL &&
	    recording_open(&run->record, run->record_path, &st) == -1)
		cli_fatal(&st);
	run->cursor.since_ms = clock_monotonic_ms();
	catch_signals(run->accounts_path != NULL);
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
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	bool failed;

	begin(run);
	read_files(run, operands);
	end(run);
	failed = run->failed > 0 || run->live.record_errors;
	live_free(&run->live);
	recording_free(&run->record);
	excluded_free(&run->accounts);
	keyring_free(&run->keys);
	cli_list_free(&run->keys_given);
	filter_free(&run->filter);
	filter_free(&run->signals);
	buf_free(&run->out.buf);
	return failed ? CLI_FAILED : CLI_DONE;
}
