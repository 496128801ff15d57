/* at-validate: check records against their lexicons. */
#include "config.h"

#include <stdio.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/lexicon_files.h"
#include "libcar/cli/unmatched.h"
#include "libcar/lexicon/catalog.h"
#include "libcar/lexicon/checker.h"
#include "libcar/lexicon/verdict.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/job.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"

/* -m, --invalid */
enum { OPTIMISTIC, REQUIRED };
enum { ERROR, PASS };
static const char *const modes[] = {
	[OPTIMISTIC] = "optimistic",
	[REQUIRED] = "required",
	NULL,
};
static const char *const manners[] = {
	[ERROR] = "error",
	[PASS] = "pass",
	NULL,
};

/* What the command line asks for, and how far the run is. */
struct run {
	struct filter filter;
	struct cli_list lexicons, authorities;
	unsigned mode, invalid; /* of modes, of manners */
	bool lenient, summary;
	struct lexicon_catalog catalog;
	struct lexicon_checker checker;
	struct verdict verdict;
	struct ndjson_out out;
	const char *input;
	uint64_t lines; /* of this input */
	uint64_t done, failed, bytes;
};

static struct run this_run = {
	.checker = {
		.filter = &this_run.filter,
		.line = { .records_only = true },
	},
	.verdict = { .program = "at-validate" },
	.out = { .fd = 1 },
};

static const struct cli_option options[] = {
	{ 'c', "collection", "nsid",
	    "check only these; NSID or prefix.*, repeatable",
	    CLI_FILTER(&this_run.filter) },
	{ 'l', "lexicons", "path",
	    "directory, *.json, or lines of records; repeatable",
	    CLI_LIST(&this_run.lexicons) },
	{ 'm', "mode", "mode",
	    "records without lexicon: optimistic (copy), required",
	    CLI_CHOICE(&this_run.mode, modes) },
	{ 0, "invalid", "how",
	    "invalid records: error (line), pass (with problems)",
	    CLI_CHOICE(&this_run.invalid, manners) },
	{ 0, "lenient", NULL, "accept some common errors of old records",
	    CLI_FLAG(&this_run.lenient) },
	{ 0, "authority", "did",
	    "if lexicons differ, use this account's; repeatable",
	    CLI_LIST(&this_run.authorities) },
	{ 0, "strict-lexicons", NULL, "exit if lexicons are bad or differ",
	    CLI_FLAG(&this_run.catalog.strict) },
	{ 0, "summary", NULL, "print a table on standard error at the end",
	    CLI_FLAG(&this_run.summary) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-validate",
	.operands = "[file ...]",
	.summary = "Check records against their lexicons.",
	.options = options,
	.progress = true,
};

/* The error line in place of what can't be copied. */
static void
write_error(struct run *run, const char *input, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(cli.name),
		.input = slice_of(input),
		.at = cli_now(),
	};

	stream_write_error(&run->out.buf, &e, why, NULL);
	cli_output_line(&run->out);
}

static void
warn_invalid(const struct run *run)
{
	const struct line *l = &run->checker.line;
	struct status why;

	verdict_status(&run->checker.report, &why);
	cli_warn("%s: line %llu: %.*s/%.*s: %s", run->input,
	    (unsigned long long)run->lines, (int)l->collection.len,
	    l->collection.at, (int)l->rkey.len, l->rkey.at, why.msg);
}

static int
write_invalid(struct run *run, struct status *st)
{
	run->failed++;
	if (cli_verbose)
		warn_invalid(run);
	run->verdict.pass = run->invalid == PASS;
	run->verdict.now = cli_now();
	if (verdict_write(&run->verdict, &run->out.buf, &run->checker.line,
		&run->checker.report, st) == -1)
		return -1;
	cli_output_line(&run->out);
	return 0;
}

static int
take_line(struct run *run, const char *text, size_t len, struct status *st)
{
	bool invalid;

	if (lexicon_checker_line(&run->checker, text, len, &invalid, st) == -1)
		return -1;
	if (invalid)
		return write_invalid(run, st);
	cli_output_copy(&run->out, text, len);
	return 0;
}

/* An error takes the place of a record that is wrong, or of an object that is
 * none. What isn't JSON at all may be for another program, and is copied. text:
 * NULL if the line is too large to be read. */
