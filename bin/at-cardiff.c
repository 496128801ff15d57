/* at-cardiff: compare repos in CARs, and write what changed as NDJSON. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/car_pairs.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/keys.h"
#include "libcar/repo/car_file.h"
#include "libcar/stream/changes.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"

/* The options, and the state of the run. */
struct run {
	struct filter filter;
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	const char *directory;      /* -d */
	bool summary;
	struct car_pairs pairs;
	struct changes changes;
	struct ndjson_out out;
	uint64_t done, failed, bytes, records;
};

/* The CARs of a pair. */
struct input {
	const char *path;
	bool regular; /* it must be a regular file */
	int fd;
	struct car_file *file;
};

static void
say_block(void *ctx, uint64_t end)
{
	const struct run *run = ctx;

	cli_progress_update(run->done, run->failed, run->pairs.total,
	    run->bytes + end);
}

static void
say_change(void *ctx)
{
	struct run *run = ctx;

	cli_progress_records(++run->records);
}

static int
open_input(struct input *in, struct status *st)
{
	in->fd = strcmp(in->path, "-") == 0 ?
	    STDIN_FILENO :
	    cli_open(in->path, in->regular, st);
	if (in->fd == -1)
		return -1;
	in->file = car_file_open(in->fd, NULL, 0, cli_tmpdir(), st);
	return in->file == NULL ? -1 : 0;
}

static void
close_input(struct run *run, struct input *in)
{
	if (in->file != NULL)
		run->bytes += car_file_input(in->file)->len;
	car_file_close(in->file);
	if (in->fd > STDERR_FILENO)
		close(in->fd);
}

static int
open_side(struct run *run, enum changes_side side, struct input *in,
    struct status *st)
{
	run->changes.failed = side;
	if (open_input(in, st) == -1)
		return -1;
	return changes_open(&run->changes, side, in->file, st);
}

/* The account has no new CAR. That says nothing about its records. */
static int
miss_new(struct run *run, struct input *old, struct status *st)
{
	run->changes.failed = CHANGES_OLD;
	if (open_input(old, st) == -1)
		return -1;
	changes_peek(&run->changes, old->file);
	return status_set(st, STATUS_UNREADABLE, 0,
	    "the new directory has no CAR of this name");
}

static int
compare(struct run *run, struct input in[CHANGES_SIDES], struct status *st)
{
	if (in[CHANGES_NEW].path == NULL)
		return miss_new(run, &in[CHANGES_OLD], st);
	if ((in[CHANGES_OLD].path != NULL &&
		open_side(run, CHANGES_OLD, &in[CHANGES_OLD], st) == -1) ||
	    open_side(run, CHANGES_NEW, &in[CHANGES_NEW], st) == -1)
		return -1;
	return changes_write(&run->changes, st);
}

static void
fail(struct run *run, const char *path, struct status *why)
{
	if (status_fatal(why->code)) {
		status_prefix(why, "%s: ", path);
		cli_output_fatal(&run->out, why);
	}
	if (!cli_quiet)
		cli_warn("%s: %s", path, why->msg);
	run->failed++;
	changes_error(&run->changes, path, why);
}

/* Write the one result of a pair. */
static void
take_pair(struct car_pairs *pairs, const struct car_pairs_names *pair)
{
	struct run *run = pairs->ctx;
	struct input in[CHANGES_SIDES] = {
		[CHANGES_OLD] = { .path = pair->old,
		    .regular = pair->regular,
		    .fd = -1 },
		[CHANGES_NEW] = { .path = pair->new,
		    .regular = pair->regular,
		    .fd = -1 },
	};
	struct status st;

	changes_begin(&run->changes, cli_now());
	run->changes.did = pair->did;
	run->changes.revs[CHANGES_OLD] = pair->old_rev;
	run->changes.revs[CHANGES_NEW] = pair->new_rev;
	if (compare(run, in, &st) == -1)
		fail(run, in[run->changes.failed].path, &st);
	cli_output_line(&run->out);
	changes_end(&run->changes);
	close_input(run, &in[CHANGES_OLD]);
	close_input(run, &in[CHANGES_NEW]);
	cli_progress_update(++run->done, run->failed, run->pairs.total,
	    run->bytes);
}

/* The same for an archive that lacks a rev. */
static void
miss_pair(struct car_pairs *pairs, const char *did, const char *operand,
    struct status *why)
{
	struct run *run = pairs->ctx;

	changes_begin(&run->changes, cli_now());
	run->changes.did = did;
	fail(run, operand, why);
	cli_output_line(&run->out);
	cli_progress_update(++run->done, run->failed, run->pairs.total, 0);
}

static struct run this_run = {
	.pairs = {
		.out = &this_run.out,
		.pair = take_pair,
		.miss = miss_pair,
		.ctx = &this_run,
	},
	.changes = {
		.program = "at-cardiff",
		.filter = &this_run.filter,
		.keys = &this_run.keys,
		.out = &this_run.out,
		.block = say_block,
		.change = say_change,
		.ctx = &this_run,
	},
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 'k', "key", "key", "keys of new repos: did:key, or identity lines",
	    CLI_LIST(&this_run.keys_given) },
	{ 'd', "directory", "dir", "the archive of an account and its revs",
	    CLI_TEXT(&this_run.directory, NULL) },
	{ 0, "require-signature", NULL,
	    "fail if the key of a new repo is unknown",
	    CLI_FLAG(&this_run.changes.require_signature) },
	{ 0, "summary", NULL, "print a table on standard error at the end",
	    CLI_FLAG(&this_run.summary) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-cardiff",
	.operands = "old new | DID [old [new]]",
	.summary = "Compare repos in CAR files and write what changed as "
		   "NDJSON.",
	.options = options,
	.progress = true,
};

static void
finish(struct run *run)
{
	struct buf table = { .len = 0 };

	cli_output_flush(&run->out);
	cli_progress_end(run->done, run->failed, run->pairs.total, run->bytes);
	if (run->summary) {
		change_counts_format(&run->changes.counts, &table);
		fwrite(table.data, 1, table.len, stderr);
	}
	buf_free(&table);
	changes_free(&run->changes);
	keyring_free(&run->keys);
	cli_list_free(&run->keys_given);
	filter_free(&run->filter);
	buf_free(&run->out.buf);
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	bool failed;

	car_pairs_check(run->directory, operands);
	cli_keys_read(&run->keys, &run->keys_given);
	car_pairs_take(&run->pairs, run->directory, operands);
	failed = run->failed > 0 || run->changes.record_errors;
	finish(run);
	return failed ? CLI_FAILED : CLI_DONE;
}
