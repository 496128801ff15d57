#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/exclude.h"
#include "libcar/cli/load_report.h"
#include "libcar/db/index.h"
#include "libcar/load/load.h"
#include "libcar/stream/ndjson.h"

/*
 * at-load: load records, and the lines about their accounts, into a database.
 *
 * libcar/load has the rules for each line. This file reads the inputs and
 * commits whenever an input pauses, so that rows of a live stream show up soon
 * and a waiting program holds no lock.
 */

#define HOUR_MS 3600000
#define DAY_MS ((uint64_t)24 * HOUR_MS)
#define IDLE_MS 20   /* a pause of the input, at least */
#define PLENTY 65536 /* bytes that certainly contain a whole line */

/* The options, the loader, and what it has read. */
struct run {
	bool schema, changes, no_changes;
	struct load_options options;
	struct cli_list indexes;
	const char *exclude;
	struct excluded excluded;
	uint64_t batch, wait_ms;
	uint64_t age_ms;   /* commit a line at the latest after this time */
	uint64_t prune_ms; /* 0: keep tombstones */
	struct load *load;
	struct cli_load_report report;
	uint64_t lines, bytes;
	uint64_t begun;    /* transactions */
	uint64_t began_ms; /* of the first line after they began; 0: none */
	bool failed;       /* an input could not be read */
};

static struct run this_run;

static const struct cli_option options[] = {
	{ 0, "batch", "n", "maximum number of lines in a transaction",
	    CLI_NUMBER(&this_run.batch, "20000", 1, 1000000) },
	{ 0, "changes", NULL, "from now on, log all changes of records",
	    CLI_FLAG(&this_run.changes) },
	{ 0, "commit-interval", "time", "commit slow input after this time",
	    CLI_TIME(&this_run.age_ms, "1s", 0, HOUR_MS) },
	CLI_EXCLUDE(this_run.exclude),
	{ 0, "index", "nsid:path", "create an index on this field, repeatable",
	    CLI_LIST(&this_run.indexes) },
	{ 0, "no-changes", NULL, "stop logging changes",
	    CLI_FLAG(&this_run.no_changes) },
	{ 0, "partial", NULL, "input is incomplete: only add and update",
	    CLI_FLAG(&this_run.options.partial) },
	{ 0, "prune-tombstones", "age",
	    "at the end, remove tombstones of this age (30d)",
	    CLI_TIME(&this_run.prune_ms, NULL, HOUR_MS, 36525 * DAY_MS) },
	{ 0, "schema", NULL, "print the SQL that makes the tables, and exit",
	    CLI_FLAG(&this_run.schema) },
	{ 't', "timeout", "time", "maximum wait for other processes",
	    CLI_TIME(&this_run.wait_ms, "60s", 0, DAY_MS) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-load",
	.operands = "database [file ...]",
	.summary = "Load records and accounts into a database.",
	.options = options,
	.progress = true,
};

/* Does a whole line of the input wait in memory? */
static bool
has_line(const struct ndjson_in *in)
{
	size_t len = in->buf.len - in->at;

	return len > PLENTY ||
	    (len > 0 && memchr(in->buf.data + in->at, '\n', len) != NULL);
}

/* For how long may lines still wait for more of them? A pause that is shorter
 * than the last transaction is none: an input that comes in bursts would be
 * committed burst by burst, and the database be busy with commits alone. */
static uint64_t
patience_ms(const struct run *r)
{
	uint64_t age = clock_monotonic_ms() - r->began_ms;
	uint64_t left = age < r->age_ms ? r->age_ms - age : 0;
	uint64_t pause = load_took_ms(r->load);

	if (pause < IDLE_MS)
		pause = IDLE_MS;
	return pause < left ? pause : left;
}

/* Commit before a read that may wait; if lines keep coming, beside the reading.
 */
static int
before_read(struct run *r, struct ndjson_in *in, struct status *st)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };
	uint64_t patience;
	bool comes;

	if (load_waiting(r->load) == 0 || load_begun(r->load) != r->begun)
		r->began_ms = 0;
	r->begun = load_begun(r->load);
	if (load_waiting(r->load) == 0 || has_line(in))
		return 0;
	if (r->began_ms == 0)
		r->began_ms = clock_monotonic_ms();
	patience = patience_ms(r);
	comes = poll(&p, 1, (int)patience) == 1;
	if (comes && patience > 0)
		return 0;
	r->began_ms = 0;
	return comes ? load_begin_commit(r->load, st) :
		       load_commit(r->load, st);
}