static void
bad_line(struct run *run, const char *text, size_t len, struct status *why)
{
	char place[32];

	run->failed++;
	if (!cli_quiet)
		cli_warn("%s: line %llu: %s", run->input,
		    (unsigned long long)run->lines, why->msg);
	if (text != NULL && !job_is_object(text, len)) {
		cli_output_copy(&run->out, text, len);
		return;
	}
	snprintf(place, sizeof(place), "line %llu",
	    (unsigned long long)run->lines);
	status_prefix(why, "%s: ", place);
	write_error(run, text != NULL ? place : run->input, why);
}

static int
read_lines(struct run *run, struct ndjson_in *in, struct status *st)
{
	const char *text;
	size_t len;
	int n;

	while ((n = ndjson_in_line(in, &text, &len, st)) != 0) {
		run->lines = in->lines;
		if (n == -1 && st->code != STATUS_TOO_LARGE)
			return -1;
		if (n == -1)
			bad_line(run, NULL, 0, st);
		else if (take_line(run, text, len, st) == -1) {
			if (st->code != STATUS_BAD_LINE)
				cli_output_fatal(&run->out, st);
			bad_line(run, text, len, st);
		}
		run->bytes += len;
		cli_progress_update(++run->done, run->failed, 0, run->bytes);
	}
	return 0;
}

static void
fail_input(struct run *run, const struct status *why)
{
	if (status_fatal(why->code))
		cli_output_fatal(&run->out, why);
	if (!cli_quiet)
		cli_warn("%s: %s", run->input, why->msg);
	run->failed++;
	write_error(run, run->input, why);
}

static void
read_inputs(struct run *run, struct cli_inputs *inputs)
{
	struct ndjson_in in;
	struct status st;
	int got;

	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		in = (struct ndjson_in){ .fd = inputs->fd, .out = &run->out };
		run->input = inputs->name;
		if (got == -1 || read_lines(run, &in, &st) == -1)
			fail_input(run, &st);
		buf_free(&in.buf);
	}
}

static void
add_authorities(struct run *run)
{
	struct status st;
	size_t i;

	for (i = 0; i < run->authorities.count; i++)
		if (lexicon_catalog_add_authority(&run->catalog,
			run->authorities.items[i], &st) == -1)
			cli_usage("--authority: %s", st.msg);
}

static void
load_lexicons(struct run *run)
{
	struct status st;

	if (lexicon_files_load(&run->catalog, run->lexicons.items,
		run->lexicons.count, &st) == -1)
		cli_fatal(&st);
	run->checker.set = run->catalog.set;
	run->checker.lenience = (struct lexicon_lenience){
		.legacy_blobs = run->lenient,
		.datetimes = run->lenient,
	};
	run->checker.required = run->mode == REQUIRED;
}

/* The summary has each collection, as long as they aren't too many. */
static void
warn_unmatched(const struct run *run)
{
	const struct lexicon_summary *s = &run->checker.summary;
	size_t i;

	if (s->count == 0 || s->count == LEXICON_SUMMARY_MAX)
		return;
	for (i = 0; i < s->count; i++)
		filter_mark(&run->filter, s->rows[i]->nsid, s->rows[i]->len);
	cli_unmatched(&run->filter, "line");
}

static void
finish(struct run *run)
{
	struct buf table = { .len = 0 };

	cli_output_flush(&run->out);
	cli_progress_end(run->done, run->failed, 0, run->bytes);
	warn_unmatched(run);
	if (run->summary) {
		lexicon_summary_format(&run->checker.summary, &table);
		fwrite(table.data, 1, table.len, stderr);
	}
	buf_free(&table);
	lexicon_checker_free(&run->checker);
	verdict_free(&run->verdict);
	lexicon_catalog_free(&run->catalog);
	cli_list_free(&run->lexicons);
	cli_list_free(&run->authorities);
	filter_free(&run->filter);
	buf_free(&run->out.buf);
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *run = &this_run;
	struct cli_inputs inputs;

	add_authorities(run);
	if (run->lexicons.count == 0)
		cli_usage("no lexicons are named (-l)");
	cli_inputs_begin(&inputs, &cli, operands);
	load_lexicons(run);
	read_inputs(run, &inputs);
	finish(run);
	return run->failed > 0 ? CLI_FAILED : CLI_DONE;
}
