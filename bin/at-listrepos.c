/* at-listrepos: list the repos of a relay or of many hosts, page by page. */
#include "config.h"

#include <string.h>

#include "libcar/cli/environment.h"
#include "libcar/cli/runner.h"
#include "libcar/cli/task_repos.h"
#include "libcar/data/syntax.h"
#include "libcar/net/paging.h"

#define RELAY_VARIABLE "ATPIPE_RELAY_URL"

/*
 * Without operands, the program lists the repos of one service, and its lines
 * are those of the list. With operands, each job is a host, and has one result:
 * a `host` line, or an `error` if the list isn't complete. A `cursor` line
 * before a job says where that list continues.
 */

static const char relay[] = "https://relay1.us-west.bsky.network";

/* The options, and the state of the run. */
static struct runner this_runner;
static struct {
	const char *service;
	struct cli_list nsids;
	struct task_repos_options list;
} run = { .service = relay };

static const struct cli_option options[] = {
	CLI_NETWORK_OPTIONS(this_runner.http_options),
	{ 'u', "url", "url", "relay or host (relay1.us-west.bsky.network)",
	    CLI_TEXT(&run.service, NULL), .variable = RELAY_VARIABLE },
	{ 'c', "collection", "nsid",
	    "only repos that have these records, repeatable",
	    CLI_LIST(&run.nsids) },
	{ 0, "resume", "cursor", "continue after this cursor of an earlier run",
	    CLI_TEXT(&run.list.resume, NULL) },
	{ 'n', "limit", "n", "stop after this number of repos of a host",
	    CLI_NUMBER(&run.list.limit, NULL, 1, INT64_MAX) },
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
		if (filter_add(&run.list.collections, nsid, &st) == -1)
			cli_fatal(&st);
	}
}

/* An empty cursor means the start of the list. */
static void
check_resume(void)
{
	struct paging pages = { .fresh = 0 };
	struct status st;

	if (run.list.resume == NULL || run.list.resume[0] == '\0')
		run.list.resume = NULL;
	else if (paging_resume(&pages, run.list.resume, strlen(run.list.resume),
		     &st) == -1)
		cli_fatal(&st);
	paging_free(&pages);
	if (run.list.resume != NULL && run.list.collections.count > 1)
		cli_usage("--resume allows at most one -c");
	if (run.list.resume != NULL && !run.list.single)
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
	static char origin[DIDDOC_ORIGIN_BYTES], *service[2];
	char **operands = cli_begin(&cli, argc, argv);

	run.list.single = *operands == NULL;
	add_collections();
	check_resume();
	if (!run.list.single && has_url())
		cli_usage("-u allows no operands");
	if (!run.list.single)
		return operands;
	service[0] = cli_network_origin(origin, &this_runner.http_options, "-u",
	    RELAY_VARIABLE, run.service);
	this_runner.total = run.list.limit;
	return service;
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct task_repos),
		.takes_hosts = true,
		.start = task_repos_start,
		.see = task_repos_see,
		.free = task_repos_free,
	};
	int status;

	runner_init(&this_runner, &program, 50, 1, 50);
	this_runner.ctx = &run.list;
	status = runner_run(&this_runner, read_options(argc, argv));
	places_free(&run.list.places);
	filter_free(&run.list.collections);
	cli_list_free(&run.nsids);
	return status;
}
