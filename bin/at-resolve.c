/* at-resolve: find the host, handle and key of DIDs and handles. */
#include "config.h"

#include "libcar/cli/runner.h"
#include "libcar/cli/task_from.h"
#include "libcar/db/plc.h"

#define WAIT_MS 60000 /* for processes that write to the database */

static struct runner this_runner;
static bool check_handles;
static const char *from; /* the name of the database */
static struct db *db;
static bool db_held; /* look-ups have begun */

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	{ 0, "check-handles", NULL,
	    "check that handles lead back to their DIDs",
	    CLI_FLAG(&check_handles) },
	{ 0, "from", "database", "answer from a database of at-load",
	    CLI_TEXT(&from, NULL) },
	{ 0, "offline", NULL, "use only the cache",
	    CLI_FLAG(&this_runner.resolve_options.offline) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-resolve",
	.operands = "[file or account ...]",
	.summary = "Find the host, handle and key of accounts.",
	.options = options,
	.progress = true,
	.network = true,
};

static void
resolved(struct task *task, struct status *why)
{
	if (why != NULL)
		task_fail(task, why);
	else
		task_end_identity(task);
}

static void
hold(struct runner *runner, bool on)
{
	struct status st;

	if (db == NULL || db_held == on)
		return;
	if ((on ? db_plc_begin(db, &st) : db_plc_end(db, &st)) == -1)
		runner_fatal(runner, &st);
	db_held = on;
}

static void
release(struct runner *runner)
{
	hold(runner, false);
}

static void
start(struct task *task)
{
	if (job_is(&task->job, "plc"))
		task_end_plc(task);
	else if (db != NULL) {
		hold(task->runner, true);
		task_end_from(task, db);
	} else
		task_resolve(task, false, check_handles, resolved);
}

static void
open_database(void)
{
	struct status st;

	if (check_handles)
		cli_usage("--check-handles needs the network, without --from");
	if (db_open_read(&db, from, WAIT_MS, &st) == -1)
		cli_fatal(&st);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.copies_identity = true,
		.takes_plc = true,
		.start = start,
		.pause = release,
	};
	const struct resolve_options *o = &this_runner.resolve_options;
	char **operands;
	int status;

	runner_init(&this_runner, &program, 20, 10, 20);
	operands = cli_begin(&cli, argc, argv);
	if (o->offline && o->cache == NULL)
		cli_usage("--offline needs a --cache");
	if (from != NULL)
		open_database();
	status = runner_run(&this_runner, operands);
	if (db != NULL)
		db_close(db);
	return status;
}
