/* at-validate: check records by their lexicons. */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/cli/cli.h"
#include "libcar/cli/lexicon_files.h"
#include "libcar/data/json.h"
#include "libcar/lexicon/catalog.h"
#include "libcar/lexicon/lexicon.h"
#include "libcar/lexicon/summary.h"
#include "libcar/lexicon/verdict.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/job.h"
#include "libcar/stream/line.h"
#include "libcar/stream/ndjson.h"

enum { COLLECTION, LEXICONS, MODE, INVALID, LENIENT, AUTHORITY, SUMMARY };

static const struct cli_option options[] = {
	[COLLECTION] = { 'c', "collection", "nsid",
	    "check only these; NSID or prefix.*, repeatable" },
	[LEXICONS] = { 'l', "lexicons", "path",
	    "directory, *.json, or lines of records; repeatable" },
	[MODE] = { 'm', "mode", "mode",
	    "what has no lexicon: optimistic (copied), required" },
	[INVALID] = { 0, "invalid", "how",
	    "invalid records: error (lines), pass (with problems)" },
	[LENIENT] = { 0, "lenient", NULL, "let pass what old data is full of" },
	[AUTHORITY] = { 0, "authority", "did",
	    "its lexicons count where others differ; repeatable" },
	[SUMMARY] = { 0, "summary", NULL,
	    "end with a table on standard error" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "at-validate",
	.operands = "[file ...]",
	.summary = "Check records by their lexicons.",
	.options = options,
	.progress = true,
};

/* What the command line asks for, and how far the run is. */
struct run {
	struct lexicon_catalog catalog;
	struct filter filter;
	struct lexicon_lenience lenience;
	const char **paths; /* of -l */
	size_t npaths;
	bool required, pass, summary;
	struct lexicon_report report;
	struct lexicon_summary tally;
	struct lexicon_summary_row *row; /* of the last record line */
	struct line line;
	struct verdict verdict;
	struct ndjson_out out;
	const char *input;
	uint64_t lines; /* of this input */
	uint64_t done, failed, bytes;
};

static void __attribute__((noreturn))
fatal(struct run *run, const struct status *why)
{
	struct status ignored;

	ndjson_out_flush(&run->out, &ignored);
	cli_fatal(why);
}

static void
copy(struct run *run)
{
	buf_put(&run->out.buf, run->line.text.at, run->line.text.len);
	buf_putc(&run->out.buf, '\n');
}

static void
warn_line(const struct run *run, uint64_t number, const struct status *why)
{
	if (!cli_quiet)
		cli_warn("%s: line %llu: %s", run->input,
		    (unsigned long long)number, why->msg);
}

/* Where the record's collection is counted; what the tally knows of it is
 * asked for once. */
static int
find_row(struct run *run, struct status *st)
{
	const struct slice *nsid = &run->line.collection;
	bool fresh;

	if (run->line.same && run->row != NULL)
		return 0;
	run->row = lexicon_summary_find(&run->tally, nsid->at, nsid->len,
	    &fresh, st);
	if (run->row == NULL)
		return -1;
	if (fresh) {
		run->row->wanted = filter_covers(&run->filter, nsid->at,
		    nsid->len);
		run->row->known = lexicons_has_record(run->catalog.set,
		    nsid->at, nsid->len);
	}
	return 0;
}

/* A problem that concerns the whole record. */
static void
add_problem(struct lexicon_report *r, const char *message)
{
	struct lexicon_problem *p = &r->problems[0];

	r->count = 1;
	r->more = 0;
	r->text.len = 0;
	buf_puts(&r->text, message);
	*p = (struct lexicon_problem){ LEXICON_UNKNOWN, 0, 0, 0, r->text.len };
}

/* 1 valid, 0 not valid, 2: there is no lexicon. */
static int
check_record(struct run *run, struct status *st)
{
	const struct line *l = &run->line;
	int n;

	if (!run->row->known)
		return 2;
	n = lexicons_check(run->catalog.set, l->collection.at,
	    l->collection.len, l->rkey.at, l->rkey.len, l->record.at,
	    l->record.len, &run->lenience, &run->report, st);
	if (n == 1 && run->report.incomplete && run->required) {
		add_problem(&run->report,
		    "a lexicon that its lexicon refers to isn't there");
		n = 0;
	}
	return n;
}

static int
write_invalid(struct run *run, struct status *st)
{
	struct status why;

	run->failed++;
	if (cli_verbose) {
		verdict_status(&run->report, &why);
		cli_warn("%s: line %llu: %.*s/%.*s: %s", run->input,
		    (unsigned long long)run->lines,
		    (int)run->line.collection.len, run->line.collection.at,
		    (int)run->line.rkey.len, run->line.rkey.at, why.msg);
	}
	run->verdict.now = cli_now();
	return (run->pass ? verdict_write_record :
			    verdict_write_error)(&run->verdict, &run->out.buf,
	    &run->line, &run->report, st);
}

/*
 * A record line that wasn't found good is now read whole, which costs twice
 * the time: it may have fields behind its record, or be no JSON. -1:
 * STATUS_BAD_LINE, STATUS_SYSTEM.
 */
static int
check_again(struct run *run, int verdict, struct status *st)
{
	size_t len = run->line.record.len;
	struct json j;

	if (line_check(&run->line, st) == -1)
		return -1;
	/* The line nests deeper than the record alone. */
	json_open(&j, run->line.text.at, run->line.text.len);
	if (json_skip(&j, st) != JSON_OBJECT) {
		st->code = STATUS_BAD_LINE;
		return -1;
	}
	return run->line.record.len == len ? verdict : check_record(run, st);
}

static int
take_record(struct run *run, struct status *st)
{
	int n = check_record(run, st);

	if (n == 0 || (n == 2 && run->required))
		n = check_again(run, n, st);
	if (n == -1 || (n == 1 && line_check_cid(&run->line, st) == -1))
		return -1;
	if (n == 1) {
		run->row->valid++;
		run->row->partly += run->report.incomplete;
		copy(run);
		return 0;
	}
	if (n == 2 && !run->required) {
		run->row->unknown++;
		copy(run);
		return 0;
	}
	if (n == 2) {
		run->row->unknown++;
		add_problem(&run->report, "there is no lexicon for it");
	} else
		lexicon_summary_invalid(run->row, &run->report);
	return write_invalid(run, st);
}

/* What is no job is copied, as a bad line is. */
static int
take_line(struct run *run, const char *text, size_t len, struct status *st)
{
	struct line *l = &run->line;

	if (line_parse(l, text, len, st) == -1)
		return -1;
	if (l->type != LINE_RECORD || l->is_delete) {
		copy(run);
		return 0;
	}
	if (find_row(run, st) == -1)
		return -1;
	if (run->row->wanted)
		return take_record(run, st);
	copy(run);
	return 0;
}

/* A line that can't be copied has its error line. */
static void
write_too_large(struct run *run, const struct ndjson_in *in, struct status *why)
{
	struct job_error e = {
		.program = cli.name,
		.input = run->input,
		.status = why,
		.now = cli_now(),
	};

	status_prefix(why, "line %llu: ", (unsigned long long)in->lines);
	job_write_error(&run->out.buf, &e);
}

static void
bad_line(struct run *run, const struct ndjson_in *in, bool whole,
    struct status *why)
{
	run->failed++;
	warn_line(run, in->lines, why);
	if (whole)
		copy(run);
	else
		write_too_large(run, in, why);
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
			bad_line(run, in, false, st);
		else if (take_line(run, text, len, st) == -1) {
			if (st->code != STATUS_BAD_LINE)
				fatal(run, st);
			bad_line(run, in, true, st);
		}
		if (ndjson_out_line(&run->out, st) == -1)
			cli_fatal(st);
		run->bytes += len;
		cli_progress_update(++run->done, run->failed, 0, run->bytes);
	}
	return 0;
}

