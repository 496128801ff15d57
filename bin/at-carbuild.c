/* at-carbuild: make a CAR of records, or of other CARs. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "libcar/cli/car_merge.h"
#include "libcar/cli/car_records.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/write.h"

/*
 * With a private key, the records first become a temporary CAR. From there on
 * both uses are one: the blocks of one or several CARs become one CAR in
 * pre-order, which is also a check of what was made.
 */

/* The options, and the state of the run. */
struct run {
	const char *output, *key_file, *did, *rev;
	struct keypair pair;
	struct car_records records;
	struct car_merge cars;
	struct line_inputs lines;
	struct ndjson_out out;
	uint64_t done, failed;
};

static void
fail(struct run *run, const char *input, const struct status *why)
{
	const struct commit *c = &run->cars.merge.repo.commit;
	struct stream_error e = {
		.program = slice_of(cli_program),
		.did = stream_text(slice_make(c->did, c->did_len)),
		.rev = stream_text(slice_make(c->rev, c->rev_len)),
		.input = slice_of(input),
		.at = cli_now(),
	};

	if (status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	if (!cli_quiet)
		cli_warn("%s%s%s", input != NULL ? input : "",
		    input != NULL ? ": " : "", why->msg);
	run->failed++;
	stream_write_error(&run->out.buf, &e, why, NULL);
	cli_output_line(&run->out);
}

/* Records */

/* A line that can't be used has its error line; no file is written then. */
static int
take_line(struct line_inputs *in, const char *text, size_t len,
    struct status *st)
{
	struct run *run = in->ctx;

	if (car_records_add(&run->records, text, len, st) == 0)
		return 0;
	if (status_fatal(st->code))
		return -1;
	line_inputs_bad_line(in, in->line, text, len, st);
	return 0;
}

static void
read_records(struct run *run, struct cli_inputs *inputs)
{
	struct status st;

	if (car_records_begin(&run->records, run->did, cli_tmpdir(), &st) == -1)
		cli_fatal(&st);
	line_inputs_read(&run->lines, inputs);
	run->failed = run->lines.failed;
	if (run->failed == 0 &&
	    car_records_finish(&run->records, run->rev, &run->pair, &run->cars,
		&st) == -1)
		fail(run, NULL, &st);
}

/* CARs */

static void
read_cars(struct run *run, struct cli_inputs *inputs)
{
	const struct status *damage;
	struct status st;
	int got;

	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		if (got == -1 ||
		    car_merge_add(&run->cars, inputs->fd, inputs->name, &damage,
			&st) == -1)
			fail(run, inputs->name, &st);
		else if (damage != NULL && !cli_quiet)
			cli_warn("%s: damaged: %s", inputs->name, damage->msg);
		cli_progress_update(++run->done, run->failed, inputs->count,
		    run->cars.bytes);
	}
}

static void
write_result(struct run *run, uint64_t size)
{
	const struct commit *c = &run->cars.merge.repo.commit;
	const struct cid *cid = &run->cars.merge.repo.cid;
	char head[CID_MAX_TEXT], key[KEY_MAX_TEXT];
	bool file = strcmp(run->output, "-") != 0;
	struct stream_repo repo = {
		.did = slice_make(c->did, c->did_len),
		.rev = slice_make(c->rev, c->rev_len),
		.head = slice_make(head,
		    cid_format(head, cid->bytes, cid->len)),
		.car = slice_of(file ? run->output : NULL),
		.size = stream_number((int64_t)size),
		.at = cli_now(),
	};
	struct status st;

	if (run->key_file != NULL)
		repo.key = slice_make(key, key_format(key, &run->pair.key));
	if (stream_write_repo(&run->out.buf, &repo, NULL, &st) == -1)
		cli_output_fatal(&run->out, &st);
	cli_output_line(&run->out);
}

static void
write_car(struct run *run)
{
	struct status st;
	uint64_t size;

	if (car_merge_write(&run->cars, run->output, &size, &st) == -1)
		fail(run, NULL, &st);
	else
		write_result(run, size);
}

static struct run this_run = {
	.lines = {
		.out = &this_run.out,
		.take = take_line,
		.ctx = &this_run,
	},
	.out = { .fd = STDOUT_FILENO },
};

static const struct cli_option options[] = {
	{ 'k', "key", "file", "sign a repo of record lines; a private key",
	    CLI_TEXT(&this_run.key_file, NULL) },
	{ 'o', "output", "file", "the CAR to write; - is standard output",
	    CLI_TEXT(&this_run.output, NULL) },
	{ 0, "did", "did", "the account, with -k; default: that of the lines",
	    CLI_TEXT(&this_run.did, NULL) },
	{ 0, "rev", "tid", "the rev, with -k; default: that of the lines",
	    CLI_TEXT(&this_run.rev, NULL) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-carbuild",
	.operands = "[file ...]",
	.summary = "Make a CAR of records, or of other CARs.",
	.options = options,
	.progress = true,
};

static void
check_options(struct run *run)
{
	if (run->output == NULL || run->output[0] == '\0')
		cli_usage("no output is named (-o)");
	if (run->key_file == NULL && (run->did != NULL || run->rev != NULL))
		cli_usage("--did and --rev need -k");
	if (run->did != NULL && !syntax_is_did(run->did, strlen(run->did)))
		cli_usage("--did: '%s' isn't a DID", run->did);
	if (run->rev != NULL && !syntax_is_tid(run->rev, strlen(run->rev)))
		cli_usage("--rev: '%s' isn't a TID", run->rev);
	if (run->key_file != NULL)
		cli_keys_read_private(&run->pair, run->key_file);
	if (strcmp(run->output, "-") == 0)
		run->out.fd = STDERR_FILENO;
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	struct cli_inputs inputs;

	check_options(run);
	cli_inputs_begin(&inputs, &cli, operands);
	if (run->key_file != NULL)
		read_records(run, &inputs);
	else
		read_cars(run, &inputs);
	if (run->failed == 0)
		write_car(run);
	cli_output_flush(&run->out);
	cli_progress_end(run->done, run->failed, inputs.count, run->cars.bytes);
	keypair_free(&run->pair);
	car_records_free(&run->records);
	car_merge_free(&run->cars);
	buf_free(&run->out.buf);
	return run->failed > 0 ? CLI_FAILED : CLI_DONE;
}
