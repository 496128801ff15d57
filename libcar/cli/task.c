#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"

/*
 * Every task is in its runner's list until it ends, in the order of the lines,
 * so that a held line knows whether a job before it is still under way.
 */

/* Turns */

/* May the job begin? If not, it waits for an earlier job of its account. */
static bool
has_turn(struct task *task)
{
	struct runner *runner = task->runner;
	struct turns_account *a = task->account;

	if (!runner->program->takes_turns || task->did == NULL || a != NULL)
		return true;
	if ((a = turns_get(&runner->turns, task->did)) == NULL)
		runner_no_memory(runner);
	task->account = a;
	if (a->at == NULL) {
		a->at = task;
		return true;
	}
	*(a->next == NULL ? &a->next : &a->last->behind) = task;
	a->last = task;
	task->waited = true;
	return false;
}

/* The job is over. The loop begins the next one, not this function: a thousand
 * jobs that need no host would nest a thousand calls. */
static void
give_turn(struct task *task)
{
	struct runner *runner = task->runner;
	struct turns_account *a = task->account;
	struct task *next;

	if (a == NULL)
		return;
	if ((next = a->at = a->next) == NULL) {
		turns_put(&runner->turns, a);
		return;
	}
	a->next = next->behind;
	next->behind = NULL;
	*(runner->ready == NULL ? &runner->ready :
				  &runner->last_ready->behind) = next;
	runner->last_ready = next;
}

void
task_begin(struct task *task)
{
	if (!has_turn(task))
		return;
	if (task->asking)
		task->runner->program->ask(task);
	else if (task->runner->program->start != NULL)
		task->runner->program->start(task);
	else
		task_ask(task);
}

void
task_begin_ready(struct runner *runner)
{
	struct task *task;

	while ((task = runner->ready) != NULL) {
		runner->ready = task->behind;
		task->behind = NULL;
		task_begin(task);
	}
}

void
task_remember(struct task *task, const char *rev)
{
	struct turns_account *a = task->account;

	if (a == NULL || strlen(rev) != SYNTAX_TID_LEN)
		return;
	memcpy(a->rev, rev, sizeof(a->rev));
	a->said_at = task->said_at = cli_now();
	runner_keep(task->runner, &a->host, task->pds, strlen(task->pds));
	runner_keep(task->runner, &a->key, task->key != NULL ? task->key : "",
	    task->key != NULL ? strlen(task->key) : 0);
	a->looked_up = task->query != NULL;
}

/* Does what was found still count? */
static bool
is_young(const struct runner *runner, const struct turns_account *a)
{
	uint64_t ms = runner->resolve_options.ttl_ms, now = cli_now();

	if (ms > TURNS_MAX_AGE_MS)
		ms = TURNS_MAX_AGE_MS;
	return a->said_at <= now && now - a->said_at < ms * 1000;
}

const struct turns_account *
task_recall(struct task *task)
{
	struct turns_account *a = task->account;

	if (a == NULL || a->rev[0] == '\0' || !is_young(task->runner, a))
		return NULL;
	if (task->pds == NULL && a->looked_up) {
		runner_keep(task->runner, &task->pds, a->host, strlen(a->host));
		if (a->key != NULL)
			runner_keep(task->runner, &task->key, a->key,
			    strlen(a->key));
	}
	return task->pds != NULL && strcmp(task->pds, a->host) == 0 ? a : NULL;
}

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
	give_turn(task);
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

/* When the state that the job tells was so, if nobody was asked again. What an
 * error tells isn't copied. */
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

/* The result was written, or is too long for a line: -1. */
static void
end_result(struct task *task, int rc)
{
	struct status st;

	if (rc == -1) {
		status_set(&st, STATUS_TOO_LARGE, 0,
		    "%s: the job's fields make its result too long", task->did);
		task_fail(task, &st);
		return;
	}
	runner_line(task->runner);
	task_end(task);
}

/* What the document says. */
static struct stream_identity
identity_of(const struct task *task)
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
task_end_identity(struct task *task)
{
	struct stream_identity identity = identity_of(task);
	struct status ignored;

	end_result(task,
	    stream_write_identity(&task->runner->out.buf, &identity, &task->job,
		&ignored));
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
		repo->host = slice_of(task->pds);
	repo->at_text = old_time(task);
	if (repo->at_text.at == NULL)
		repo->at = task->said_at != 0 ? task->said_at : cli_now();
	end_result(task,
	    stream_write_repo(&task->runner->out.buf, repo, &task->job,
		&ignored));
}

