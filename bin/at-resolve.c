/* at-resolve: who DIDs and handles are, and where their repos lie. */
#include "config.h"

#include <getopt.h>

#include "libcar/cli/runner.h"
#include "libcar/stream/rfc3339.h"

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
write_text(struct json_writer *w, const char *key, const char *text)
{
	json_write_member(w, key, text[0] != '\0' ? text : NULL);
}

static void
resolved(struct task *task, struct status *why)
{
	static const char *const handle_status[] = {
		[RESOLVE_UNCHECKED] = "unchecked",
		[RESOLVE_VALID] = "valid",
		[RESOLVE_INVALID] = "invalid",
	};
	const struct resolve_query *q = task->query;
	char at[RFC3339_BYTES];
	struct json_writer w;

	if (why != NULL) {
		task_fail(task, why);
		return;
	}
	task_result(task, &w, "identity");
	write_text(&w, "handle", q->doc.handle);
	json_write_member(&w, "handleStatus", handle_status[q->handle]);
	write_text(&w, "pds", q->doc.pds);
	write_text(&w, "key", q->doc.key);
	rfc3339_format(at, q->at_ms * 1000);
	json_write_member(&w, "at", at);
	if (q->stale) {
		json_write_key(&w, "stale");
		json_write_bool(&w, true);
	}
	task_result_close(task, &w);
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
