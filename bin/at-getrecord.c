/* at-getrecord: get single records with the proof that they are in the repo. */
#include "config.h"

#include "libcar/cli/runner.h"
#include "libcar/cli/task_record.h"

/*
 * Each job is a record. task_record.h asks its host and checks the proof.
 */

static struct runner this_runner;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	RUNNER_FROM(this_runner),
	CLI_EXCLUDE(this_runner.exclude),
	{ 0 },
};

static const struct cli cli = {
	.name = "at-getrecord",
	.operands = "[file or URI ...]",
	.summary = "Get single records, and verify that they are in the repo.",
	.options = options,
	.progress = true,
	.network = true,
};

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct task_record),
		.takes_turns = true,
		.is_job = task_record_is_job,
		.start = task_record_start,
		.ask = task_record_ask,
		.fail = task_record_fail,
		.free = task_record_free,
	};
	char **operands;
	int status;

	runner_init(&this_runner, &program, 50, 4, 10);
	operands = cli_begin(&cli, argc, argv);
	cli_exclude_read(&this_runner.excluded, this_runner.exclude);
	status = runner_run(&this_runner, operands);
	excluded_free(&this_runner.excluded);
	return status;
}
