#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"

/*
 * The base of the runner's other parts: it writes lines, shows the progress,
 * and ends the program after a fatal error.
 */

/* Also report what workers have finished by now: each CAR that got its name in
 * the archive needs its line. */
void
runner_fatal(struct runner *runner, const struct status *st)
{
	if (runner->workers != NULL && !workers_are_finished(runner->workers))
		workers_finish(runner->workers);
	cli_output_fatal(&runner->out, st);
}

void
runner_line(struct runner *runner)
{
	cli_output_line(&runner->out);
}

void
runner_no_memory(struct runner *runner)
{
	struct status st;

	status_no_memory(&st);
	runner_fatal(runner, &st);
}

bool
runner_keep(struct runner *runner, char **to, const char *text, size_t len)
{
	bool same = *to == NULL ?
	    len == 0 :
	    strlen(*to) == len && memcmp(*to, text, len) == 0;

	if (same)
		return false;
	free(*to);
	*to = NULL;
	if (len == 0)
		return true;
	if ((*to = malloc(len + 1)) == NULL)
		runner_no_memory(runner);
	memcpy(*to, text, len);
	(*to)[len] = '\0';
	return true;
}

void
runner_copy_line(struct runner *runner, const char *line, size_t len)
{
	cli_output_copy(&runner->out, line, len);
}

/* An origin is a scheme and a host. */
static const char *
host_of(const char *origin)
{
	const char *slashes = origin != NULL ? strstr(origin, "//") : NULL;

	return slashes != NULL ? slashes + 2 : origin;
}

void
runner_progress(struct runner *runner)
{
	struct http_state s;

	if (cli_progress_due()) {
		http_get_state(runner->http, &s);
		runner->bytes = s.bytes;
		cli_progress_hosts(runner->count, host_of(s.slowest), s.rate);
	}
	cli_progress_update(runner->done, runner->failed, runner->total,
	    runner->bytes);
}
