/* at-fetchrepo: download repos as CARs, verify them and archive them. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "libcar/cli/directory.h"
#include "libcar/cli/runner.h"
#include "libcar/cli/task_fetch.h"
#include "libcar/repo/car_file.h"
#include "libcar/store/fetch.h"

/*
 * The program checks the options and starts the runner. task_fetch.h decides
 * for each job what to ask the host for.
 */

#define MIN_SIZE 1024 /* a smaller limit surely lacks its unit */
#define ZSTD_LEVEL 3  /* of --zstd without a number */

/* The options. */
static struct task_fetch_options want = {
	.fetch = { .fd = 1, .max_size = CAR_FILE_MAX_BYTES },
};
static struct runner this_runner;
static struct {
	const char *output, *dictionary;
	unsigned level;
	bool refresh; /* accepted, and has no effect */
	uint64_t jobs;
} run = { .level = ARCHIVE_PLAIN };

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	RUNNER_FROM(this_runner),
	{ 'd', "directory", "dir", "the archive",
	    CLI_TEXT(&want.fetch.archive.dir, NULL) },
	{ 'o', "output", "-", "write one repo's CAR to standard output",
	    CLI_TEXT(&run.output, NULL) },
	CLI_EXCLUDE(this_runner.exclude),
	{ 0, "keep", "n", "keep the last n revs of each account",
	    CLI_COUNT(&want.fetch.archive.keep, NULL, 1, ARCHIVE_MAX_KEEP),
	    .group = CLI_RARE },
	{ 0, "max-size", "size", "maximum size of a CAR (4G)",
	    CLI_SIZE(&want.fetch.max_size, NULL, MIN_SIZE,
		CAR_FILE_MAX_BYTES) },
	{ 0, "zstd", "[level]", "compress the files (level 3, maximum 19)",
	    CLI_COUNT(&run.level, NULL, 1, ARCHIVE_MAX_LEVEL), .bare = "3" },
	{ 0, "archived-is-enough", NULL,
	    "don't ask for a later rev than archived",
	    CLI_FLAG(&want.archived_is_enough) },
	{ 0, "full", NULL, "always fetch whole repos, not differences",
	    CLI_FLAG(&want.fetch.full), .group = CLI_RARE },
	{ 0, "dictionary", "file", "compress with a zstd dictionary",
	    CLI_TEXT(&run.dictionary, NULL), .group = CLI_RARE },
	{ 0, "refresh", NULL, "does nothing", CLI_FLAG(&run.refresh),
	    .group = CLI_HIDDEN },
	{ 0, "allow-rollback", NULL, "also replace a CAR by an older one",
	    CLI_FLAG(&want.fetch.archive.rollback), .group = CLI_RARE },
	{ 0, "no-verify", NULL, "don't verify downloads",
	    CLI_FLAG(&want.fetch.no_verify), .group = CLI_RARE },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-fetchrepo",
	.operands = "[file or account ...]",
	.summary = "Download repos as CAR files into an archive.",
	.options = options,
	.progress = true,
	.network = true,
};

static void
start(struct task *task)
{
	struct status st;

	if (want.fetch.archive.dir == NULL && ++run.jobs > 1) {
		status_set(&st, STATUS_SYSTEM, 0,
		    "-o takes one repo, but there is another job");
		runner_fatal(task->runner, &st);
	}
	task_fetch_start(task);
}

static void
check_options(void)
{
	const char *output = run.output;

	if (output != NULL && strcmp(output, "-") != 0)
		cli_usage("-o: '%s' isn't -; for a file use -o - >file",
		    output);
	if ((output != NULL) == (want.fetch.archive.dir != NULL))
		cli_usage("want either -d or -o -");
	if (want.fetch.archive.dir != NULL)
		cli_directory_check(want.fetch.archive.dir);
	if (output != NULL && run.level != ARCHIVE_PLAIN)
		cli_usage("--zstd needs -d");
	if (output != NULL && want.fetch.archive.keep > 0)
		cli_usage("--keep needs -d");
	want.fetch.archive.level = (int)run.level;
	if (output != NULL)
		this_runner.out.fd = 2;
}

/* A dictionary compresses at the level of --zstd, which it implies. */
static void
open_dictionary(void)
{
	static struct dictionary dictionary;
	struct archive *archive = &want.fetch.archive;
	struct status st;

	if (run.dictionary == NULL)
		return;
	if (archive->dir == NULL)
		cli_usage("--dictionary needs -d");
	if (archive->level == ARCHIVE_PLAIN)
		archive->level = ZSTD_LEVEL;
	if (dictionary_open(&dictionary, run.dictionary, archive->level, &st) ==
		-1 ||
	    dictionary_keep(&dictionary, archive->dir, &st) == -1)
		cli_usage("--dictionary: %s", st.msg);
	archive->dictionary = &dictionary;
}

/* Read --exclude, and remove the CARs of those accounts from the archive. */
static void
exclude(void)
{
	const char *dir = want.fetch.archive.dir;
	struct status st;

	cli_exclude_read(&this_runner.excluded, this_runner.exclude);
	if (dir != NULL &&
	    archive_exclude(dir, &this_runner.excluded, &st) == -1)
		cli_fatal(&st);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct fetch),
		.takes_turns = true,
		.works = true,
		.start = start,
		.ask = task_fetch_ask,
		.free = task_fetch_free,
	};
	char **operands;
	int status;

	want.fetch.archive.tmp = cli_tmpdir();
	runner_init(&this_runner, &program, 50, 4, 10);
	this_runner.ctx = &want;
	operands = cli_begin(&cli, argc, argv);
	check_options();
	open_dictionary();
	exclude();
	status = runner_run(&this_runner, operands);
	excluded_free(&this_runner.excluded);
	if (cli_verbose)
		cli_warn("%llu fetched, %llu already archived, %llu failed",
		    (unsigned long long)want.fetched,
		    (unsigned long long)want.kept,
		    (unsigned long long)this_runner.failed);
	return status;
}
