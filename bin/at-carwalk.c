/* at-carwalk: verify repos in CARs and write their records as NDJSON. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/keys.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/repo.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/job.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"

enum { COLLECTION, KEY, REQUIRE_SIGNATURE, SALVAGE, PARTIAL };

static const struct cli_option options[] = {
	[COLLECTION] = { 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable" },
	[KEY] = { 'k', "key", "key",
	    "check signatures: did:key, or identity lines" },
	[REQUIRE_SIGNATURE] = { 0, "require-signature", NULL,
	    "a repo whose key isn't known is an error" },
	[SALVAGE] = { 0, "salvage", NULL,
	    "of a damaged repo give what still verifies" },
	[PARTIAL] = { 0, "partial", NULL,
	    "a slice or a proof: absent blocks are no error" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "at-carwalk",
	.operands = "[file ...]",
	.summary = "Verify repos in CAR files and write their records as "
		   "NDJSON.",
	.options = options,
	.progress = true,
};

/* What the command line asks for, and how far the run is. */
struct run {
	struct filter filter;
	bool require_signature, salvage, partial;
	struct keyring keys; /* of -k */
	struct emit emit;
	struct ndjson_out out;
	uint64_t done, failed, total, bytes, records, lines;
	const struct source *source; /* that is walked */
	struct key key;              /* of its job */
	struct car_file *archive;
	bool record_errors;
};

/* One repo: where it comes from, and what becomes of it. */
struct source {
	const struct job *job; /* a line, or none */
	const char *path;      /* of the CAR, for messages */
	const char *input;     /* the operand, for its error line */
	int fd;
	const void *head; /* read from fd before */
	size_t head_len;
};

static void
finish_line(struct run *run)
{
	struct status st;

	if (ndjson_out_line(&run->out, &st) == -1)
		cli_fatal(&st);
}

static void
say_read(void *ctx, uint64_t end)
{
	const struct run *run = ctx;

	cli_progress_update(run->done, run->failed, run->total,
	    run->bytes + end);
}

static void
count_key(void *ctx, const uint8_t *key, size_t len)
{
	struct run *run = ctx;

	emit_count(&run->emit, key, len);
}

static bool
want_key(void *ctx, const uint8_t *key, size_t len)
{
	struct run *run = ctx;

	return emit_wants(&run->emit, key, len);
}

static int
give_record(void *ctx, const struct repo_record *r, struct status *st)
{
	struct run *run = ctx;
	uint64_t errors = run->emit.errors;

	if (emit_record(&run->emit, &run->out.buf, r, st) == -1)
		return -1;
	if (cli_verbose && run->emit.errors > errors)
		cli_warn("%s: %.*s: %s", run->source->path, (int)r->key_len,
		    (const char *)r->key, st->msg);
	cli_progress_records(++run->records);
	return ndjson_out_line(&run->out, st);
}

/* The key that the commit has to be signed with. */
static int
find_key(void *ctx, const struct commit *c, const struct key **key,
    struct status *st)
{
	struct run *run = ctx;
	const struct job *job = run->source->job;

	if (job == NULL || job->key.at == NULL) {
		*key = keyring_find(&run->keys, c->did, c->did_len);
		return 0;
	}
	if (key_parse(&run->key, job->key.at, job->key.len, st) == -1)
		return status_prefix(st, "the job's key: ");
	*key = &run->key;
	return 0;
}

/* The commit and its records; and the end, unless it is damaged. */
static int
write_repo(struct run *run, struct repo *repo, struct status *st)
{
	bool part = run->partial || repo->damaged;
	struct stream_number lost = { part, (int64_t)repo->lost };

	if (emit_commit(&run->emit, &run->out.buf, repo, repo->verified, lost,
		part ? "part" : "car", st) == -1)
		return -1;
	finish_line(run);
	if (repo_walk(repo, want_key, give_record, run, st) == -1)
		return -1;
	run->record_errors |= run->emit.errors > 0;
	if (repo->damaged) {
		*st = repo->why;
		return -1;
	}
	if (car_file_changed(run->archive))
		return status_set(st, STATUS_UNREADABLE, 0,
		    "the file was changed while it was read");
	if (emit_end(&run->emit, &run->out.buf, lost, st) == -1)
		return -1;
	finish_line(run);
	return 0;
}

static int
walk_repo(struct run *run, const struct source *s, struct repo *repo,
    struct car_input *in, struct status *st)
{
	struct repo_want want = {
		.now = run->emit.now,
		.partial = run->partial,
		.salvage = run->salvage,
		.find_signer = find_key,
		.need_signer = run->require_signature,
		.block = say_read,
		.key = count_key,
		.ctx = run,
	};

	if (s->job != NULL) {
		want.did = s->job->did.at;
		want.did_len = s->job->did.len;
	}
	if (repo_open(repo, in, &want, st) == -1 ||
	    repo_check(repo, &want, st) == -1)
		return -1;
	return write_repo(run, repo, st);
}

static void
write_error(struct run *run, const struct source *s, const struct repo *repo,
    const struct status *why)
{
	struct job_error e = {
		.program = cli.name,
		.input = s->input,
		.status = why,
		.now = run->emit.now,
		.lost = repo->damaged ? &repo->lost : NULL,
		.job = s->job,
	};

	if (repo->commit.did != NULL) {
		e.did.at = repo->commit.did;
		e.did.len = repo->commit.did_len;
	}
	if (repo->commit.did != NULL && why->code != STATUS_WRONG_DID) {
		e.rev.at = repo->commit.rev;
		e.rev.len = repo->commit.rev_len;
	}
	if (s->job != NULL && s->job->did.at != NULL)
		e.did = s->job->did;
	job_write_error(&run->out.buf, &e);
	finish_line(run);
}

