/* at-carwalk: verify repos in CARs and write their records as NDJSON. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/unmatched.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/car_guess.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/job.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/walk.h"

/* Where a repo comes from. */
struct source {
	const struct job *job; /* a line, or none */
	const char *path;      /* of the CAR, for messages */
	const char *input;     /* the operand, for its error line */
	int fd;
	const void *head; /* read from fd before */
	size_t head_len;
};

/* What the command line asks for, and how far the run is. */
struct run {
	struct filter filter;
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	const char *base;           /* of relative names of jobs; or NULL */
	struct walk walk;
	struct ndjson_out out;
	const struct source *source; /* that is walked */
	uint64_t done, failed, total, bytes, records, lines;
};

static void
say_block(void *ctx, uint64_t end)
{
	const struct run *run = ctx;

	cli_progress_update(run->done, run->failed, run->total,
	    run->bytes + end);
}

static void
say_record(void *ctx, const struct repo_record *r, const struct status *why)
{
	struct run *run = ctx;

	if (cli_verbose && why != NULL)
		cli_warn("%s: %.*s: %s", run->source->path, (int)r->key_len,
		    (const char *)r->key, why->msg);
	cli_progress_records(++run->records);
}

static struct run this_run = {
	.walk = {
		.program = "at-carwalk",
		.filter = &this_run.filter,
		.keys = &this_run.keys,
		.out = &this_run.out,
		.block = say_block,
		.record = say_record,
		.ctx = &this_run,
	},
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 'k', "key", "key", "check signatures: did:key, or identity lines",
	    CLI_LIST(&this_run.keys_given) },
	{ 'C', "base", "dir", "directory for relative `car` names of jobs",
	    CLI_TEXT(&this_run.base, NULL) },
	{ 0, "require-signature", NULL,
	    "a repo whose key isn't known is an error",
	    CLI_FLAG(&this_run.walk.require_signature) },
	{ 0, "salvage", NULL, "write what still verifies of a damaged repo",
	    CLI_FLAG(&this_run.walk.salvage) },
	{ 0, "partial", NULL, "a slice or a proof: blocks may be missing",
	    CLI_FLAG(&this_run.walk.partial) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-carwalk",
	.operands = "[file or directory ...]",
	.summary = "Verify repos in CAR files and write their records as "
		   "NDJSON.",
	.options = options,
	.progress = true,
};

static void
fail(struct run *run, const struct status *why)
{
	struct status st = *why;

	if (status_fatal(why->code)) {
		status_prefix(&st, "%s: ", run->source->path);
		cli_output_fatal(&run->out, &st);
	}
	if (!cli_quiet)
		cli_warn("%s: %s", run->source->path, why->msg);
	run->failed++;
	walk_error(&run->walk, run->source->input, why);
}

/* One source to its one result. `unread` says why there is nothing to walk; it
 * is NULL if there is. */
static void
walk_source(struct run *run, const struct source *s,
    const struct status *unread)
{
	struct car_file *file = NULL;
	struct status st;

	run->source = s;
	walk_begin(&run->walk, s->job, cli_now());
	if (unread != NULL)
		fail(run, unread);
	else if ((file = car_file_open(s->fd, s->head, s->head_len,
		      cli_tmpdir(), &st)) == NULL ||
	    walk_repo(&run->walk, file, &st) == -1)
		fail(run, &st);
	cli_output_line(&run->out);
	if (file != NULL)
		run->bytes += car_file_input(file)->len;
	walk_end(&run->walk);
	car_file_close(file);
	cli_progress_update(++run->done, run->failed, run->total, run->bytes);
}

/* A file whose name somebody else chose. */
static void
walk_file(struct run *run, struct source *s)
{
	struct status st;

	s->fd = cli_open(s->path, true, &st);
	walk_source(run, s, s->fd == -1 ? &st : NULL);
	if (s->fd != -1)
		close(s->fd);
}

/* The CAR that a `repo` line names. */
static void
walk_job(struct run *run, const struct job *job)
{
	struct source s = { .job = job };
	const struct slice *car = &job->car;
	bool below = run->base != NULL && (car->len == 0 || car->at[0] != '/');
	struct status st;
	char *path;

	if (asprintf(&path, "%s%s%.*s", below ? run->base : "",
		below ? "/" : "", (int)car->len, car->at) == -1) {
		status_no_memory(&st);
		cli_output_fatal(&run->out, &st);
	}
	s.path = path;
	walk_file(run, &s);
	free(path);
}

static void
walk_found(struct run *run, const char *path, enum cli_directory_found found,
    struct status *st)
{
	struct source s = { .path = path, .input = path };

	if (found == CLI_DIRECTORY_FAILED)
		cli_output_fatal(&run->out, st);
	if (found == CLI_DIRECTORY_FILE)
		walk_file(run, &s);
	else if (found == CLI_DIRECTORY_CLOSED)
		walk_source(run, &s, st);
	else if (!cli_quiet)
		cli_warn("%s: skipped: not a regular file", path);
}

