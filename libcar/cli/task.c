#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"

/*
 * Keep the tasks of a runner, and write each job's result.
 *
 * A task stays in its runner's list, in the order of the lines, until it ends.
 * So a held line knows whether an earlier job is still under way.
 */

/* The list of jobs and held lines */

struct task *
task_new(struct runner *runner)
{
	struct task *task = calloc(1, sizeof(*task));

	if (task == NULL)
		runner_no_memory(runner);
	task->runner = runner;
	task->prev = runner->last;
	*(runner->last == NULL ? &runner->first : &runner->last->next) = task;
	runner->last = task;
	return task;
}

void
task_drop(struct task *task)
{
	struct runner *runner = task->runner;

	*(task->prev == NULL ? &runner->first : &task->prev->next) = task->next;
	*(task->next == NULL ? &runner->last : &task->next->prev) = task->prev;
	runner->line_bytes -= task->line_bytes;
	task_give_turn(task);
	if (task->own != NULL && runner->program->free != NULL)
		runner->program->free(task);
	job_free(&task->job);
	free(task->own);
	free(task->query);
	free(task->line);
	free(task->input);
	free(task->did);
	free(task->pds);
	free(task->key);
	free(task->handle);
	free(task);
}

void
task_release(struct runner *runner)
{
	struct task *task;

	while ((task = runner->first) != NULL && task->held) {
		runner_copy_line(runner, task->job.object.text,
		    task->job.object.len);
		task_drop(task);
	}
}

void
task_end(struct task *task)
{
	struct runner *runner = task->runner;

	runner->done++;
	runner->count--;
	task_drop(task);
	task_release(runner);
	runner_progress(runner);
}

/* Results */

/* When the job's state was observed, if no host was asked again. The time of an
 * error isn't copied. */
static struct slice
old_time(struct task *task)
{
	struct slice none = { NULL, 0 };

	if (task->host_said || job_is(&task->job, "error") ||
	    (job_get_json(&task->job, "active").at == NULL &&
		job_get(&task->job, "status").at == NULL))
		return none;
	return job_get(&task->job, "at");
}

/* The fields that a result keeps. Not those of a `plc` line, which was copied:
 * its operation would stand in each result once more. */
static const struct job *
kept_fields(const struct task *task)
{
	return job_is(&task->job, "plc") ? NULL : &task->job;
}

/* 0 if the result was written; -1 if it is too long for a line. */
static void
end_result(struct task *task, int rc)
{
	struct status st;

	if (rc == -1) {
		status_set(&st, STATUS_TOO_LARGE, 0,
		    "%s: the job's fields make its result too long",
		    task->did != NULL ? task->did : task->pds);
		task_fail(task, &st);
		return;
	}
	runner_line(task->runner);
	task_end(task);
}

const char *
task_host(const struct task *task)
{
	const char *from = task->runner->from;

	return from != NULL ? from : task->pds;
}

struct stream_identity
task_identity(const struct task *task)
{
	static const char *const handle_status[] = {
		[RESOLVE_UNCHECKED] = "unchecked",
		[RESOLVE_VALID] = "valid",
		[RESOLVE_INVALID] = "invalid",
	};
	const struct resolve_query *q = task->query;

	return (struct stream_identity){
		.did = slice_of(task->did),
		.handle = stream_text(slice_of(q->doc.handle)),
		.handle_status = slice_of(handle_status[q->handle]),
		.pds = stream_text(slice_of(q->doc.pds)),
		.key = stream_text(slice_of(q->doc.key)),
		.at = q->at_ms * 1000,
		.stale = q->stale ? STREAM_TRUE : STREAM_UNKNOWN,
	};
}

void
task_end_with(struct task *task, const struct stream_identity *identity)
{
	struct status ignored;

	end_result(task,
	    stream_write_identity(&task->runner->out.buf, identity,
		kept_fields(task), &ignored));
}

void
task_end_identity(struct task *task)
{
	struct stream_identity identity = task_identity(task);

	task_end_with(task, &identity);
}

void
task_end_repo(struct task *task, struct stream_repo *repo)
{
	struct status ignored;

	repo->did = slice_of(task->did);
	if (repo->handle.at == NULL)
		repo->handle = slice_of(task->handle);
	repo->pds = slice_of(task->pds);
	repo->key = slice_of(task->key);
	if (task->host_said)
		repo->host = slice_of(task_host(task));
	repo->at_text = old_time(task);
	if (repo->at_text.at == NULL)
		repo->at = task->said_at != 0 ? task->said_at : cli_now();
	end_result(task,
	    stream_write_repo(&task->runner->out.buf, repo, &task->job,
		&ignored));
}

void
task_end_host(struct task *task, struct stream_host *host)
{
	struct status ignored;

	host->host = slice_of(task->pds);
	host->at = cli_now();
	end_result(task,
	    stream_write_host(&task->runner->out.buf, host, &task->job,
		&ignored));
}

void
task_fail_at(struct task *task, const struct status *st, const char *host)
{
	struct runner *runner = task->runner;
	struct stream_error e = {
		.program = slice_of(runner->program->cli->name),
		.did = slice_of(task->did),
		.rev = job_rev(&task->job),
		.host = slice_of(host),
		.at = task->failed_at != 0 ? task->failed_at : cli_now(),
	};

	if (status_fatal(st->code))
		runner_fatal(runner, st);
	if (task->did == NULL || task->handle != NULL)
		e.input = slice_of(task->input);
	if (!cli_quiet)
		cli_warn("%s", st->msg);
	if (runner->program->fail == NULL || task->own == NULL ||
	    !runner->program->fail(task, st, host)) {
		stream_write_error(&runner->out.buf, &e, st, kept_fields(task));
		runner_line(runner);
	}
	runner->failed++;
	task_end(task);
}

void
task_fail(struct task *task, const struct status *st)
{
	task_fail_at(task, st, NULL);
}

bool
task_exclude(struct task *task)
{
	struct status st;

	if (task->did == NULL ||
	    !excluded_has(&task->runner->excluded, task->did,
		strlen(task->did)))
		return false;
	status_set(&st, STATUS_EXCLUDED, 0, "%s: is in the list of --exclude",
	    task->did);
	task_fail(task, &st);
	return true;
}
