#include "config.h"

#include <sys/ioctl.h>

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/jobs_private.h"

#define TICK_MS 1000 /* the longest wait, for progress */
#define HOLD_MS 20   /* between looks at a pipe that is full */
#define HOLD_BYTES (16 << 10)
#define MAX_TTL_MS ((uint64_t)10 * 365 * 86400000)

void
jobs_fatal(struct jobs *jobs, const struct status *st)
{
	struct status ignored;

	ndjson_out_flush(&jobs->out, &ignored);
	cli_fatal(st);
}

void
jobs_line(struct jobs *jobs)
{
	struct status st;

	if (ndjson_out_line(&jobs->out, &st) == -1)
		cli_fatal(&st);
}

/* An origin is a scheme and a host. */
static const char *
host_of(const char *origin)
{
	const char *slashes = origin != NULL ? strstr(origin, "//") : NULL;

	return slashes != NULL ? slashes + 2 : origin;
}

void
jobs_progress(struct jobs *jobs)
{
	struct http_state s;

	if (cli_progress_due()) {
		http_get_state(jobs->http, &s);
		jobs->bytes = s.bytes;
		cli_progress_hosts(jobs->count, host_of(s.slowest), s.rate);
	}
	cli_progress_update(jobs->done, jobs->failed, 0, jobs->bytes);
}

/* Has the reader of our output much to read yet? Then nothing new is begun, so
 * that the results of what is under way have room in the pipe: a write that
 * waits would let down the hosts that are sending. */
static bool
is_held(const struct jobs *jobs)
{
	int unread;

	return ioctl(jobs->out.fd, FIONREAD, &unread) == 0 &&
	    unread > HOLD_BYTES;
}

/* One turn: whatever can be done, and a wait if nothing can. */
static void
turn(struct jobs *jobs)
{
	bool held = is_held(jobs);
	bool more = !held && jobs->in_open && jobs_take_lines(jobs);
	int wait_ms = held ? HOLD_MS : TICK_MS;
	struct status st;

	if (more || (!jobs->in_open && jobs->count == 0))
		wait_ms = 0;
	if (ndjson_out_flush(&jobs->out, &st) == -1)
		cli_fatal(&st);
	http_hold(jobs->http, held);
	if (http_poll(jobs->http, wait_ms, &st) == -1)
		jobs_fatal(jobs, &st);
	jobs_progress(jobs);
}

static void
open_all(struct jobs *jobs)
{
	struct status st;

	if ((jobs->http = http_open(&jobs->http_options, &st)) == NULL)
		cli_fatal(&st);
	jobs->watch.fds = jobs_input_fds;
	jobs->watch.process = jobs_read_input;
	jobs->watch.ctx = jobs;
	http_watch(jobs->http, &jobs->watch);
	jobs->resolve_options.allow_private = jobs->http_options.allow_private;
	jobs->resolve = resolve_open(jobs->http, &jobs->resolve_options, &st);
	if (jobs->resolve == NULL)
		cli_fatal(&st);
}

static void
close_all(struct jobs *jobs)
{
	struct http_state s;
	struct status st;

	http_get_state(jobs->http, &s);
	if (ndjson_out_flush(&jobs->out, &st) == -1)
		cli_fatal(&st);
	cli_progress_end(jobs->done, jobs->failed, 0, s.bytes);
	resolve_close(jobs->resolve);
	http_close(jobs->http);
	buf_free(&jobs->out.buf);
}

void
jobs_init(struct jobs *jobs, const struct jobs_program *program,
    unsigned parallel, unsigned per_host, unsigned hosts)
{
	memset(jobs, 0, sizeof(*jobs));
	jobs->program = program;
	jobs->out.fd = 1;
	net_defaults(&jobs->http_options, program->cli, parallel, per_host,
	    hosts);
	jobs->resolve_options.ttl_ms = 3600000;
	jobs->resolve_options.plc = cli_env("ATPIPE_PLC_URL", RESOLVE_PLC);
	jobs->resolve_options.cache = cli_env("ATPIPE_CACHE", NULL);
}

bool
jobs_option(struct jobs *jobs, int option)
{
	const struct cli *cli = jobs->program->cli;

	switch (option) {
	case JOBS_URL:
		jobs->resolve_options.plc = optarg;
		return true;
	case JOBS_CACHE:
		jobs->resolve_options.cache = optarg;
		return true;
	case JOBS_TTL:
		jobs->resolve_options.ttl_ms = cli_duration(cli, optarg, 0,
		    MAX_TTL_MS);
		return true;
	case JOBS_RETRY:
		jobs->retry = true;
		return true;
	}
	return net_option(&jobs->http_options, cli, option);
}

int
jobs_run(struct jobs *jobs, int argc, char **argv)
{
	static char dash[] = "-", *standard_input[] = { dash };
	const struct cli *cli = jobs->program->cli;

	jobs->resolve_options.plc = net_origin(&jobs->http_options, cli,
	    jobs->resolve_options.plc);
	if (argc == 0) {
		cli_need_input(cli);
		argc = 1;
		argv = standard_input;
	}
	open_all(jobs);
	while (argc > 0 || jobs->in_open || jobs->count > 0) {
		for (; !jobs->in_open && argc > 0; argc--)
			jobs_open_input(jobs, *argv++);
		turn(jobs);
	}
	close_all(jobs);
	return jobs->failed > 0 || jobs->record_errors ? CLI_FAILED : CLI_DONE;
}