static void
fail(struct task *task, const struct status *st, const char *host)
{
	struct runner *runner = task->runner;
	struct stream_error e = {
		.program = slice_of(runner->program->cli->name),
		.did = slice_of(task->did),
		.rev = job_rev(&task->job),
		.host = slice_of(host),
		.at = cli_now(),
	};

	if (status_fatal(st->code))
		runner_fatal(runner, st);
	if (task->did == NULL || task->handle != NULL)
		e.input = slice_of(task->input);
	if (!cli_quiet)
		cli_warn("%s", st->msg);
	stream_write_error(&runner->out.buf, &e, st, &task->job);
	runner_line(runner);
	runner->failed++;
	task_end(task);
}

void
task_fail(struct task *task, const struct status *st)
{
	fail(task, st, NULL);
}

/* Failures at hosts */

/* A failure that may pass has cost all tries and their pauses. The jobs that
 * wait for this one have it without them. */
static void
keep_failure(struct task *task, const struct status *st)
{
	struct turns_account *a = task->account;
	struct turns_failure *f;
	size_t size = strlen(task->pds) + 1;

	if (a == NULL || a->next == NULL || !status_retry(st->code))
		return;
	free(a->failure);
	if ((f = a->failure = malloc(sizeof(*f) + size)) == NULL)
		runner_no_memory(task->runner);
	f->why = *st;
	f->looked_up = task->query != NULL && !task->stale;
	memcpy(f->host, task->pds, size);
}

static void
fail_at_host(struct task *task, const struct status *st)
{
	if (task->pds != NULL)
		keep_failure(task, st);
	fail(task, st, task->pds);
}

bool
task_fail_alike(struct task *task)
{
	struct turns_failure *f = task->waited ? task->account->failure : NULL;
	struct status why;

	if (f == NULL ||
	    (task->pds == NULL ? !f->looked_up :
				 strcmp(task->pds, f->host) != 0))
		return false;
	why = f->why;
	fail(task, &why, f->host);
	return true;
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
		task_fail_host(task, &st);
		return;
	}
	task->asking = true;
	task_begin(task);
}

static void
asked(struct task *task, struct status *why)
{
	if (why != NULL) {
		task_fail(task, why);
		return;
	}
	task->resolved = !task->query->cached && !task->query->stale;
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

/* Asking again */

/* The line that named the host or the key may be a database's, which would
 * take the former host's word for the account's state ever after. */
static void
tell_change(struct task *task)
{
	struct stream_identity identity = identity_of(task);
	struct status ignored;

	if (stream_write_identity(&task->runner->out.buf, &identity, NULL,
		&ignored) == 0)
		runner_line(task->runner);
}

/* Was it resolved to another host or key than that which was asked? */
static void
asked_again(struct task *task, struct status *why)
{
	task->asked_again = true;
	task->stale = why != NULL || task->query->stale;
	if (why != NULL && !status_retry(why->code)) {
		task_fail(task, why);
		return;
	}
	if (why != NULL)
		task->query->why = *why;
	if (why == NULL && task->changed) {
		tell_change(task);
		ask(task);
	} else
		task->unchanged(task);
}

/* Resolve it afresh, if that wasn't done. */
static void
doubt(struct task *task, void (*unchanged)(struct task *))
{
	task->unchanged = unchanged;
	if (task->resolved) {
		unchanged(task);
		return;
	}
	task->resolved = true;
	task_resolve(task, true, false, asked_again);
}

static void
fail_first(struct task *task)
{
	struct status first = task->why;

	if (task->stale && !status_retry(first.code))
		task_fail(task, &task->query->why);
	else
		fail_at_host(task, &first);
}

void
task_fail_host(struct task *task, const struct status *st)
{
	task->why = *st;
	if (status_fatal(st->code))
		task_fail(task, st);
	else
		doubt(task, fail_first);
}

static void
confirm(struct task *task)
{
	if (task->stale)
		task_fail(task, &task->query->why);
	else
		task->confirmed(task);
}

void
task_confirm(struct task *task, void (*fn)(struct task *))
{
	task->confirmed = fn;
	doubt(task, confirm);
}
