/* at-listhosts: list the hosts of a relay, page by page. */
#include "config.h"

#include <string.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/network.h"
#include "libcar/net/host_list.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"

#define RELAY "https://relay1.us-west.bsky.network"
#define RELAY_VARIABLE "ATPIPE_RELAY_URL"

/*
 * The program reads one list and writes its lines page by page. If the list
 * fails, the program writes an error line and exits with 1.
 */

struct run {
	struct http_options http_options;
	const char *service, *resume;
	struct host_list list;
	struct ndjson_out out;
	uint64_t failed;
	bool over;
};

static struct run this_run = { .service = RELAY, .out = { .fd = 1 } };

static const struct cli_option options[] = {
	CLI_NETWORK_REQUESTS(this_run.http_options),
	{ 'u', "url", "url", "relay (relay1.us-west.bsky.network)",
	    CLI_TEXT(&this_run.service, NULL), .variable = RELAY_VARIABLE },
	{ 0, "resume", "cursor", "continue after this cursor of an earlier run",
	    CLI_TEXT(&this_run.resume, NULL) },
	{ 'n', "limit", "n", "stop after this number of hosts",
	    CLI_NUMBER(&this_run.list.limit, NULL, 1, INT64_MAX) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-listhosts",
	.operands = "",
	.summary = "List the hosts of a relay.",
	.options = options,
	.progress = true,
	.network = true,
};

/* Callbacks of the list */

/* Of a host that the relay names, or without a name of the relay itself. */
static void
write_error(struct host_list *list, const struct slice *name,
    const struct status *why)
{
	struct run *run = list->ctx;
	struct stream_error e = {
		.program = slice_of(cli.name),
		.input = name->at != NULL ? *name : slice_of(list->relay),
		.host = slice_of(list->relay),
		.at = cli_now(),
	};

	run->failed++;
	if (!cli_quiet)
		cli_warn("%s", why->msg);
	stream_write_error(&run->out.buf, &e, why, NULL);
}

static void
ready(struct host_list *list)
{
	struct run *run = list->ctx;

	cli_output_line(&run->out);
}

static void
done(struct host_list *list, const struct status *why)
{
	static const struct slice none = { NULL, 0 };
	struct run *run = list->ctx;

	if (why != NULL && status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	if (why != NULL) {
		write_error(list, &none, why);
		cli_output_line(&run->out);
	}
	run->over = true;
}

/* The loop */

static void
start(struct run *run, struct http *http)
{
	struct host_list *list = &run->list;

	list->allow_private = run->http_options.allow_private;
	list->out = &run->out.buf;
	list->ready = ready;
	list->flawed = write_error;
	list->done = done;
	list->ctx = run;
	host_list_start(list, http);
}

static void
turn(struct run *run, struct loop *loop)
{
	struct status st;

	cli_output_flush(&run->out);
	if (loop_once(loop, 1000, &st) == -1)
		cli_fatal(&st);
	cli_progress_update(run->list.hosts, run->failed, run->list.limit, 0);
}

static void
run_list(struct run *run)
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
	cli_progress_end(run->list.hosts, run->failed, run->list.limit, 0);
	http_close(http);
	loop_close(loop);
}

/* The command line */

/* An empty cursor means the start of the list. */
static void
resume(struct run *run)
{
	const char *cursor = run->resume;
	struct status st;

	if (cursor == NULL || cursor[0] == '\0')
		run->resume = NULL;
	else if (host_list_resume(&run->list, cursor, strlen(cursor), &st) ==
	    -1)
		cli_fatal(&st);
}

static void
read_options(struct run *run, int argc, char **argv)
{
	static char relay[DIDDOC_ORIGIN_BYTES];
	char **operands = cli_begin(&cli, argc, argv);

	resume(run);
	if (*operands != NULL)
		cli_usage("unexpected operand '%s'; -u names the relay",
		    *operands);
	run->list.relay = cli_network_origin(relay, &run->http_options, "-u",
	    RELAY_VARIABLE, run->service);
}

int
main(int argc, char **argv)
{
	struct run *run = &this_run;

	cli_network_init(&run->http_options, &cli, 1, 1, 1);
	read_options(run, argc, argv);
	run_list(run);
	host_list_free(&run->list);
	buf_free(&run->out.buf);
	return run->failed > 0 ? CLI_FAILED : CLI_DONE;
}
