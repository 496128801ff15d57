#include "config.h"

#include <string.h>

#include "libcar/cli/runner.h"
#include "libcar/cli/task_fetch.h"
#include "libcar/store/fetch_job.h"

/*
 * For each job the program looks in the archive, asks the host whether it has a
 * later rev, and if so fetches the repo. It doesn't ask if the archive already
 * has the rev that the job names, or if the account isn't archived yet.
 */

static struct task_fetch_options *
options_of(const struct task *task)
{
	return task->runner->ctx;
}

void
task_fetch_free(struct task *task)
{
	fetch_free(task->own);
}

static const char *const hows[] = {
	[FETCH_NONE] = "none",
	[FETCH_FULL] = "full",
	[FETCH_SINCE] = "since",
};

static void
write_result(struct task *task)
{
	const struct archive *archive = &options_of(task)->fetch.archive;
	const struct fetch *fetch = task->own;
	const struct archive_car *car = fetch->car;
	struct stream_repo repo = {
		.rev = stream_text(slice_of(car->rev)),
		.head = stream_text(slice_of(car->head)),
		.active = task->host_said ? STREAM_TRUE : STREAM_UNKNOWN,
		.car = slice_of(archive->dir != NULL ? car->path : NULL),
		.size = stream_number((int64_t)car->size),
		.fetched = slice_of(hows[fetch->how]),
		.received = stream_number((int64_t)fetch->received),
	};

	task_end_repo(task, &repo);
}

static void
keep_archived(struct task *task)
{
	options_of(task)->kept++;
	write_result(task);
}

/* Look in the archive, then call next. */
static void
look(struct task *task, void (*next)(struct fetch *, struct status *))
{
	const struct fetch_options *o = &options_of(task)->fetch;
	struct fetch *fetch = task->own;

	fetch->options = o;
	fetch->ctx = task;
	if (o->archive.dir != NULL && !fetch_job_breaks(&task->job))
		fetch_find(fetch, task->runner->workers, task->did, task->key,
		    next);
	else
		next(fetch, NULL);
}

static bool
is_enough(struct task *task)
{
	return fetch_job_keeps(&task->job, task->own,
	    options_of(task)->archived_is_enough);
}

/* Did the host tell an earlier job that the archived CAR is the latest? */
static bool
is_answered(struct task *task)
{
	struct fetch *fetch = task->own;
	struct slice rev = job_get(&task->job, "rev");
	const struct turns_account *known = task_recall(task);

	if (known == NULL || !fetch_has(fetch, &rev) ||
	    strcmp(fetch->car->rev, known->rev) < 0)
		return false;
	task->host_said = true;
	task->said_at = known->said_at;
	return true;
}

static void
fetched(struct fetch *fetch, struct status *why)
{
	struct task *task = fetch->ctx;

	if (why != NULL) {
		task_fail_host(task, why);
		return;
	}
	task->host_said = true;
	task_remember(task, fetch->car->rev);
	if (fetch->how == FETCH_NONE)
		options_of(task)->kept++;
	else
		options_of(task)->fetched++;
	write_result(task);
}

static void
start_fetch(struct task *task)
{
	fetch_repo(task->own, task->runner->http, task->runner->workers,
	    task_host(task), task->did, task->key, fetched);
}

static void
asked(struct fetch *fetch, struct status *why)
{
	struct task *task = fetch->ctx;

	if (why != NULL)
		task_fail_host(task, why);
	else if (fetch->is_latest) {
		task->host_said = true;
		task_remember(task, fetch->car->rev);
		keep_archived(task);
	} else
		start_fetch(task);
}

static void
looked_again(struct fetch *fetch, struct status *why)
{
	struct task *task = fetch->ctx;

	if (why != NULL)
		runner_fatal(task->runner, why);
	if (is_enough(task) || is_answered(task))
		keep_archived(task);
	else if (task_fail_alike(task))
		return;
	else if (fetch->car != NULL && fetch->car->rev[0] != '\0')
		fetch_ask(fetch, task->runner->http, task_host(task), task->did,
		    asked);
	else
		start_fetch(task);
}

/* Look again: the key may have become known since the start. */
void
task_fetch_ask(struct task *task)
{
	look(task, looked_again);
}

static void
go_on(struct task *task)
{
	if (!task_fail_alike(task))
		task_ask(task);
}

static void
looked(struct fetch *fetch, struct status *why)
{
	struct task *task = fetch->ctx;

	if (why != NULL)
		runner_fatal(task->runner, why);
	if (is_enough(task))
		keep_archived(task);
	else
		go_on(task);
}

void
task_fetch_start(struct task *task)
{
	bool any = options_of(task)->archived_is_enough;

	if (task->did != NULL)
		task_recall(task);
	if (task->did != NULL && fetch_job_may_keep(&task->job, any))
		look(task, looked);
	else
		go_on(task);
}
