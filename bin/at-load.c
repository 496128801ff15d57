#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/exclude.h"
#include "libcar/db/index.h"
#include "libcar/load/load.h"
#include "libcar/stream/ndjson.h"

/*
 * at-load: load records and what belongs to them into a database.
 *
 * The rules are libcar/load's. Here lines are read from the inputs, and what is
 * loaded is committed whenever the input pauses: rows of a live stream show up
 * soon, and a program that waits holds no lock.
 */

#define HOUR_MS 3600000
#define DAY_MS ((uint64_t)24 * HOUR_MS)
#define IDLE_MS 20   /* input that pauses for so long: commit */
#define PLENTY 65536 /* surely some lines */
#define UNKNOWN_TYPES 4
#define BAD_LINES 100 /* that are told one by one */
#define UNFINISHED 20 /* snapshots, likewise */

/* A run: what the command line asks for, the loader, and what was seen of its
 * input. */
struct run {
	bool schema, changes, no_changes;
	struct load_options options;
	struct cli_list indexes;
	const char *exclude;
	struct excluded excluded;
	uint64_t batch, wait_ms;
	uint64_t age_ms;   /* rows of a stream show up after so long */
	uint64_t prune_ms; /* 0: no */
	struct load *load;
	uint64_t lines, bytes;
	uint64_t began_ms; /* the first line after a commit */
	bool failed;
	uint64_t bad;   /* lines */
	uint64_t fewer; /* ends that count fewer keys than came */
	char unknown[UNKNOWN_TYPES][64];
	unsigned nunknown;
};

static struct run this_run;

static const struct cli_option options[] = {
	{ 0, "batch", "n", "lines of a transaction",
	    CLI_NUMBER(&this_run.batch, "20000", 1, 1000000) },
	{ 0, "changes", NULL, "record what becomes of records from now on",
	    CLI_FLAG(&this_run.changes) },
	{ 0, "commit-interval", "time", "commit slow lines after so long",
	    CLI_TIME(&this_run.age_ms, "1s", 0, HOUR_MS) },
	CLI_EXCLUDE(this_run.exclude),
	{ 0, "index", "nsid:path", "index what records have there, repeatable",
	    CLI_LIST(&this_run.indexes) },
	{ 0, "no-changes", NULL, "record changes no longer",
	    CLI_FLAG(&this_run.no_changes) },
	{ 0, "partial", NULL, "only add and update, as from a part of a repo",
	    CLI_FLAG(&this_run.options.partial) },
	{ 0, "prune-tombstones", "age",
	    "in the end, remove those so old, as 30d",
	    CLI_TIME(&this_run.prune_ms, NULL, 1, 36525 * DAY_MS) },
	{ 0, "schema", NULL, "print what makes the tables, and exit",
	    CLI_FLAG(&this_run.schema) },
	{ 't', "timeout", "time", "wait so long for other processes",
	    CLI_TIME(&this_run.wait_ms, "60s", 0, DAY_MS) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-load",
	.operands = "database [file ...]",
	.summary = "Load records and what belongs to them into a database.",
	.options = options,
	.progress = true,
};

/* Nothing stays uncommitted while we wait for input. */
static int
before_read(struct run *r, struct ndjson_in *in, struct status *st)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };

	if (load_waiting(r->load) == 0)
		r->began_ms = 0;
	if (load_waiting(r->load) == 0 || in->buf.len - in->at > PLENTY)
		return 0;
	if (in->buf.len > in->at &&
	    memchr(in->buf.data + in->at, '\n', in->buf.len - in->at) != NULL)
		return 0;
	if (r->began_ms == 0)
		r->began_ms = clock_monotonic_ms();
	if (poll(&p, 1, IDLE_MS) == 1 &&
	    clock_monotonic_ms() - r->began_ms < r->age_ms)
		return 0;
	r->began_ms = 0;
	return load_commit(r->load, st);
}

/* Types that this version doesn't know, each said once. */
static void
note_unknown(void *arg, const struct slice *type)
{
	struct run *r = arg;
	char name[sizeof(r->unknown[0])];
	unsigned i;

	snprintf(name, sizeof(name), "%.*s",
	    type->len < sizeof(name) ? (int)type->len : (int)sizeof(name) - 1,
	    type->at);
	for (i = 0; i < r->nunknown; i++)
		if (strcmp(r->unknown[i], name) == 0)
			return;
	if (i == UNKNOWN_TYPES)
		return;
	memcpy(r->unknown[r->nunknown++], name, sizeof(name));
	if (!cli_quiet)
		cli_warn("lines of type %s: not known here, ignored", name);
}

static void
note_bad(void *arg, const struct load_origin *o, const struct status *st)
{
	struct run *r = arg;

	r->failed = true;
	if (++r->bad > BAD_LINES)
		return;
	if (strcmp(o->name, "-") == 0)
		cli_warn("line %llu: %s", (unsigned long long)o->number,
		    st->msg);
	else
		cli_warn("%s: line %llu: %s", o->name,
		    (unsigned long long)o->number, st->msg);
}

