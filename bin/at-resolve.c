/* at-resolve: find the host, handle and key of DIDs and handles. */
#include "config.h"

#include "libcar/cli/runner.h"

static struct runner this_runner;
static bool check_handles;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	{ 0, "check-handles", NULL,
	    "check that handles lead back to their DIDs",
	    CLI_FLAG(&check_handles) },
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
start(struct task *task)
{
	if (job_is(&task->job, "plc"))
		task_end_plc(task);
	else
		task_resolve(task, false, check_handles, resolved);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.copies_identity = true,
		.takes_plc = true,
		.start = start,
	};
	const struct resolve_options *o = &this_runner.resolve_options;
	char **operands;

	runner_init(&this_runner, &program, 20, 10, 20);
	operands = cli_begin(&cli, argc, argv);
	if (o->offline && o->cache == NULL)
		cli_usage("--offline needs a --cache");
	return runner_run(&this_runner, operands);
}
