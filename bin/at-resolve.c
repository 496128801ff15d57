/* at-resolve: who DIDs and handles are, and where their repos lie. */
#include "config.h"

#include <getopt.h>

#include "libcar/cli/jobs.h"

enum { CHECK_HANDLES = JOBS_OPTIONS_END, OFFLINE };

static const struct cli_option options[] = {
	JOBS_OPTIONS,
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
	.own = JOBS_OPTIONS_END,
	.brief = NET_BRIEF_END,
	.progress = true,
};

static bool check_handles;

static void
write_text(struct json_writer *w, const char *key, const char *text)
{
	json_write_member(w, key, text[0] != '\0' ? text : NULL);
}

static void
resolved(struct jobs_job *job, struct status *why)
{
	static const char *const handle_status[] = {
		[RESOLVE_UNCHECKED] = "unchecked",
		[RESOLVE_VALID] = "valid",
		[RESOLVE_INVALID] = "invalid",
	};
	const struct resolve_query *q = job->query;
	char at[JOB_TIME_BYTES];
	struct json_writer w;

	if (why != NULL) {
		jobs_fail(job, why);
		return;
	}
	jobs_result(job, &w, "identity");
	write_text(&w, "handle", q->doc.handle);
	json_write_member(&w, "handleStatus", handle_status[q->handle]);
	write_text(&w, "pds", q->doc.pds);
	write_text(&w, "key", q->doc.key);
	job_time(at, q->at_ms * 1000);
	json_write_member(&w, "at", at);
	if (q->stale) {
		json_write_key(&w, "stale");
		json_write_bool(&w, true);
	}
	jobs_result_close(job, &w);
}

static void
start(struct jobs_job *job)
{
	jobs_resolve(job, false, check_handles, resolved);
}

int
main(int argc, char **argv)
{
	static const struct jobs_program program = {
		.cli = &cli,
		.copies_identity = true,
		.start = start,
	};
	struct jobs jobs;
	int option;

	jobs_init(&jobs, &program, 20, 10, 20);
	while ((option = cli_next(&cli, argc, argv)) != -1) {
		if (option == CHECK_HANDLES)
			check_handles = true;
		else if (option == OFFLINE)
			jobs.resolve_options.offline = true;
		else
			jobs_option(&jobs, option);
	}
	if (jobs.resolve_options.offline && jobs.resolve_options.cache == NULL)
		cli_usage(&cli, "--offline needs a --cache");
	return jobs_run(&jobs, argc - optind, argv + optind);
}
