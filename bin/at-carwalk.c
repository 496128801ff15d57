/* at-carwalk: verify repos in CARs and write their records as NDJSON. */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/car_inputs.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/directory.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/unmatched.h"
#include "libcar/repo/car_file.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/walk.h"

/* The options, and the state of the run. */
struct run {
	struct filter filter;
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	bool unlink;
	struct car_inputs cars; /* the CARs to walk */
	struct walk walk;
	struct ndjson_out out;
	const struct car_inputs_source *source; /* the present one */
	uint64_t done, failed, bytes, records;
};

static void
say_block(void *ctx, uint64_t end)
{
	const struct run *run = ctx;

	cli_progress_update(run->done, run->failed, run->cars.total,
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

/* Remove the CAR of a job whose lines are written, unless the name has another
 * file by now. */
static void
remove_car(struct run *run, const struct car_inputs_source *s)
{
	struct stat file, named;

	cli_output_flush(&run->out);
	if (fstat(s->fd, &file) == -1 || lstat(s->path, &named) == -1 ||
	    file.st_dev != named.st_dev || file.st_ino != named.st_ino)
		return;
	if (unlink(s->path) == -1)
		cli_warn("%s: can't remove: %s", s->path, strerror(errno));
}

/* Records must not wait in the buffer while the CAR's writer is slow. */
static void
flush(void *ctx)
{
	struct run *run = ctx;

	cli_output_flush(&run->out);
}

static int
walk_car(struct run *run, struct car_file *file, struct status *st)
{
	if (run->walk.stream)
		car_file_before_reads(file, flush, run);
	return walk_repo(&run->walk, file, st);
}

/* Write the one result of a source. `unread` says why the source can't be read;
 * NULL: it can. */
static void
walk_source(struct car_inputs *cars, const struct car_inputs_source *s,
    const struct status *unread)
{
	struct run *run = cars->ctx;
	struct car_file *file = NULL;
	uint64_t failed = run->failed;
	struct status st;

	run->source = s;
	walk_begin(&run->walk, s->job, cli_now());
	if (unread != NULL)
		fail(run, unread);
	else if ((file = car_file_open(s->fd, s->head, s->head_len,
		      cli_tmpdir(), &st)) == NULL ||
	    walk_car(run, file, &st) == -1)
		fail(run, &st);
	cli_output_line(&run->out);
	if (file != NULL)
		run->bytes += car_file_input(file)->len;
	walk_end(&run->walk);
	car_file_close(file);
	if (run->unlink && s->job != NULL && run->failed == failed)
		remove_car(run, s);
	cli_progress_update(++run->done, run->failed, run->cars.total,
	    run->bytes);
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
	.cars = { .out = &this_run.out, .walk = walk_source, .ctx = &this_run },
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 'k', "key", "key", "check signatures: did:key, or identity lines",
	    CLI_LIST(&this_run.keys_given) },
	{ 'C', "base", "dir", "directory for relative `car` names of jobs",
	    CLI_TEXT(&this_run.cars.base, NULL) },
	{ 0, "require-signature", NULL, "fail if the key of a repo is unknown",
	    CLI_FLAG(&this_run.walk.require_signature) },
	{ 0, "salvage", NULL, "write the intact records of a damaged repo",
	    CLI_FLAG(&this_run.walk.salvage) },
	{ 0, "partial", NULL, "a slice or a proof: allow missing blocks",
	    CLI_FLAG(&this_run.walk.partial) },
	{ 0, "stream", NULL, "write records before the repo is known complete",
	    CLI_FLAG(&this_run.walk.stream) },
	{ 0, "unlink", NULL, "remove a job's CAR after its end is written",
	    CLI_FLAG(&this_run.unlink) },
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

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	struct cli_inputs inputs;
	bool failed;

	if (run->cars.base != NULL && !cli_is_directory(run->cars.base))
		cli_usage("-C: '%s' isn't a directory", run->cars.base);
	if (run->walk.stream && (run->walk.salvage || run->walk.partial))
		cli_usage("--stream can't be combined with --salvage or "
			  "--partial");
	cli_keys_read(&run->keys, &run->keys_given);
	cli_inputs_begin(&inputs, &cli, operands);
	car_inputs_walk(&run->cars, &inputs);
	cli_output_flush(&run->out);
	cli_progress_end(run->done, run->failed, run->cars.total, run->bytes);
	/* An unchanged repo isn't read, and may have such records. */
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