static void
fail(struct run *run, const struct source *s, const struct repo *repo,
    const struct status *why)
{
	struct status ignored;

	if (status_fatal(why->code)) {
		ndjson_out_flush(&run->out, &ignored);
		cli_warn("%s: %s", s->path, why->msg);
		exit(why->code == STATUS_AGAIN ? CLI_AGAIN : CLI_FATAL);
	}
	if (!cli_quiet)
		cli_warn("%s: %s", s->path, why->msg);
	run->failed++;
	write_error(run, s, repo, why);
}

/* One repo to its one result. */
static void
walk_source(struct run *run, const struct source *s)
{
	struct repo repo = { .lost = 0 };
	struct car_file *archive;
	struct status st;

	emit_begin(&run->emit, cli.name, &run->filter, cli_now());
	run->source = s;
	archive = car_file_open(s->fd, s->head, s->head_len,
	    cli_env("TMPDIR", "/tmp"), &st);
	run->archive = archive;
	if (archive == NULL ||
	    walk_repo(run, s, &repo, car_file_input(archive), &st) == -1)
		fail(run, s, &repo, &st);
	if (archive != NULL)
		run->bytes += car_file_input(archive)->len;
	repo_free(&repo);
	car_file_close(archive);
	cli_progress_update(++run->done, run->failed, run->total, run->bytes);
}

/* There is nothing to walk at all. */
static void
fail_unread(struct run *run, const struct source *s, const struct status *why)
{
	static const struct repo none;

	emit_begin(&run->emit, cli.name, &run->filter, cli_now());
	fail(run, s, &none, why);
	cli_progress_update(++run->done, run->failed, run->total, run->bytes);
}

/* The CAR that a line names. */
static void
walk_path(struct run *run, struct source *s)
{
	struct status st;

	if ((s->fd = cli_open(s->path, true, &st)) == -1) {
		fail_unread(run, s, &st);
		return;
	}
	walk_source(run, s);
	close(s->fd);
}

/* A `repo` line with a `car`: the line itself, then the CAR's. */
static void
walk_line(struct run *run, struct job *job, const char *line, size_t len)
{
	struct source s = { .job = job };
	struct status st;
	char *path;

	buf_put(&run->out.buf, line, len);
	buf_putc(&run->out.buf, '\n');
	finish_line(run);
	if (job_parse(job, line, len, &st) == -1) {
		if (status_fatal(st.code))
			cli_fatal(&st);
		return;
	}
	if (!job_is(job, "repo") || (job->car.at == NULL && !job->malformed))
		return;
	if (job->malformed || memchr(job->car.at, '\0', job->car.len) != NULL) {
		s.path = "-";
		status_set(&st, STATUS_BAD_LINE, 0,
		    "line %llu: did, car or key is wrong",
		    (unsigned long long)run->lines);
		fail_unread(run, &s, &st);
		return;
	}
	if ((path = strndup(job->car.at, job->car.len)) == NULL) {
		status_errno(&st, "no memory");
		cli_fatal(&st);
	}
	s.path = path;
	walk_path(run, &s);
	free(path);
}

static void
walk_lines(struct run *run, struct ndjson_in *in)
{
	struct source s = { .path = "-", .input = "-" };
	struct job job = { .malformed = false };
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
			cli_fatal(&st);
		status_prefix(&st,
		    "line %llu: ", (unsigned long long)in->lines);
		fail_unread(run, &s, &st);
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
		cli_fatal(&st);
	if (ndjson_is(in.buf.data, in.buf.len))
		walk_lines(run, &in);
	else {
		s.head = in.buf.data;
		s.head_len = in.buf.len;
		walk_source(run, &s);
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
		if (got == -1)
			fail_unread(run, &s, &st);
		else if (s.fd == STDIN_FILENO)
			walk_stdin(run);
		else
			walk_source(run, &s);
	}
}

static void
read_options(struct run *run, int argc, char **argv)
{
	struct status st;
	int option;

	while ((option = cli_next(&cli, argc, argv)) != -1)
		switch (option) {
		case COLLECTION:
			if (filter_add(&run->filter, optarg, &st) == -1)
				cli_usage("-c: %s", st.msg);
			break;
		case KEY:
			if (keys_add(&run->keys, optarg, &st) == -1)
				cli_usage("-k %s: %s", optarg, st.msg);
			break;
		case REQUIRE_SIGNATURE:
			run->require_signature = true;
			break;
		case SALVAGE:
			run->salvage = true;
			break;
		case PARTIAL:
			run->partial = true;
			break;
		}
}

int
main(int argc, char **argv)
{
	struct run run = { .out = { .fd = 1 } };
	struct cli_inputs inputs;
	struct status st;

	read_options(&run, argc, argv);
	cli_inputs_begin(&inputs, &cli, argv + optind);
	run.total = inputs.count;
	walk_inputs(&run, &inputs);
	if (ndjson_out_flush(&run.out, &st) == -1)
		cli_fatal(&st);
	cli_progress_end(run.done, run.failed, run.total, run.bytes);
	emit_free(&run.emit);
	keyring_free(&run.keys);
	filter_free(&run.filter);
	buf_free(&run.out.buf);
	return run.failed > 0 || run.record_errors ? CLI_FAILED : CLI_DONE;
}
