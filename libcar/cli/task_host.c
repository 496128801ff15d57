#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/cli/runner_private.h"

/*
 * Find the host of a job: resolve the DID, and resolve it again before the
 * program believes a host that may be a former one.
 */

/* Failures at hosts */

/* A temporary failure has cost all retries and their pauses. The jobs that wait
 * for this one get the same failure without them. */
static void
keep_failure(struct task *task, const struct status *st)
{
	struct turns_account *a = task->account;
	struct turns_failure *f;
	const char *host = task_host(task);
	size_t size = strlen(host) + 1;

	if (a == NULL || a->next == NULL || !status_retry(st->code))
		return;
	free(a->failure);
	if ((f = a->failure = malloc(sizeof(*f) + size)) == NULL)
		runner_no_memory(task->runner);
	f->why = *st;
	f->looked_up = task->query != NULL && !task->stale;
	memcpy(f->host, host, size);
}

static void
fail_at_host(struct task *task, const struct status *st)
{
	if (task_host(task) != NULL)
		keep_failure(task, st);
	task_fail_at(task, st, task_host(task));
}

bool
task_fail_alike(struct task *task)
{
	struct turns_failure *f = task->waited ? task->account->failure : NULL;
	struct status why;

	if (f == NULL ||
	    (task_host(task) == NULL ? !f->looked_up :
				       strcmp(task_host(task), f->host) != 0))
		return false;
	why = f->why;
	task_fail_at(task, &why, f->host);
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

	if (task_host(task) == NULL) {
		status_set(&st, STATUS_NO_PDS, 0,
		    "%s: its document names no host", task->did);
		task_fail_host(task, &st);
		return;
	}
	task->asking = true;
	if (!task_exclude(task))
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

/* Write the change as a line: the job may come from a database, which would
 * otherwise believe the former host forever. */
static void
tell_change(struct task *task)
{
	struct stream_identity identity = task_identity(task);
	struct status ignored;

	if (stream_write_identity(&task->runner->out.buf, &identity, NULL,
		&ignored) == 0)
		runner_line(task->runner);
}

/* Did the look-up give another host or key than the one that was used? */
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

/* Resolve the DID again, unless that was done. The server of --from remains the
 * one to ask, so only another key can make a difference. */
static void
doubt(struct task *task, bool key_failed, void (*unchanged)(struct task *))
{
	task->unchanged = unchanged;
	if (task->resolved || (task->runner->from != NULL && !key_failed)) {
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
		doubt(task, st->code == STATUS_BAD_SIGNATURE, fail_first);
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
	doubt(task, false, confirm);
}
