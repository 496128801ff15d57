#include "config.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "libcar/cli/runner_private.h"

/*
 * The main loop of the runner. It waits for hosts and for input in one place,
 * loop_once(), so neither delays the other.
 */

#define TICK_MS 1000 /* the longest wait, for progress */
#define HOLD_MS 20   /* between looks at a pipe that is full */
#define HOLD_BYTES (16 << 10)

/* FIONREAD works for pipes only: for a regular file it gives the bytes after
 * the position, which nobody consumes. */
static bool
is_pipe(int fd)
{
	struct stat s;

	return fstat(fd, &s) == 0 &&
	    (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode));
}

/* Has our reader exited? What it left unread stays in the pipe. */
static bool
is_abandoned(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}

/* Does our reader lag behind? Then start no new job, so that the results of
 * running jobs fit the pipe: while a write blocks, hosts that are sending would
 * time out. */
static bool
is_held(const struct runner *runner)
{
	int unread;

	return runner->out_is_pipe &&
	    ioctl(runner->out.fd, FIONREAD, &unread) == 0 &&
	    unread > HOLD_BYTES && !is_abandoned(runner->out.fd);
}

/* One turn: do what is possible, and wait if nothing is. */
static void
turn(struct runner *runner)
{
	bool held = is_held(runner), more = false;
	int wait_ms = held ? HOLD_MS : TICK_MS;
	struct status st;

	/* First the held lines: this makes room, and they may be the last. */
	if (!held)
		task_begin_ready(runner);
	if (!held && runner->in_open)
		more = runner_take_lines(runner);
	if (more || (!runner->in_open && runner->count == 0))
		wait_ms = 0;
	if (runner->program->pause != NULL)
		runner->program->pause(runner);
	cli_output_flush(&runner->out);
	http_hold(runner->http, held);
	if (runner->in_open)
		runner_watch_input(runner);
	if (loop_once(runner->loop, wait_ms, &st) == -1)
		runner_fatal(runner, &st);
	runner_progress(runner);
}

static void
open_all(struct runner *runner)
{
	struct status st;

	cli_network_fit(&runner->http_options);
	runner->resolve_options.allow_private =
	    runner->http_options.allow_private;
	runner->out_is_pipe = is_pipe(runner->out.fd);
	if ((runner->loop = loop_open(&st)) == NULL ||
	    (runner->program->works &&
		(runner->workers = workers_open(runner->loop, &st)) == NULL) ||
	    (runner->http = http_open(runner->loop, &runner->http_options,
		 &st)) == NULL ||
	    (!runner->program->takes_hosts &&
		(runner->resolve = resolve_open(runner->loop, runner->http,
		     &runner->resolve_options, &st)) == NULL))
		cli_fatal(&st);
}

static void
close_all(struct runner *runner)
{
	struct http_state s;

	http_get_state(runner->http, &s);
	cli_output_flush(&runner->out);
	cli_progress_end(runner->done, runner->failed, runner->total, s.bytes);
	resolve_close(runner->resolve);
	http_close(runner->http);
	workers_close(runner->workers);
	loop_close(runner->loop);
	turns_free(&runner->turns);
	buf_free(&runner->out.buf);
}

void
runner_init(struct runner *runner, const struct runner_program *program,
    unsigned parallel, unsigned per_host, unsigned hosts)
{
	*runner = (struct runner){ .program = program, .out = { .fd = 1 } };
	cli_network_init(&runner->http_options, program->cli, parallel,
	    per_host, hosts);
	/* Jobs of slow hosts leave room for the lines of others. */
	runner->http_options.max_slow = RUNNER_AHEAD / 2;
}

static void
read_origins(struct runner *runner)
{
	static char plc[DIDDOC_ORIGIN_BYTES], from[DIDDOC_ORIGIN_BYTES];

	if (!runner->program->takes_hosts)
		runner->resolve_options.plc = cli_network_origin(plc,
		    &runner->http_options, "-u", RUNNER_PLC_VARIABLE,
		    runner->resolve_options.plc);
	if (runner->from != NULL)
		runner->from = cli_network_origin(from, &runner->http_options,
		    "--from", NULL, runner->from);
}

int
runner_run(struct runner *runner, char **operands)
{
	struct cli_inputs *inputs = &runner->inputs;

	read_origins(runner);
	cli_inputs_begin(inputs, runner->program->cli, operands);
	open_all(runner);
	while (*inputs->left != NULL || runner->in_open || runner->count > 0) {
		while (!runner->in_open && *inputs->left != NULL)
			runner_open_input(runner);
		turn(runner);
	}
	close_all(runner);
	return runner->failed > 0 || runner->record_errors ? CLI_FAILED :
							     CLI_DONE;
}
