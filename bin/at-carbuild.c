/* at-carbuild: make a CAR of records, or of other CARs. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "libcar/cli/car_merge.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/repo/car.h"
#include "libcar/store/aside.h"
#include "libcar/stream/rebuild.h"
#include "libcar/stream/write.h"

/*
 * With a private key, the blocks of the records, of the tree and of the commit
 * go to a temporary CAR, in the order in which they are made. From there on
 * both uses are one: the blocks of one or several CARs become one CAR in
 * pre-order, which is also a check of what was made.
 */

#define KEY_BYTES 256            /* maximum of a private key's file */
#define SECTIONS_BYTES (1 << 18) /* collected before they are written */

/* The options, and the state of the run. */
struct run {
	const char *output, *key_file, *did, *rev;
	struct keypair pair;
	struct rebuild rebuild;
	struct aside made;   /* the temporary CAR */
	struct buf sections; /* not yet in it */
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

static int
flush_sections(struct run *run, struct status *st)
{
	struct buf *b = &run->sections;

	if (b->failed)
		return status_no_memory(st);
	if (aside_write(&run->made, b->data, b->len, st) == -1)
		return -1;
	b->len = 0;
	return 0;
}

static int
put_block(void *ctx, const uint8_t *cid, const void *block, size_t len,
    struct status *st)
{
	struct run *run = ctx;

	car_write_block(&run->sections, cid, CID_REPO_BYTES, block, len);
	return run->sections.len < SECTIONS_BYTES ? 0 : flush_sections(run, st);
}

/* A line that can't be used has its error line; no file is written then. */
static int
take_line(struct line_inputs *in, const char *text, size_t len,
    struct status *st)
{
	struct run *run = in->ctx;

	if (rebuild_add(&run->rebuild, text, len, st) == 0)
		return 0;
	if (status_fatal(st->code))
		return -1;
	line_inputs_bad_line(in, in->line, text, len, st);
	return 0;
}

/* The temporary CAR has no root, because its header is written first. */
static void
begin_records(struct run *run)
{
	struct status st;

	if (aside_open_temporary(&run->made, cli_tmpdir(), &st) == -1)
		cli_fatal(&st);
	car_write_header(&run->sections, NULL, 0);
	if (run->did != NULL)
		run->rebuild.did = slice_of(run->did);
}

static int
add_made(struct run *run, struct status *st)
{
	const struct status *damage;

	if (flush_sections(run, st) == -1 || aside_flush(&run->made, st) == -1)
		return -1;
	if (lseek(run->made.fd, 0, SEEK_SET) == -1)
		return status_errno(st, "can't read a temporary file");
	return car_merge_add(&run->cars, run->made.fd, "the records", &damage,
	    st);
}

static void
read_records(struct run *run, struct cli_inputs *inputs)
{
	struct status st;

	begin_records(run);
	line_inputs_read(&run->lines, inputs);
	run->failed = run->lines.failed;
	if (run->failed > 0)
		return;
	run->cars.root_len = CID_REPO_BYTES;
	if (rebuild_finish(&run->rebuild, run->rev, &run->pair,
		run->cars.root_bytes, &st) == -1 ||
	    add_made(run, &st) == -1)
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
	.rebuild = { .put = put_block, .ctx = &this_run },
	.made = { .fd = -1 },
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
read_key(struct run *run)
{
	char text[KEY_BYTES];
	struct status st;
	ssize_t len;
	int fd;

	if ((fd = cli_open(run->key_file, false, &st)) == -1)
		cli_usage("-k: %s: %s", run->key_file, st.msg);
	len = read(fd, text, sizeof(text));
	close(fd);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	if (keypair_parse(&run->pair, text, len > 0 ? len : 0, &st) == -1)
		cli_usage("-k: %s: %s", run->key_file, st.msg);
	sodium_memzero(text, sizeof(text));
}

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
		read_key(run);
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
	rebuild_free(&run->rebuild);
	aside_close(&run->made);
	car_merge_free(&run->cars);
	buf_free(&run->sections);
	buf_free(&run->out.buf);
	return run->failed > 0 ? CLI_FAILED : CLI_DONE;
}
