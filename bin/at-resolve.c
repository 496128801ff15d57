/* at-resolve: who DIDs and handles are, and where their repos lie. */
#include "config.h"

#include <getopt.h>

#include "libcar/cli/runner.h"

enum { CHECK_HANDLES = RUNNER_OPTIONS_END, OFFLINE };

static const struct cli_option options[] = {
	RUNNER_OPTIONS,
	[CHECK_HANDLES] = { 0, "check-handles", NULL,
	    "see whether handles lead back to their DIDs" },
	[OFFLINE] = { 0, "offline", NULL, "answer from the cache alone" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "at-resolve",
	.operands = "[file or did ...]",
	.summary = "Resolve DIDs and handles to hosts, handles and keys.",
	.options = options,
	.own = RUNNER_OPTIONS_END,
	.brief = NETWORK_BRIEF_END,
	.progress = true,
};

static bool check_handles;

static void
resolved(struct task *task, struct status *why)
{
	static const char *const handle_status[] = {
		[RESOLVE_UNCHECKED] = "unchecked",
		[RESOLVE_VALID] = "valid",
		[RESOLVE_INVALID] = "invalid",
	};
	const struct resolve_query *q = task->query;
	struct stream_identity identity = {
		.handle = stream_text(slice_of(q->doc.handle)),
		.handle_status = slice_of(handle_status[q->handle]),
		.pds = stream_text(slice_of(q->doc.pds)),
		.key = stream_text(slice_of(q->doc.key)),
		.at = q->at_ms * 1000,
		.stale = q->stale ? STREAM_TRUE : STREAM_UNKNOWN,
	};

	if (why != NULL)
		task_fail(task, why);
	else
		task_end_identity(task, &identity);
}

static void
start(struct task *task)
{
	task_resolve(task, false, check_handles, resolved);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.copies_identity = true,
		.start = start,
	};
	struct runner runner;
	int option;

	runner_init(&runner, &program, 20, 10, 20);
	while ((option = cli_next(&cli, argc, argv)) != -1) {
		if (option == CHECK_HANDLES)
			check_handles = true;
		else if (option == OFFLINE)
			runner.resolve_options.offline = true;
		else
			runner_option(&runner, option);
	}
	if (runner.resolve_options.offline &&
	    runner.resolve_options.cache == NULL)
		cli_usage("--offline needs a --cache");
	return runner_run(&runner, argv + optind);
}
