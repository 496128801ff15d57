/* at-carproof: cut proofs of records out of CARs, and check proofs. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/keys.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/cli/proof_jobs.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/car_file.h"
#include "libcar/stream/keyring.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/proofs.h"

/* The options, and the state of the run. */
struct run {
	struct cli_list keys_given; /* -k */
	struct keyring keys;        /* what they say */
	struct proofs proofs;
	struct proof_jobs jobs;
	struct line_inputs lines;
	struct ndjson_out out;
	unsigned failed; /* operands */
};

static struct run this_run = {
	.proofs = {
		.program = "at-carproof",
		.keys = &this_run.keys,
		.out = &this_run.out.buf,
	},
	.jobs = { .proofs = &this_run.proofs },
	.lines = {
		.out = &this_run.out,
		.take = proof_jobs_take,
		.ctx = &this_run.jobs,
	},
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'k', "key", "key", "check signatures: did:key, or identity lines",
	    CLI_LIST(&this_run.keys_given) },
	{ 0, "check", NULL, "check proofs; needs -k",
	    CLI_FLAG(&this_run.jobs.check) },
	{ 'd', "directory", "dir", "the archive of the accounts in lines",
	    CLI_TEXT(&this_run.jobs.directory, NULL) },
	{ 0, "require-signature", NULL, "fail if the key of a repo is unknown",
	    CLI_FLAG(&this_run.proofs.require_signature) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-carproof",
	.operands = "[CAR collection/rkey ... | file ...]",
	.summary = "Cut proofs of records out of CAR files, and check proofs.",
	.options = options,
	.progress = true,
};

/* Split an operand. */
static struct proofs_key
parse_key(const char *operand)
{
	const char *slash = strchr(operand, '/');
	struct proofs_key key = { .did = { NULL, 0 } };

	if (slash != NULL) {
		key.collection = slice_make(operand, slash - operand);
		key.rkey = slice_of(slash + 1);
	}
	if (slash == NULL ||
	    !syntax_is_nsid(key.collection.at, key.collection.len) ||
	    !syntax_is_rkey(key.rkey.at, key.rkey.len))
		cli_usage("'%s' isn't collection/rkey", operand);
	return key;
}

static void
fail(struct run *run, const struct proofs_key *key, const char *input,
    struct status *why)
{
	if (status_fatal(why->code)) {
		status_prefix(why, "%s: ", input);
		cli_output_fatal(&run->out, why);
	}
	if (!cli_quiet)
		cli_warn("%s: %.*s/%.*s: %s", input, (int)key->collection.len,
		    key->collection.at, (int)key->rkey.len, key->rkey.at,
		    why->msg);
	run->failed++;
	if (run->jobs.check)
		proofs_error(&run->proofs, key, input, cli_now(), why);
}

/* Say what each key has in the proof. */
static void
check_keys(struct run *run, char **operands, struct car_input *in,
    struct status *why)
{
	const struct slice any = { NULL, 0 };
	const struct commit *c = &run->proofs.proof.commit;
	struct proofs_key key;
	struct status st;
	bool bad = in == NULL;
	size_t i;

	if (!bad && in->need != NULL)
		bad = in->need(in, PROOF_MAX_BYTES + 1, why) == -1;
	bad = bad ||
	    proofs_read(&run->proofs, in->data, in->len, &any, cli_now(),
		why) == -1;
	for (i = 1; operands[i] != NULL; i++) {
		key = parse_key(operands[i]);
		if (c->did != NULL)
			key.did = slice_make(c->did, c->did_len);
		st = *why;
		if (bad || proofs_check(&run->proofs, &key, &st) == -1)
			fail(run, &key, operands[0], &st);
		cli_output_line(&run->out);
	}
}

/* Write one CAR that proves all keys, if it can prove all of them. */
static void
cut_keys(struct run *run, char **operands, struct car_input *in,
    struct status *why)
{
	const struct slice any = { NULL, 0 };
	struct proof_cut *cut = &run->proofs.cut;
	struct proof_record record;
	struct proofs_key key = { .did = any };
	struct slice path;
	size_t i;

	if (in == NULL ||
	    proofs_open(&run->proofs, in, &any, cli_now(), why) == -1 ||
	    proof_cut_begin(cut, &run->proofs.repo, why) == -1) {
		key = parse_key(operands[1]);
		fail(run, &key, operands[0], why);
		return;
	}
	for (i = 1; operands[i] != NULL; i++) {
		key = parse_key(operands[i]);
		path = slice_of(operands[i]);
		if (proof_cut_add(cut, &path, &record, why) == PROOF_FAILED)
			fail(run, &key, operands[0], why);
	}
	if (run->failed == 0)
		buf_put(&run->out.buf, cut->car.data, cut->car.len);
}

static void
take_car(struct run *run, char **operands)
{
	struct car_file *file = NULL;
	struct car_input *in = NULL;
	struct status st = { .code = STATUS_OK };
	int fd = STDIN_FILENO;

	if (strcmp(operands[0], "-") != 0)
		fd = cli_open(operands[0], false, &st);
	if (fd != -1)
		file = car_file_open(fd, NULL, 0, cli_tmpdir(), &st);
	if (file != NULL)
		in = car_file_input(file);
	if (run->jobs.check)
		check_keys(run, operands, in, &st);
	else
		cut_keys(run, operands, in, &st);
	cli_output_flush(&run->out);
	proofs_close(&run->proofs);
	car_file_close(file);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void
take_lines(struct run *run, char **operands)
{
	const struct line_inputs *in = &run->lines;
	struct cli_inputs inputs;

	cli_inputs_begin(&inputs, &cli, operands);
	line_inputs_read(&run->lines, &inputs);
	cli_output_flush(&run->out);
	cli_progress_end(in->done, in->failed, 0, in->bytes);
}

/* Lines are read with -d, and with --check unless keys are given. */
static bool
reads_lines(const struct run *run, char **operands)
{
	size_t i;

	if (run->jobs.check && run->keys_given.count == 0)
		cli_usage("--check needs a key (-k)");
	if (run->jobs.check && run->jobs.directory != NULL)
		cli_usage("--check and -d exclude each other");
	if (run->jobs.directory != NULL)
		return true;
	if (run->jobs.check && (operands[0] == NULL || operands[1] == NULL))
		return true;
	if (operands[0] == NULL || operands[1] == NULL)
		cli_usage("want a CAR and keys (collection/rkey), or -d");
	for (i = 1; operands[i] != NULL; i++)
		parse_key(operands[i]);
	if (!run->jobs.check && isatty(STDOUT_FILENO))
		cli_usage("a CAR isn't written to a terminal");
	return false;
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	bool lines = reads_lines(run, operands), failed;

	cli_keys_read(&run->keys, &run->keys_given);
	if (lines)
		take_lines(run, operands);
	else
		take_car(run, operands);
	failed = run->failed > 0 || run->lines.failed > 0;
	proof_jobs_free(&run->jobs);
	proofs_free(&run->proofs);
	keyring_free(&run->keys);
	cli_list_free(&run->keys_given);
	buf_free(&run->out.buf);
	return failed ? CLI_FAILED : CLI_DONE;
}
