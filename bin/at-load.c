#include "config.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcar/cli/cli.h"
#include "libcar/load/prune.h"
#include "libcar/stream/ndjson.h"

#define IDLE_MS 20  /* input that pauses for so long: commit */
#define AGE_MS 1000 /* rows of a stream show up after so long */
#define AGE_MAX_MS 3600000
#define PLENTY 65536 /* surely some lines */
#define TIMEOUT_MS 60000
#define TIMEOUT_MAX_MS 86400000
#define UNKNOWN_TYPES 4
#define BAD_LINES 100 /* that are told one by one */
#define BATCH_MAX 1000000
#define PRUNE_MAX_MS ((uint64_t)36525 * 86400000)

enum {
	OPT_BATCH,
	OPT_COMMIT_INTERVAL,
	OPT_PARTIAL,
	OPT_PRUNE_TOMBSTONES,
	OPT_SCHEMA,
	OPT_TIMEOUT
};

static const struct cli_option options[] = {
	[OPT_BATCH] = { 0, "batch", "n", "lines of a transaction (20000)" },
	[OPT_COMMIT_INTERVAL] = { 0, "commit-interval", "time",
	    "commit slow lines after so long (1s)" },
	[OPT_PARTIAL] = { 0, "partial", NULL,
	    "only add and update, as from a part of a repo" },
	[OPT_PRUNE_TOMBSTONES] = { 0, "prune-tombstones", "age",
	    "in the end, remove those so old, as 30d" },
	[OPT_SCHEMA] = { 0, "schema", NULL,
	    "print what makes the tables, and exit" },
	[OPT_TIMEOUT] = { 't', "timeout", "time",
	    "wait so long for other processes (60s)" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "at-load",
	.operands = "database [file ...]",
	.summary = "Load records and what belongs to them into a database.",
	.options = options,
	.progress = true,
};

/* A run: the loader, and what was seen of its input. */
struct run {
	struct load load;
	uint64_t lines, bytes;
	int64_t age_ms, began_ms; /* the first line after a commit */
	uint64_t prune_ms;        /* 0: no */
	bool failed;
	uint64_t bad; /* lines */
	char unknown[UNKNOWN_TYPES][64];
	unsigned nunknown;
};

static int64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Nothing stays uncommitted while we wait for input. */
static int
before_read(struct run *r, struct ndjson_in *in, struct status *st)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };

	if (r->load.ntexts == 0)
		r->began_ms = 0;
	if (r->load.ntexts == 0 || in->buf.len - in->at > PLENTY)
		return 0;
	if (in->buf.len > in->at &&
	    memchr(in->buf.data + in->at, '\n', in->buf.len - in->at) != NULL)
		return 0;
	if (r->began_ms == 0)
		r->began_ms = now_ms();
	if (poll(&p, 1, IDLE_MS) == 1 && now_ms() - r->began_ms < r->age_ms)
		return 0;
	r->began_ms = 0;
	return load_commit(&r->load, st);
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
note_bad(void *arg, const struct load_text *t, const struct status *st)
{
	struct run *r = arg;

	r->failed = true;
	if (++r->bad > BAD_LINES)
		return;
	if (strcmp(t->name, "-") == 0)
		cli_warn("line %llu: %s", (unsigned long long)t->number,
		    st->msg);
	else
		cli_warn("%s: line %llu: %s", t->name,
		    (unsigned long long)t->number, st->msg);
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
	struct load *load = &r->load;
	struct status why;
	const char *line;
	size_t len;
	int got;

	for (;;) {
		if (before_read(r, in, st) == -1)
			return -1;
		if ((got = ndjson_in_line(in, &line, &len, st)) == 0)
			return 0;
		why = *st;
		if (got == 1)
			got = load_line(load, name, in->lines, line, len, st);
		else if (why.code == STATUS_TOO_LARGE)
			got = load_unreadable(load, name, in->lines, &why, st);
		if (got == -1)
			return -1;
		r->bytes += len;
		cli_progress_update(++r->lines, load->counts.bad, 0, r->bytes);
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
			if (st.code != STATUS_UNREADABLE)
				cli_fatal(&st);
			cli_warn("%s: %s", inputs->name, st.msg);
			r->failed = true;
		}
		buf_free(&in.buf);
	}
}

static void
print_open(const struct load_open *o)
{
	char counts[64];

	if (o->ended)
		snprintf(counts, sizeof(counts), "%llu of %llu records",
		    (unsigned long long)o->named,
		    (unsigned long long)o->expected);
	else
		snprintf(counts, sizeof(counts), "%llu records and no end",
		    (unsigned long long)o->named);
	cli_warn("%.*s: %s of rev %s in progress: %s", (int)o->did.len,
	    o->did.at, o->listed ? "listing" : "snapshot", o->rev, counts);
}

static void
finish(struct run *r)
{
	struct load_open o;
	struct status st;
	int got;

	if (load_commit(&r->load, &st) == -1 ||
	    (r->prune_ms != 0 && load_prune(&r->load, r->prune_ms, &st) == -1))
		cli_fatal(&st);
	if (r->bad > BAD_LINES)
		cli_warn("and %llu more bad lines",
		    (unsigned long long)(r->bad - BAD_LINES));
	while ((got = load_next_open(&r->load, &o, &st)) == 1) {
		print_open(&o);
		r->failed = true;
	}
	if (got == -1)
		cli_fatal(&st);
	cli_progress_end(r->lines, r->load.counts.bad, 0, r->bytes);
	if (cli_verbose)
		cli_warn("%llu lines: %llu rows written, %llu confirmed, "
			 "%llu skipped, %llu bad",
		    (unsigned long long)r->lines,
		    (unsigned long long)r->load.counts.written,
		    (unsigned long long)r->load.counts.confirmed,
		    (unsigned long long)r->load.counts.skipped,
		    (unsigned long long)r->load.counts.bad);
	load_close(&r->load);
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

static bool
read_options(struct run *r, unsigned *wait_ms, int argc, char **argv)
{
	bool schema = false;
	int option;

	while ((option = cli_next(&cli, argc, argv)) != -1)
		switch (option) {
		case OPT_BATCH:
			r->load.batch = cli_number(&cli, optarg, 1, BATCH_MAX);
			break;
		case OPT_COMMIT_INTERVAL:
			r->age_ms = cli_duration(&cli, optarg, 0, AGE_MAX_MS);
			break;
		case OPT_PARTIAL:
			r->load.partial = true;
			break;
		case OPT_PRUNE_TOMBSTONES:
			r->prune_ms = cli_duration(&cli, optarg, 1,
			    PRUNE_MAX_MS);
			break;
		case OPT_SCHEMA:
			schema = true;
			break;
		case OPT_TIMEOUT:
			*wait_ms = cli_duration(&cli, optarg, 0,
			    TIMEOUT_MAX_MS);
			break;
		}
	return schema;
}

int
main(int argc, char **argv)
{
	static struct run run = {
		.load.hooks = { &run, note_bad, note_unknown, note_again },
		.age_ms = AGE_MS,
	};
	unsigned wait_ms = TIMEOUT_MS;
	struct cli_inputs inputs;
	struct status st;

	if (read_options(&run, &wait_ms, argc, argv))
		return print_schema(optind < argc ? argv[optind] : "");
	if (optind == argc)
		cli_usage("which database?");
	cli_inputs_begin(&inputs, &cli, argv + optind + 1);
	if (load_open(&run.load, argv[optind], wait_ms, &st) == -1)
		cli_fatal(&st);
	read_inputs(&run, &inputs);
	finish(&run);
	return run.failed ? CLI_FAILED : CLI_DONE;
}
