#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/runner_private.h"

/*
 * Jobs that are hosts: origins, host names, `host` lines, and failed jobs of
 * the same program. Each gives the origin of its host as the task's `pds`.
 */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

size_t
runner_host_reduce(const char **text, size_t len)
{
	const char *at = *text;
	size_t n;

	for (n = 0; n < len; n++)
		if (at[n] == '#' && (n == 0 || is_space(at[n - 1])))
			break;
	for (; n > 0 && is_space(*at); at++)
		n--;
	while (n > 0 && is_space(at[n - 1]))
		n--;
	*text = at;
	return n;
}

/* The task's error is about this host, and no look-up can give another one. */
static void
set_origin(struct task *task, const char *origin)
{
	runner_keep(task->runner, &task->pds, origin, strlen(origin));
	if (task->input == NULL)
		runner_keep(task->runner, &task->input, origin, strlen(origin));
	task->resolved = true;
}

int
runner_host_take_word(struct task *task, struct status *st)
{
	char origin[DIDDOC_ORIGIN_BYTES];

	if (!cli_network_read_origin(origin, task->input))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "%s: not an origin such as https://host", task->input);
	set_origin(task, origin);
	return 0;
}

/* Errors of other programs name hosts, too, but their jobs are accounts. */
static bool
is_failed_job(struct runner *runner, struct job *job)
{
	struct slice program = job_get(job, "program");

	return runner->retry && job_has_true(job, "retry") &&
	    job->did.at == NULL && job_get(job, "collection").at == NULL &&
	    slice_is(&program, runner->program->cli->name);
}

bool
runner_host_is_job(struct runner *runner, struct job *job)
{
	if (job_is(job, "host"))
		return true;
	if (job_is(job, "error"))
		return is_failed_job(runner, job);
	return job->type_wrong ||
	    (job->type.at == NULL && job_get_json(job, "host").at != NULL);
}

int
runner_host_take_job(struct task *task, struct status *st)
{
	char origin[DIDDOC_ORIGIN_BYTES];
	struct slice host, input = { NULL, 0 };

	if (job_is(&task->job, "error"))
		input = job_get(&task->job, "input");
	runner_keep(task->runner, &task->input, input.at, input.len);
	if (job_check(&task->job, st) == -1)
		return -1;
	host = job_get(&task->job, "host");
	if (host.at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "no host");
	if (!diddoc_origin(origin, host.at, host.len, true))
		return status_set(st, STATUS_BAD_LINE, 0,
		    "host is not an origin of http or https: %.*s",
		    (int)host.len, host.at);
	set_origin(task, origin);
	return 0;
}

bool
runner_host_is_operand(const char *operand)
{
	char origin[DIDDOC_ORIGIN_BYTES];

	if (strstr(operand, "://") != NULL)
		return true;
	return strcmp(operand, "-") != 0 && access(operand, F_OK) != 0 &&
	    cli_network_read_origin(origin, operand);
}
