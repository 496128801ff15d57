#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"
#include "libcar/stream/rfc3339.h"

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

void
task_result(struct task *task, struct json_writer *w, const char *type)
{
	struct buf *out = &task->runner->out.buf;

	*w = (struct json_writer){ out, false };
	task->result = out->len;
	json_write_object(w);
	json_write_member(w, "type", type);
	json_write_member(w, "did", task->did);
}

/* When the state that the job tells was so, if nobody was asked again. */
static struct slice
old_time(struct task *task)
{
	struct slice none = { NULL, 0 };

	if (task->host_said || task->job.object.text == NULL ||
	    (job_get_json(&task->job, "active").at == NULL &&
		job_get(&task->job, "status").at == NULL))
		return none;
	return job_get(&task->job, "at");
}

void
task_result_end(struct task *task, struct json_writer *w)
{
	struct slice at = old_time(task);
	char now[RFC3339_BYTES];

	if (task->handle != NULL && !task->said_handle)
		json_write_member(w, "handle", task->handle);
	if (task->pds != NULL)
		json_write_member(w, "pds", task->pds);
	if (task->key != NULL)
		json_write_member(w, "key", task->key);
	rfc3339_format(now, cli_now());
	json_write_key(w, "at");
	if (at.at != NULL)
		json_write_string(w, at.at, at.len);
	else
		json_write_string(w, now, strlen(now));
	task_result_close(task, w);
}

void
task_result_close(struct task *task, struct json_writer *w)
{
	struct status st;

	job_write_rest(w, task->result, &task->job);
	json_write_object_end(w);
	buf_putc(w->out, '\n');
	if (w->out->len - task->result > NDJSON_MAX_LINE) {
		w->out->len = task->result;
		status_set(&st, STATUS_TOO_LARGE, 0,
		    "%s: the job's fields make its result too long", task->did);
		task_fail(task, &st);
		return;
	}
	runner_line(task->runner);
	task_end(task);
}

void
task_fail(struct task *task, const struct status *st)
{
	struct runner *runner = task->runner;
	struct job_error e = {
		.program = runner->program->cli->name,
		.rev = task->job.object.text != NULL ?
		    job_get(&task->job, "rev") :
		    (struct slice){ NULL, 0 },
		.status = st,
		.now = cli_now(),
		.job = &task->job,
	};
	size_t start;

	if (status_fatal(st->code))
		runner_fatal(runner, st);
	if (task->did != NULL)
		e.did = (struct slice){ task->did, strlen(task->did) };
	if (task->did == NULL || task->handle != NULL)
		e.input = task->input;
	if (!cli_quiet)
		cli_warn("%s", st->msg);
	start = runner->out.buf.len;
	job_write_error(&runner->out.buf, &e);
	if (runner->out.buf.len - start > NDJSON_MAX_LINE) {
		runner->out.buf.len = start;
		e.job = NULL;
		job_write_error(&runner->out.buf, &e);
	}
	runner_line(runner);
	runner->failed++;
	task_end(task);
}

/* Resolving */

static void
query_done(struct resolve_query *q, struct status *why)
{
	struct task *task = q->ctx;
	struct runner *runner = task->runner;
	bool had_key;

	if (q->did != NULL)
		runner_keep(runner, &task->did, q->did, strlen(q->did));
	if (why == NULL) {
		had_key = task->key != NULL;
		task->changed = runner_keep(runner, &task->pds, q->doc.pds,
		    strlen(q->doc.pds));
		task->changed |= runner_keep(runner, &task->key, q->doc.key,
				     strlen(q->doc.key)) &&
		    had_key;
	}
	task->query_done(task, why);
}

void
task_resolve(struct task *task, bool fresh, bool check_handle,
    void (*done)(struct task *, struct status *))
{
	struct resolve_query *q;

	free(task->query);
	if ((q = task->query = calloc(1, sizeof(*q))) == NULL)
		runner_no_memory(task->runner);
	q->name = task->did != NULL ? task->did : task->handle;
	if (q->name == NULL)
		q->name = task->input != NULL ? task->input : "";
	q->fresh = fresh;
	q->check_handle = check_handle;
	q->done = query_done;
	q->ctx = task;
	task->query_done = done;
	resolve_start(task->runner->resolve, q);
}

static void
ask(struct task *task)
{
	struct status st;

	if (task->pds == NULL) {
		status_set(&st, STATUS_NO_PDS, 0,
		    "%s: its document names no host", task->did);
		task_fail(task, &st);
	} else
		task->runner->program->ask(task);
}

static void
asked(struct task *task, struct status *why)
{
	if (why != NULL) {
		task_fail(task, why);
		return;
	}
	task->resolved = !task->query->cached;
	ask(task);
}

void
task_ask(struct task *task)
{
	if (task->did != NULL && task->pds != NULL)
		ask(task);
	else
		task_resolve(task, false, false, asked);
}

/* Was it resolved to another host or key than that which failed? */
static void
asked_again(struct task *task, struct status *why)
{
	struct status first = task->why;

	task->resolved = task->asked_again = true;
	if (why == NULL && task->changed)
		ask(task);
	else if (why != NULL && !status_retry(why->code))
		task_fail(task, why);
	else
		task_fail(task, &first);
}

void
task_fail_host(struct task *task, const struct status *st)
{
	if (task->resolved || status_fatal(st->code)) {
		task_fail(task, st);
		return;
	}
	task->why = *st;
	task->resolved = true;
	task_resolve(task, true, false, asked_again);
}
