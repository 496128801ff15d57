/* at-fetchrepo: fetch repos as CARs, verify them, keep them in an archive. */
#include "config.h"

#include <string.h>

#include "libcar/cli/runner.h"
#include "libcar/repo/car_file.h"
#include "libcar/store/fetch.h"
#include "libcar/store/fetch_job.h"

/*
 * For each job the program looks in the archive, asks the host whether it has a
 * later rev, and if so fetches the repo. It doesn't ask if the archive already
 * has the rev that the job names, or if the account isn't archived yet.
 */

/* The options, and the counts for -v. */
static struct runner this_runner;
static struct {
	const char *output;
	unsigned level;
	bool archived_is_enough;
	bool refresh; /* accepted, and without effect */
	struct fetch_options fetch;
	uint64_t jobs, fetched, kept;
} run = {
	.level = ARCHIVE_PLAIN,
	.fetch = { .fd = 1, .max_size = CAR_FILE_MAX_BYTES },
};

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	{ 'd', "directory", "dir", "the archive",
	    CLI_TEXT(&run.fetch.archive.dir, NULL) },
	{ 'o', "output", "-", "write one repo's CAR to standard output",
	    CLI_TEXT(&run.output, NULL) },
	CLI_EXCLUDE(this_runner.exclude),
	{ 0, "max-size", "size", "maximum size of a CAR (4G)",
	    CLI_SIZE(&run.fetch.max_size, NULL, 1, CAR_FILE_MAX_BYTES) },
	{ 0, "zstd", "[level]", "compress the files (level 3, maximum 19)",
	    CLI_COUNT(&run.level, NULL, 1, ARCHIVE_MAX_LEVEL), .bare = "3" },
	{ 0, "archived-is-enough", NULL,
	    "don't ask for a later rev than archived",
	    CLI_FLAG(&run.archived_is_enough) },
	{ 0, "refresh", NULL, "does nothing", CLI_FLAG(&run.refresh),
	    .group = CLI_HIDDEN },
	{ 0, "allow-rollback", NULL, "also replace a CAR by an older one",
	    CLI_FLAG(&run.fetch.archive.rollback), .group = CLI_RARE },
	{ 0, "no-verify", NULL, "don't verify downloads",
	    CLI_FLAG(&run.fetch.no_verify) },
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
free_fetch(struct task *task)
{
	fetch_free(task->own);
}

static void
write_result(struct task *task)
{
	const struct archive_car *car = ((struct fetch *)task->own)->car;
	struct stream_repo repo = {
		.rev = stream_text(slice_of(car->rev)),
		.head = stream_text(slice_of(car->head)),
		.active = task->host_said ? STREAM_TRUE : STREAM_UNKNOWN,
		.car = slice_of(
		    run.fetch.archive.dir != NULL ? car->path : NULL),
		.size = stream_number((int64_t)car->size),
	};

	task_end_repo(task, &repo);
}

static void
keep_archived(struct task *task)
{
	run.kept++;
	write_result(task);
}

/* Look in the archive, then call next. */
static void
look(struct task *task, void (*next)(struct fetch *, struct status *))
{
	struct fetch *fetch = task->own;

	fetch->options = &run.fetch;
	fetch->ctx = task;
	if (run.fetch.archive.dir != NULL && !fetch_job_breaks(&task->job))
		fetch_find(fetch, task->runner->workers, task->did, task->key,
		    next);
	else
		next(fetch, NULL);
}

static bool
is_enough(struct task *task)
{
	return fetch_job_keeps(&task->job, task->own, run.archived_is_enough);
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
	run.fetched++;
	write_result(task);
}

static void
start_fetch(struct task *task)
{
	fetch_repo(task->own, task->runner->http, task->runner->workers,
	    task->pds, task->did, task->key, fetched);
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
		fetch_ask(fetch, task->runner->http, task->pds, task->did,
		    asked);
	else
		start_fetch(task);
}

/* Look again: the key may have become known since the start. */
static void
ask(struct task *task)
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

static void
start(struct task *task)
{
	struct status st;

	if (run.fetch.archive.dir == NULL && ++run.jobs > 1) {
		status_set(&st, STATUS_SYSTEM, 0,
		    "-o takes one repo, but there is another job");
		runner_fatal(task->runner, &st);
	}
	if (task->did != NULL)
		task_recall(task);
	if (task->did != NULL &&
	    fetch_job_may_keep(&task->job, run.archived_is_enough))
		look(task, looked);
	else
		go_on(task);
}

static void
check_options(void)
{
	const char *output = run.output;

	if (output != NULL && strcmp(output, "-") != 0)
		cli_usage("-o %s: want -", output);
	if ((output != NULL) == (run.fetch.archive.dir != NULL))
		cli_usage("want either -d or -o -");
	if (run.fetch.archive.dir != NULL &&
	    !syntax_is_utf8(run.fetch.archive.dir,
		strlen(run.fetch.archive.dir)))
		cli_usage("-d: the name isn't UTF-8, so no line can hold it");
	if (output != NULL && run.level != ARCHIVE_PLAIN)
		cli_usage("--zstd needs -d");
	run.fetch.archive.level = (int)run.level;
	if (output != NULL)
		this_runner.out.fd = 2;
}

/* Read --exclude, and leave no CAR of those accounts in the archive. */
static void
exclude(void)
{
	const char *dir = run.fetch.archive.dir;
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
		.ask = ask,
		.free = free_fetch,
	};
	char **operands;
	int status;

	run.fetch.archive.tmp = cli_tmpdir();
	runner_init(&this_runner, &program, 50, 4, 10);
	operands = cli_begin(&cli, argc, argv);
	check_options();
	exclude();
	status = runner_run(&this_runner, operands);
	excluded_free(&this_runner.excluded);
	if (cli_verbose)
		cli_warn("%llu fetched, %llu as archived, %llu failed",
		    (unsigned long long)run.fetched,
		    (unsigned long long)run.kept,
		    (unsigned long long)this_runner.failed);
	return status;
}
