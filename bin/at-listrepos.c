/* at-listrepos: list the repos of a relay or of many hosts, page by page. */
#include "config.h"

#include <string.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/places.h"
#include "libcar/cli/runner.h"
#include "libcar/data/syntax.h"
#include "libcar/net/paging.h"
#include "libcar/net/repo_list.h"
#include "libcar/stream/filter.h"

#define RELAY_VARIABLE "ATPIPE_RELAY_URL"

/*
 * Without operands, the program lists the repos of one service, and its lines
 * are those of the list. With operands, each job is a host, and has one result:
 * a `host` line, or an `error` if the list isn't complete. A `cursor` line
 * before a job says where that list continues.
 */

static const char relay[] = "https://relay1.us-west.bsky.network";

/* The state of one job. */
struct own {
	struct repo_list list;
	bool flawed;
	struct status flaw; /* the first one */
};

/* The options, and the state of the run. */
static struct runner this_runner;
static struct {
	const char *service, *resume;
	struct cli_list nsids;
	struct filter collections;
	uint64_t limit;
	bool single; /* no jobs, only -u */
	struct places places;
	bool too_many; /* cursors */
} run = { .service = relay };

static const struct cli_option options[] = {
	CLI_NETWORK_OPTIONS(this_runner.http_options),
	{ 'u', "url", "url", "relay or host (relay1.us-west.bsky.network)",
	    CLI_TEXT(&run.service, NULL), .variable = RELAY_VARIABLE },
	{ 'c', "collection", "nsid",
	    "only repos that have these records, repeatable",
	    CLI_LIST(&run.nsids) },
	{ 0, "resume", "cursor", "continue after this cursor of an earlier run",
	    CLI_TEXT(&run.resume, NULL) },
	{ 'n', "limit", "n", "stop after this number of repos of a host",
	    CLI_NUMBER(&run.limit, NULL, 1, INT64_MAX) },
	{ 0, "retry", NULL, "also take error lines with retry true",
	    CLI_FLAG(&this_runner.retry), .group = CLI_SHARED },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-listrepos",
	.operands = "[file or host ...]",
	.summary = "List the repos of a relay or of hosts.",
	.options = options,
	.progress = true,
	.network = true,
};

/* Callbacks of the list */

static void
ready(struct repo_list *list)
{
	struct task *task = list->ctx;

	if (run.single)
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
	struct stream_error e = {
		.program = slice_of(cli.name),
		.input = slice_of(list->host),
		.host = slice_of(list->host),
		.at = cli_now(),
	};

	this_runner.failed++;
	stream_write_error(list->out, &e, why, NULL);
}

static void
flawed(struct repo_list *list, const struct status *why)
{
	struct task *task = list->ctx;
	struct own *own = task->own;

	/* The first one is the result of a job, unless the list fails. */
	if (run.single || own->flawed)
		say(why);
	if (run.single)
		write_flaw(list, why);
	if (!own->flawed)
		own->flaw = *why;
	own->flawed = true;
}

static void
end(struct task *task)
{
	struct own *own = task->own;
	struct stream_host host = {
		.repos = stream_number((int64_t)own->list.repos),
	};

	if (run.single)
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
	struct own *own = task->own;

	/* The job itself counts as one. */
	if (run.single)
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
	return run.single ?
	    run.resume :
	    places_get(&run.places, list->host, method, collection);
}

/* Callbacks of the runner */

static void
start(struct task *task)
{
	struct own *own = task->own;
	struct repo_list *list = &own->list;

	list->host = task->pds;
	list->collections = &run.collections;
	list->limit = run.limit;
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
static bool
see(struct runner *runner, struct job *job)
{
	struct status st;
	int taken = places_take(&run.places, job, &st);

	if (taken == -1 && status_fatal(st.code))
		runner_fatal(runner, &st);
	if (taken == -1 && !run.too_many)
		cli_warn("%s; others are ignored", st.msg);
	run.too_many |= taken == -1;
	return taken != 0;
}

static void
free_own(struct task *task)
{
	struct own *own = task->own;

	repo_list_free(&own->list);
}

/* The command line */

static void
add_collections(void)
{
	struct status st;
	const char *nsid;
	size_t i;

	for (i = 0; i < run.nsids.count; i++) {
		nsid = run.nsids.items[i];
		if (!syntax_is_nsid(nsid, strlen(nsid)))
			cli_usage("-c: '%s' isn't an NSID such as "
				  "app.bsky.feed.post",
			    nsid);
		if (filter_add(&run.collections, nsid, &st) == -1)
			cli_fatal(&st);
	}
}

/* An empty cursor means the start of the list. */
static void
check_resume(void)
{
	struct paging pages = { .fresh = 0 };
	struct status st;

	if (run.resume == NULL || run.resume[0] == '\0')
		run.resume = NULL;
	else if (paging_resume(&pages, run.resume, strlen(run.resume), &st) ==
	    -1)
		cli_fatal(&st);
	paging_free(&pages);
	if (run.resume != NULL && run.collections.count > 1)
		cli_usage("--resume allows at most one -c");
	if (run.resume != NULL && !run.single)
		cli_usage(
		    "--resume allows no operands; give them cursor lines");
}

/* Was -u given, and not only the environment variable? */
static bool
has_url(void)
{
	return run.service != relay &&
	    run.service != cli_env(RELAY_VARIABLE, NULL);
}

/* Without operands, the service of -u is the only one. */
static char **
read_options(int argc, char **argv)
{
	static char *service[2];
	char **operands = cli_begin(&cli, argc, argv);

	run.single = *operands == NULL;
	add_collections();
	check_resume();
	if (!run.single && has_url())
		cli_usage("-u allows no operands");
	if (!run.single)
		return operands;
	service[0] = (char *)cli_network_origin(&this_runner.http_options,
	    RELAY_VARIABLE, run.service);
	this_runner.total = run.limit;
	return service;
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct own),
		.takes_hosts = true,
		.start = start,
		.see = see,
		.free = free_own,
	};
	int status;

	runner_init(&this_runner, &program, 50, 1, 50);
	status = runner_run(&this_runner, read_options(argc, argv));
	places_free(&run.places);
	filter_free(&run.collections);
	cli_list_free(&run.nsids);
	return status;
}
