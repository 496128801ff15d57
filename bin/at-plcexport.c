/* at-plcexport: copy the operations of a PLC directory. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/network.h"
#include "libcar/net/export.h"
#include "libcar/net/resolve.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"

#define PLC_VARIABLE "ATPIPE_PLC_URL"

/*
 * The program reads the export of one directory page by page, and writes a
 * cursor after each page.
 */

struct run {
	struct http_options http_options;
	const char *directory; /* -u */
	const char *cursor;
	struct export export;
	struct ndjson_out out;
	uint64_t failed;
	bool over;
};

static struct run this_run = { .out = { .fd = 1 } };

static const struct cli_option options[] = {
	{ 'u', "url", "url", "PLC directory",
	    CLI_TEXT(&this_run.directory, RESOLVE_PLC),
	    .variable = PLC_VARIABLE },
	{ 0, "cursor", "seq", "start after this sequence number",
	    CLI_TEXT(&this_run.cursor, NULL) },
	{ 'n', "limit", "n", "stop after this number of operations",
	    CLI_NUMBER(&this_run.export.limit, NULL, 1, INT64_MAX) },
	{ 0, "requests", "n", "maximum number of requests in 5 minutes",
	    CLI_COUNT(&this_run.export.pace.most, "500", 1, PACE_MAX) },
	CLI_NETWORK_REQUESTS(this_run.http_options),
	{ 0 },
};

static const struct cli cli = {
	.name = "at-plcexport",
	.operands = "",
	.summary = "Copy the operations of a PLC directory.",
	.options = options,
	.progress = true,
	.network = true,
};

/* Lines */

static void
write_error(struct run *run, uint64_t seq, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(cli.name),
		.input = slice_of(run->export.origin),
		.host = slice_of(run->export.origin),
		.seq = { .known = seq > 0, .value = (int64_t)seq },
		.at = cli_now(),
	};

	run->failed++;
	if (!cli_quiet)
		cli_warn("%s", why->msg);
	stream_write_error(&run->out.buf, &e, why, NULL);
	cli_output_line(&run->out);
}

static void
write_cursor(struct run *run)
{
	char seq[24];
	struct stream_cursor line = {
		.service = slice_of(run->export.origin),
		.stream = slice_of(EXPORT_PATH),
		.at = cli_now(),
	};
	struct status st;

	snprintf(seq, sizeof(seq), "%" PRIu64, run->export.known.last);
	line.cursor = slice_of(seq);
	if (stream_write_cursor(&run->out.buf, &line, &st) == -1)
		cli_output_fatal(&run->out, &st);
	cli_output_line(&run->out);
}

/* Callbacks of the export */

static void
take_entry(struct export *e, const struct export_entry *entry)
{
	struct run *run = e->ctx;
	struct status st;

	if (stream_write_plc(&run->out.buf, &entry->line, &st) == -1)
		cli_output_fatal(&run->out, &st);
	cli_output_line(&run->out);
}

static void
take_fault(struct export *e, uint64_t seq, const struct status *why)
{
	write_error(e->ctx, seq, why);
}

static void
end_page(struct export *e, uint64_t fresh)
{
	if (fresh > 0)
		write_cursor(e->ctx);
}

static void
up_to_date(struct export *e)
{
	struct run *run = e->ctx;

	run->over = true;
}

static void
done(struct export *e, const struct status *why)
{
	struct run *run = e->ctx;

	if (why != NULL && status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	if (why != NULL)
		write_error(run, 0, why);
	run->over = true;
}

static void
waits(struct export *e, uint64_t ms)
{
	cli_progress_wait(e->origin, 0, 0, ms);
}

/* The loop */

static void
start(struct run *run, struct http *http)
{
	struct export *e = &run->export;

	e->entry = take_entry;
	e->fault = take_fault;
	e->page = end_page;
	e->up_to_date = up_to_date;
	e->done = done;
	e->waits = waits;
	e->ctx = run;
	e->pause_ms = run->http_options.retry_delay_ms;
	export_start(e, http);
}

static void
turn(struct run *run, struct loop *loop)
{
	struct status st;

	cli_output_flush(&run->out);
	if (loop_once(loop, 1000, &st) == -1)
		cli_fatal(&st);
	cli_progress_update(run->export.count, run->failed, run->export.limit,
	    0);
}

static void
run_export(struct run *run)
{
	struct http *http = NULL;
	struct loop *loop;
	struct status st;

	cli_network_fit(&run->http_options);
	if ((loop = loop_open(&st)) == NULL ||
	    (http = http_open(loop, &run->http_options, &st)) == NULL)
		cli_fatal(&st);
	start(run, http);
	while (!run->over)
		turn(run, loop);
	cli_output_flush(&run->out);
	cli_progress_end(run->export.count, run->failed, run->export.limit, 0);
	http_close(http);
	loop_close(loop);
}

/* The command line */

/* An empty cursor means the first operation. */
static uint64_t
read_cursor(const char *text)
{
	uint64_t seq = 0;
	struct cli_option number = { CLI_NUMBER(&seq, NULL, 0,
	    FIELDS_COUNT_MAX) };
	struct status st;

	if (text != NULL && text[0] != '\0' &&
	    cli_value_set(&number, text, &st) == -1)
		cli_usage("--cursor: %s", st.msg);
	return seq;
}

static void
read_options(struct run *run, int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);

	if (*operands != NULL)
		cli_usage("unexpected operand '%s'; -u names the directory",
		    *operands);
	export_known_start(&run->export.known, read_cursor(run->cursor));
	run->export.origin = cli_network_origin(&run->http_options,
	    PLC_VARIABLE, run->directory);
}

int
main(int argc, char **argv)
{
	struct run *run = &this_run;

	cli_network_init(&run->http_options, &cli, 1, 1, 1);
	read_options(run, argc, argv);
	run_export(run);
	export_free(&run->export);
	buf_free(&run->out.buf);
	return run->failed > 0 ? CLI_FAILED : CLI_DONE;
}