/* It is taken nevertheless. */
static void
note_fewer(void *arg, const struct load_origin *o, const struct load_fewer *f)
{
	struct run *r = arg;

	r->failed = true;
	if (++r->fewer > BAD_LINES)
		return;
	cli_warn("%s%sline %llu: %.*s: the end of rev %s counts %llu records "
		 "of %.*s, but %llu came",
	    strcmp(o->name, "-") == 0 ? "" : o->name,
	    strcmp(o->name, "-") == 0 ? "" : ": ",
	    (unsigned long long)o->number, (int)f->did.len, f->did.at, f->rev,
	    (unsigned long long)f->counted, (int)f->collection.len,
	    f->collection.at, (unsigned long long)f->came);
}

static void
note_again(void *arg, const struct status *st)
{
	(void)arg;
	if (!cli_quiet)
		cli_warn("%s; trying again", st->msg);
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

/* An input that can't be read costs the others nothing. */
static void
read_inputs(struct run *r, struct cli_inputs *inputs)
{
	struct ndjson_in in;
	struct status st;
	int got;

	while ((got = cli_inputs_next(inputs, &st)) != 0) {
		in = (struct ndjson_in){ .fd = inputs->fd };
		if (got == -1 || read_lines(r, inputs->name, &in, &st) == -1) {
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
print_unfinished(const struct load_unfinished *u)
{
	char counts[64];

	if (u->ended)
		snprintf(counts, sizeof(counts), "%llu of %llu records",
		    (unsigned long long)u->named,
		    (unsigned long long)u->expected);
	else
		snprintf(counts, sizeof(counts), "%llu records and no end",
		    (unsigned long long)u->named);
	cli_warn("%.*s: %s of rev %s in progress: %s", (int)u->did.len,
	    u->did.at, u->listed ? "listing" : "snapshot", u->rev, counts);
}

/* Some of them, and how many more there are. */
static void
tell_unfinished(struct run *r)
{
	struct load_unfinished u;
	struct status st;
	uint64_t more = 0;
	int got = 1, n;

	for (n = 0; n < UNFINISHED; n++) {
		if ((got = load_next_unfinished(r->load, &u, &st)) != 1)
			break;
		print_unfinished(&u);
		r->failed = true;
	}
	if (got == -1 ||
	    (got == 1 && load_count_unfinished(r->load, &more, &st) == -1))
		cli_fatal(&st);
	if (more > 0)
		cli_warn("and %llu more snapshots in progress",
		    (unsigned long long)more);
}

static void
tell_forgotten(struct run *r)
{
	uint64_t n = load_counts(r->load)->forgotten;

	if (n == 0)
		return;
	cli_warn("%llu unfinished snapshots were forgotten, of accounts with "
		 "too many of them",
	    (unsigned long long)n);
	r->failed = true;
}

static void
finish(struct run *r)
{
	const struct load_counts *counts = load_counts(r->load);
	struct status st;

	if (load_commit(r->load, &st) == -1 ||
	    (r->prune_ms != 0 && load_prune(r->load, r->prune_ms, &st) == -1))
		cli_fatal(&st);
	if (r->bad > BAD_LINES)
		cli_warn("and %llu more bad lines",
		    (unsigned long long)(r->bad - BAD_LINES));
	if (r->fewer > BAD_LINES)
		cli_warn("and %llu more ends that count fewer records",
		    (unsigned long long)(r->fewer - BAD_LINES));
	tell_unfinished(r);
	tell_forgotten(r);
	cli_progress_end(r->lines, counts->bad, 0, r->bytes);
	if (cli_verbose)
		cli_warn("%llu lines: %llu rows written, %llu confirmed, "
			 "%llu skipped, %llu bad",
		    (unsigned long long)r->lines,
		    (unsigned long long)counts->written,
		    (unsigned long long)counts->confirmed,
		    (unsigned long long)counts->skipped,
		    (unsigned long long)counts->bad);
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
		cli_usage("which database?");
	cli_inputs_begin(&inputs, &cli, operands + 1);
	r->options.hooks = (struct load_hooks){ r, note_bad, note_unknown,
		note_again, note_fewer };
	if (r->changes && r->no_changes)
		cli_usage("--changes or --no-changes, not both");
	if (r->changes || r->no_changes)
		r->options.feed = r->changes ? LOAD_FEED_ON : LOAD_FEED_OFF;
	cli_exclude_read(&r->excluded, r->exclude);
	if (r->exclude != NULL)
		r->options.excluded = &r->excluded;
	read_indexes(r);
	r->options.lines = r->batch;
	r->options.wait_ms = (unsigned)r->wait_ms;
	if (load_open(&r->load, *operands, &r->options, &st) == -1)
		cli_fatal(&st);
	read_inputs(r, &inputs);
	finish(r);
	return r->failed ? CLI_FAILED : CLI_DONE;
}