static void
fail_input(struct run *run, struct status *why)
{
	struct job_error e = {
		.program = cli.name,
		.input = run->input,
		.status = why,
		.now = cli_now(),
	};

	if (status_fatal(why->code))
		fatal(run, why);
	if (!cli_quiet)
		cli_warn("%s: %s", run->input, why->msg);
	run->failed++;
	job_write_error(&run->out.buf, &e);
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

static bool
choose(const char *option, const char *text, const char *no, const char *yes)
{
	if (strcmp(text, no) != 0 && strcmp(text, yes) != 0)
		cli_usage("%s: '%s' is neither %s nor %s", option, text, no,
		    yes);
	return strcmp(text, yes) == 0;
}

static void
read_option(struct run *run, int option)
{
	struct status st;

	switch (option) {
	case COLLECTION:
		if (filter_add(&run->filter, optarg, &st) == -1)
			cli_usage("-c: %s", st.msg);
		break;
	case LEXICONS:
		run->paths[run->npaths++] = optarg;
		break;
	case MODE:
		run->required = choose("-m", optarg, "optimistic", "required");
		break;
	case INVALID:
		run->pass = choose("--invalid", optarg, "error", "pass");
		break;
	case LENIENT:
		run->lenience = (struct lexicon_lenience){ true, true };
		break;
	case AUTHORITY:
		if (lexicon_catalog_add_authority(&run->catalog, optarg, &st) ==
		    -1)
			cli_usage("--authority: %s", st.msg);
		break;
	case SUMMARY:
		run->summary = true;
		break;
	}
}

static void
load_lexicons(struct run *run)
{
	struct status st;

	if (lexicon_files_load(&run->catalog, run->paths, run->npaths, &st) ==
	    -1)
		cli_fatal(&st);
}

static void
finish(struct run *run)
{
	struct buf table = { .len = 0 };
	struct status st;

	if (ndjson_out_flush(&run->out, &st) == -1)
		cli_fatal(&st);
	cli_progress_end(run->done, run->failed, 0, run->bytes);
	if (run->summary) {
		lexicon_summary_format(&run->tally, &table);
		fwrite(table.data, 1, table.len, stderr);
	}
	buf_free(&table);
	lexicon_report_free(&run->report);
	lexicon_summary_free(&run->tally);
	line_free(&run->line);
	verdict_free(&run->verdict);
	lexicon_catalog_free(&run->catalog);
	free(run->paths);
	filter_free(&run->filter);
	buf_free(&run->out.buf);
}

int
main(int argc, char **argv)
{
	static struct run run = { .verdict = { .program = "at-validate" },
		.out = { .fd = 1 } };
	struct cli_inputs inputs;
	int option;

	if ((run.paths = calloc(argc, sizeof(char *))) == NULL) {
		cli_warn("no memory");
		return CLI_FATAL;
	}
	while ((option = cli_next(&cli, argc, argv)) != -1)
		read_option(&run, option);
	if (run.npaths == 0)
		cli_usage("which lexicons? (-l)");
	cli_inputs_begin(&inputs, &cli, argv + optind);
	load_lexicons(&run);
	read_inputs(&run, &inputs);
	finish(&run);
	return run.failed > 0 ? CLI_FAILED : CLI_DONE;
}
