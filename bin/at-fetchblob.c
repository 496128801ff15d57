/* at-fetchblob: download the blobs of accounts, and verify them. */
#include "config.h"

#include "libcar/cli/directory.h"
#include "libcar/cli/runner.h"
#include "libcar/cli/task_blobs.h"

/*
 * The program checks the options and starts the runner. task_blobs.h decides
 * for each job which blobs to ask the host for.
 */

#define MIN_SIZE 1024 /* a smaller limit surely lacks its unit */
#define MAX_SIZE (UINT64_C(4) << 30)

/* The options. */
static struct task_blobs_options want;
static struct runner this_runner;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	RUNNER_FROM(this_runner),
	{ 'd', "directory", "dir", "where the files are",
	    CLI_TEXT(&want.fetches.dir, NULL) },
	CLI_EXCLUDE(this_runner.exclude),
	{ 0, "max-size", "size", "maximum size of a blob",
	    CLI_SIZE(&want.fetches.max_size, "100M", MIN_SIZE, MAX_SIZE) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-fetchblob",
	.operands = "[file or account ...]",
	.summary = "Download blobs, such as pictures, into a directory.",
	.options = options,
	.progress = true,
	.network = true,
};

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct task_blobs),
		.takes_turns = true,
		.works = true,
		.copies_records = true,
		.is_job = task_blobs_is_job,
		.start = task_blobs_start,
		.ask = task_blobs_ask,
		.fail = task_blobs_fail,
		.free = task_blobs_free,
	};
	char **operands;
	int status;

	runner_init(&this_runner, &program, 50, 4, 10);
	this_runner.ctx = &want;
	operands = cli_begin(&cli, argc, argv);
	if (want.fetches.dir == NULL)
		cli_usage("want -d");
	cli_directory_check(want.fetches.dir);
	cli_exclude_read(&this_runner.excluded, this_runner.exclude);
	status = runner_run(&this_runner, operands);
	excluded_free(&this_runner.excluded);
	blob_fetches_free(&want.fetches);
	if (cli_verbose)
		cli_warn("%llu fetched, %llu already there, %llu failed",
		    (unsigned long long)want.fetched,
		    (unsigned long long)want.kept,
		    (unsigned long long)want.failed);
	return status;
}
