/* at-validate: check records against their lexicons. */
#include "config.h"

#include <stdio.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/lexicon_files.h"
#include "libcar/cli/line_inputs.h"
#include "libcar/cli/unmatched.h"
#include "libcar/lexicon/catalog.h"
#include "libcar/lexicon/checker.h"
#include "libcar/lexicon/verdict.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/ndjson.h"

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

/* The options, and the state of the run. */
struct run {
	struct filter filter;
	struct cli_list lexicons, authorities;
	unsigned mode, invalid; /* indexes of the tables above */
	bool lenient, summary;
	struct lexicon_catalog catalog;
	struct lexicon_checker checker;
	struct verdict verdict;
	struct line_inputs lines;
	struct ndjson_out out;
};

static void
warn_invalid(const struct run *run)
{
	const struct line *l = &run->checker.line;
	struct status why;

	verdict_status(&run->checker.report, &why);
	cli_warn("%s: line %llu: %.*s/%.*s: %s", run->lines.input,
	    (unsigned long long)run->lines.line, (int)l->collection.len,
	    l->collection.at, (int)l->rkey.len, l->rkey.at, why.msg);
}

static int
write_invalid(struct run *run, struct status *st)
{
	run->lines.failed++;
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
take_line(struct line_inputs *in, const char *text, size_t len,
    struct status *st)
{
	struct run *run = in->ctx;
	bool invalid;

	if (lexicon_checker_line(&run->checker, text, len, &invalid, st) == -1)
		return -1;
	if (invalid)
		return write_invalid(run, st);
	cli_output_copy(&run->out, text, len);
	return 0;
}

static struct run this_run = {
	.checker = {
		.filter = &this_run.filter,
		.line = { .records_only = true },
	},
	.verdict = { .program = "at-validate" },
	.lines = {
		.out = &this_run.out,
		.take = take_line,
		.ctx = &this_run,
	},
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
	    CLI_DIDS(&this_run.authorities) },
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

/* The summary has a row for each collection, up to a maximum. */
static void
warn_unmatched(const struct run *run)
{
	const struct named_list *rows = &run->checker.summary.rows;
	size_t i;

	if (rows->count == 0 || rows->count == LEXICON_SUMMARY_MAX)
		return;
	for (i = 0; i < rows->count; i++)
		filter_mark(&run->filter, rows->rows[i]->name,
		    rows->rows[i]->len);
	cli_unmatched(&run->filter, "line");
}

static void
finish(struct run *run)
{
	const struct line_inputs *in = &run->lines;
	struct buf table = { .len = 0 };

	cli_output_flush(&run->out);
	cli_progress_end(in->done, in->failed, 0, in->bytes);
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
	line_inputs_read(&run->lines, &inputs);
	finish(run);
	return run->lines.failed > 0 ? CLI_FAILED : CLI_DONE;
}
