/* at-listrecords: list the records of repos, page by page. */
#include "config.h"

#include <string.h>

#include "libcar/cli/runner.h"
#include "libcar/cli/unmatched.h"
#include "libcar/net/record_list.h"
#include "libcar/stream/filter.h"

/*
 * Each job lists the records of one account: from the start, or from the cursor
 * that the job brings from an earlier listing.
 */

/* The options, and the state of the run. */
static struct runner this_runner;
static struct {
	struct filter filter;
	bool listed; /* at least one repo, completely */
	unsigned page;
	uint64_t delay_ms;
} run;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	RUNNER_FROM(this_runner),
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&run.filter) },
	CLI_EXCLUDE(this_runner.exclude),
	{ 0, "page", "n", "records per page",
	    CLI_COUNT(&run.page, "100", 1, 100) },
	{ 0, "delay", "time", "pause between the pages of a repo",
	    CLI_TIME(&run.delay_ms, "100ms", 0, 3600000) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-listrecords",
	.operands = "[file or account ...]",
	.summary = "List records page by page, from hosts that serve no "
		   "CARs.",
	.options = options,
	.progress = true,
	.network = true,
};

/* Callbacks of the list */

static void
ready(struct record_list *list)
{
	struct task *task = list->ctx;

	runner_line(task->runner);
}

static void
flawed(struct record_list *list, const struct status *why)
{
	(void)list;
	if (!cli_quiet)
		cli_warn("%s", why->msg);
}

/* Which of the wanted collections the account has. */
static void
mark(const struct collections *c)
{
	size_t i;

	run.listed = true;
	for (i = 0; i < c->count; i++)
		if (c->all[i].keys > 0)
			filter_mark(&run.filter, c->all[i].nsid,
			    strlen(c->all[i].nsid));
}

static void
done(struct record_list *list, struct status *why)
{
	struct task *task = list->ctx;

	if (why != NULL) {
		task_fail_host(task, why);
		return;
	}
	task->runner->record_errors |= record_list_errors(list) > 0;
	mark(&list->collections);
	task_end(task);
}

/* Callbacks of the runner */

/* The cursor of an earlier listing, if the job has one. */
static struct stream_cursor
place_of(struct job *job)
{
	return (struct stream_cursor){
		.stream = job_get(job, "stream"),
		.rev = job_get(job, "rev"),
		.collection = job_get(job, "collection"),
		.cursor = job_get(job, "cursor"),
		.counts = job_get_json(job, "counts"),
	};
}

/* A cursor belongs to the host that gave it: ask another host, also that of
 * --from, for all records. */
static void
ask(struct task *task)
{
	bool resumes = !task->asked_again && task->job.object.text != NULL &&
	    task_host(task) == task->pds;
	struct record_list *list = task->own;
	struct stream_cursor from = { .at = 0 };
	struct status st;

	list->program = cli.name;
	list->did = task->did;
	list->host = task_host(task);
	list->filter = &run.filter;
	list->page = run.page;
	list->delay_ms = run.delay_ms;
	list->out = &task->runner->out.buf;
	list->ready = ready;
	list->flawed = flawed;
	list->done = done;
	list->ctx = task;
	if (resumes)
		from = place_of(&task->job);
	if (record_list_start(list, task->runner->http, &from, &st) == -1)
		task_fail(task, &st);
}

static void
free_own(struct task *task)
{
	record_list_free(task->own);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct record_list),
		.start = task_ask,
		.ask = ask,
		.free = free_own,
	};
	char **operands;
	int status;

	runner_init(&this_runner, &program, 20, 2, 10);
	operands = cli_begin(&cli, argc, argv);
	cli_exclude_read(&this_runner.excluded, this_runner.exclude);
	status = runner_run(&this_runner, operands);
	if (run.listed)
		cli_unmatched(&run.filter, "repo");
	excluded_free(&this_runner.excluded);
	filter_free(&run.filter);
	return status;
}