/* The CARs in a directory, such as an archive. */
static void
walk_directory(struct run *run, const char *name)
{
	static const char *const endings[] = { ".car", ".car.zst", NULL };
	struct cli_directory dir = { .endings = endings };
	enum cli_directory_found found;
	uint64_t before = run->done;
	struct status st;

	run->total = 0; /* nobody knows */
	if (cli_directory_begin(&dir, name, &st) == -1)
		cli_output_fatal(&run->out, &st);
	while ((found = cli_directory_next(&dir, &st)) != CLI_DIRECTORY_END)
		walk_found(run, dir.path, found, &st);
	if (run->done == before && !cli_quiet)
		cli_warn("%s: no *.car or *.car.zst files there", name);
	cli_directory_free(&dir);
}

/* A line that isn't what at-ndjson(5) says has no CAR. */
static void
fail_line(struct run *run, const struct job *job, struct status *why)
{
	struct source s = { .job = job, .path = "-" };
	char place[32];

	if (status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	snprintf(place, sizeof(place), "line %llu",
	    (unsigned long long)run->lines);
	status_prefix(why, "%s: ", place);
	s.input = place;
	walk_source(run, &s, why);
}

/* Is it what a host says in place of a CAR, as `curl ... | at-carwalk` gets
 * it? */
static bool
is_host_error(const struct run *run, struct job *job)
{
	return run->lines == 1 && job->type.at == NULL && job->did.at == NULL &&
	    job_get(job, "error").at != NULL;
}

/* The line itself, then what its CAR holds. A line that no program could take
 * isn't copied: its error takes its place. */
static void
walk_line(struct run *run, struct job *job, const char *line, size_t len)
{
	struct status why;

	if (job_is_for_none(job, line, len, &why)) {
		fail_line(run, job, &why);
		return;
	}
	if (is_host_error(run, job)) {
		car_guess((const uint8_t *)line, len, &why);
		fail_line(run, job, &why);
		return;
	}
	cli_output_copy(&run->out, line, len);
	if (!job_is(job, "repo"))
		return;
	if (job_check(job, &why) == -1)
		fail_line(run, job, &why);
	else if (job->car.at != NULL)
		walk_job(run, job);
}

static void
walk_lines(struct run *run, struct ndjson_in *in)
{
	struct source s = { .path = "-", .input = "-" };
	struct job job = { .type_wrong = false };
	struct status st;
	const char *line;
	size_t len;
	int n;

	run->total = 0; /* nobody knows */
	while ((n = ndjson_in_line(in, &line, &len, &st)) != 0) {
		if (n == 1) {
			run->lines = in->lines;
			walk_line(run, &job, line, len);
			continue;
		}
		if (st.code != STATUS_TOO_LARGE)
			cli_output_fatal(&run->out, &st);
		status_prefix(&st,
		    "line %llu: ", (unsigned long long)in->lines);
		walk_source(run, &s, &st);
	}
	job_free(&job);
}

static void
walk_stdin(struct run *run)
{
	struct ndjson_in in = { .fd = 0, .out = &run->out };
	struct source s = { .path = "-", .input = "-", .fd = 0 };
	struct status st;

	if (ndjson_in_peek(&in, CAR_FILE_SNIFF_BYTES, &st) == -1)
		cli_output_fatal(&run->out, &st);
	if (ndjson_is(in.buf.data, in.buf.len))
		walk_lines(run, &in);
	else {
		s.head = in.buf.data;
		s.head_len = in.buf.len;
		walk_source(run, &s, NULL);
	}
	buf_free(&in.buf);
}

static void
walk_inputs(struct run *run, struct cli_inputs *inputs)
{
	struct source s = { .job = NULL };
	struct status st;
	int got;

	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		s.path = s.input = inputs->name;
		s.fd = inputs->fd;
		if (got == 1 && s.fd == STDIN_FILENO)
			walk_stdin(run);
		else if (got == -1 && cli_is_directory(inputs->name))
			walk_directory(run, inputs->name);
		else
			walk_source(run, &s, got == -1 ? &st : NULL);
	}
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	struct cli_inputs inputs;
	bool failed;

	if (run->base != NULL && !cli_is_directory(run->base))
		cli_usage("-C: '%s' isn't a directory", run->base);
	cli_keys_read(&run->keys, &run->keys_given);
	cli_inputs_begin(&inputs, &cli, operands);
	run->total = inputs.count;
	walk_inputs(run, &inputs);
	cli_output_flush(&run->out);
	cli_progress_end(run->done, run->failed, run->total, run->bytes);
	/* An unchanged repo may have had them. */
	if (run->walk.looked && !run->walk.unchanged)
		cli_unmatched(&run->filter, "repo");
	failed = run->failed > 0 || run->walk.record_errors;
	walk_free(&run->walk);
	keyring_free(&run->keys);
	cli_list_free(&run->keys_given);
	filter_free(&run->filter);
	buf_free(&run->out.buf);
	return failed ? CLI_FAILED : CLI_DONE;
}