static int
read_lines(struct run *r, const char *name, struct ndjson_in *in,
    struct status *st)
{
	const struct load_counts *counts = load_counts(r->load);
	struct load_origin origin = { .name = name };
	struct status why;
	const char *line;
	size_t len;
	int got;

	for (;;) {
		if (before_read(r, in, st) == -1)
			return -1;
		if ((got = ndjson_in_line(in, &line, &len, st)) == 0)
			return 0;
		origin.number = in->lines;
		if (got == 1)
			got = load_line(r->load, &origin, line, len, st);
		else if (st->code == STATUS_TOO_LARGE) {
			why = *st;
			got = load_unreadable(r->load, &origin, &why, st);
		}
		if (got == -1)
			return -1;
		r->bytes += len;
		cli_progress_update(++r->lines, counts->bad, 0, r->bytes);
	}
}

/* If one input can't be read, continue with the others. */
static void
read_inputs(struct run *r, struct cli_inputs *inputs)
{
	struct ndjson_in in;
	struct status st;
	int got;

	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		in = (struct ndjson_in){ .fd = inputs->fd };
		if (got == -1 || read_lines(r, inputs->name, &in, &st) == -1) {
			load_wait(r->load);
			if (st.code != STATUS_UNREADABLE &&
			    st.code != STATUS_UNUSABLE)
				cli_fatal(&st);
			cli_warn("%s: %s", inputs->name, st.msg);
			r->failed = true;
		}
		buf_free(&in.buf);
	}
}

static void
finish(struct run *r)
{
	const struct load_counts *counts = load_counts(r->load);
	struct status st;

	if (load_commit(r->load, &st) == -1 ||
	    (r->prune_ms != 0 && load_prune(r->load, r->prune_ms, &st) == -1))
		cli_fatal(&st);
	cli_load_report_end(&r->report, r->load);
	cli_progress_end(r->lines, counts->bad, 0, r->bytes);
	cli_load_report_counts(counts, r->lines);
	load_close(r->load);
	cli_list_free(&r->indexes);
	excluded_free(&r->excluded);
}

static int
print_schema(const char *database)
{
	struct status st;
	const char *schema = db_schema(database, &st);

	if (schema == NULL)
		cli_fatal(&st);
	if (fputs(schema, stdout) == EOF || fflush(stdout) == EOF) {
		status_errno(&st, "can't write");
		cli_fatal(&st);
	}
	return CLI_DONE;
}

static void
read_indexes(struct run *r)
{
	struct status st;
	size_t i;

	for (i = 0; i < r->indexes.count; i++)
		if (db_index_check(r->indexes.items[i], &st) == -1)
			cli_usage("--index: %s", st.msg);
	r->options.indexes = r->indexes.items;
	r->options.nindexes = r->indexes.count;
}

static void
set_options(struct run *r)
{
	struct load_options *o = &r->options;

	if (r->changes && r->no_changes)
		cli_usage("--changes or --no-changes, not both");
	if (r->changes || r->no_changes)
		o->feed = r->changes ? LOAD_FEED_ON : LOAD_FEED_OFF;
	cli_exclude_read(&r->excluded, r->exclude);
	if (r->exclude != NULL)
		o->excluded = &r->excluded;
	read_indexes(r);
	o->hooks = cli_load_report_hooks(&r->report);
	o->lines = r->batch;
	o->wait_ms = (unsigned)r->wait_ms;
}

int
main(int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	struct run *r = &this_run;
	struct cli_inputs inputs;
	struct status st;

	if (r->schema)
		return print_schema(*operands != NULL ? *operands : "");
	if (*operands == NULL)
		cli_usage("no database is named");
	cli_inputs_begin(&inputs, &cli, operands + 1);
	set_options(r);
	if (load_open(&r->load, *operands, &r->options, &st) == -1)
		cli_fatal(&st);
	read_inputs(r, &inputs);
	finish(r);
	return r->failed || r->report.failed ? CLI_FAILED : CLI_DONE;
}
