#include "config.h"

#include "libcar/cli/runner.h"
#include "libcar/cli/task_repos.h"
#include "libcar/stream/write.h"

/*
 * Turn what a list reports into lines, messages and the job's result. The first
 * flaw of a list is the result of its job, unless the list fails.
 */

static struct task_repos_options *
options_of(const struct runner *runner)
{
	return runner->ctx;
}

/* Callbacks of the list */

static void
ready(struct repo_list *list)
{
	struct task *task = list->ctx;

	if (options_of(task->runner)->single)
		task->runner->done = list->repos;
	runner_line(task->runner);
}

static void
say(const struct status *why)
{
	if (!cli_quiet)
		cli_warn("%s", why->msg);
}

/* The only list has no result, so each flaw can be a line. */
static void
write_flaw(struct repo_list *list, const struct status *why)
{
	struct task *task = list->ctx;
	struct stream_error e = {
		.program = slice_of(cli_program),
		.input = slice_of(list->host),
		.host = slice_of(list->host),
		.at = cli_now(),
	};

	task->runner->failed++;
	stream_write_error(list->out, &e, why, NULL);
}

static void
flawed(struct repo_list *list, const struct status *why)
{
	struct task *task = list->ctx;
	struct task_repos *own = task->own;

	/* The first one is the result of a job, unless the list fails. */
	if (options_of(task->runner)->single || own->flawed)
		say(why);
	if (options_of(task->runner)->single)
		write_flaw(list, why);
	if (!own->flawed)
		own->flaw = *why;
	own->flawed = true;
}

static void
end(struct task *task)
{
	struct task_repos *own = task->own;
	struct stream_host host = {
		.repos = stream_number((int64_t)own->list.repos),
	};

	if (options_of(task->runner)->single)
		task_end(task);
	else if (own->flawed)
		task_fail_host(task, &own->flaw);
	else
		task_end_host(task, &host);
}

static void
done(struct repo_list *list, const struct status *why)
{
	struct task *task = list->ctx;
	struct task_repos *own = task->own;

	/* The job itself counts as one. */
	if (options_of(task->runner)->single)
		task->runner->done = list->repos - 1;
	else if (why != NULL && own->flawed)
		say(&own->flaw);
	if (why != NULL)
		task_fail_host(task, why);
	else
		end(task);
}

static const char *
from(struct repo_list *list, const char *method, const char *collection)
{
	struct task *task = list->ctx;
	struct task_repos_options *o = options_of(task->runner);

	return o->single ?
	    o->resume :
	    places_get(&o->places, list->host, method, collection);
}

/* Callbacks of the runner */

void
task_repos_start(struct task *task)
{
	struct task_repos *own = task->own;
	struct repo_list *list = &own->list;
	struct task_repos_options *o = options_of(task->runner);

	list->host = task->pds;
	list->collections = &o->collections;
	list->limit = o->limit;
	list->out = &task->runner->out.buf;
	list->from = from;
	list->ready = ready;
	list->flawed = flawed;
	list->done = done;
	list->ctx = task;
	repo_list_start(list, task->runner->http);
}

/* A cursor that an earlier list may have written comes before those that this
 * run writes: the last cursor of a list counts. Without a place, a list only
 * begins at its start. */
bool
task_repos_see(struct runner *runner, struct job *job)
{
	struct task_repos_options *o = options_of(runner);
	struct status st;
	int taken = places_take(&o->places, job, &st);

	if (taken == -1 && status_fatal(st.code))
		runner_fatal(runner, &st);
	if (taken == -1 && !o->too_many)
		cli_warn("%s; others are ignored", st.msg);
	o->too_many |= taken == -1;
	return taken != 0;
}

void
task_repos_free(struct task *task)
{
	struct task_repos *own = task->own;

	repo_list_free(&own->list);
}
