#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libcar/cli.h"
#include "libcar/load.h"
#include "libcar/ndjson.h"

#define IDLE_MS 20   /* input that pauses for so long: commit */
#define AGE_MS 1000  /* rows of a stream show up after so long */
#define PLENTY 65536 /* surely some lines */
#define TIMEOUT_MS 60000
#define TIMEOUT_MAX_MS 86400000
#define PROGRESS_LINES 1024
#define UNKNOWN_TYPES 4

enum { OPT_PARTIAL, OPT_SCHEMA, OPT_TIMEOUT };

static const struct cli_option options[] = {
	[OPT_PARTIAL] = { 0, "partial", NULL,
	    "only add and update, as from a part of a repo" },
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
	uint64_t lines, bad, bytes;
	int64_t began_ms; /* the last line after a commit */
	bool failed;
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

/* Nothing stays uncommitted, nor the database locked, while we wait for
 * input. */
static int
before_read(struct run *r, struct ndjson_in *in, struct status *st)
{
	struct pollfd p = { .fd = in->fd, .events = POLLIN };

	if (!r->load.writing || in->buf.len - in->at > PLENTY)
		return 0;
	if (in->buf.len > in->at &&
	    memchr(in->buf.data + in->at, '\n', in->buf.len - in->at) != NULL)
		return 0;
	if (r->began_ms == 0)
		r->began_ms = now_ms();
	if (poll(&p, 1, IDLE_MS) == 1 && now_ms() - r->began_ms < AGE_MS)
		return 0;
	r->began_ms = 0;
	return load_commit(&r->load, st);
}

/* Types that this version doesn't know, each said once. */
static void
note_unknown(struct run *r, const struct line_text *type)
{
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
bad_line(struct run *r, const char *name, uint64_t number,
    const struct status *st)
{
	r->bad++;
	r->failed = true;
	if (strcmp(name, "-") == 0)
		cli_warn("line %llu: %s", (unsigned long long)number, st->msg);
	else
		cli_warn("%s: line %llu: %s", name, (unsigned long long)number,
		    st->msg);
}

static int
read_lines(struct run *r, const char *name, struct ndjson_in *in,
    struct status *st)
{
	const char *line;
	size_t len;
	int got;

	for (;;) {
		if (before_read(r, in, st) == -1)
			return -1;
		if ((got = ndjson_in_line(in, &line, &len, st)) == 0)
			return 0;
		if (got == -1 && st->code != STATUS_TOO_LARGE)
			return -1;
		if (got == -1 || load_line(&r->load, line, len, st) == -1) {
			if (st->code != STATUS_BAD_LINE &&
			    st->code != STATUS_TOO_LARGE)
				return -1;
			bad_line(r, name, in->lines, st);
		} else if (r->load.line.type == LINE_UNKNOWN)
			note_unknown(r, &r->load.line.name);
		r->bytes += len;
		if (++r->lines % PROGRESS_LINES == 0)
			cli_progress_update(r->lines, r->bad, 0, r->bytes);
	}
}

/* An input that can't be read costs the others nothing. */
static void
read_file(struct run *r, const char *name)
{
	struct ndjson_in in = { .fd = STDIN_FILENO };
	struct status st;

	if (strcmp(name, "-") != 0 &&
	    (in.fd = open(name, O_RDONLY | O_CLOEXEC)) == -1) {
		status_errno(&st, "%s", name);
		cli_warn("%s", st.msg);
		r->failed = true;
		return;
	}
	if (read_lines(r, name, &in, &st) == -1) {
		if (st.code != STATUS_UNREADABLE)
			cli_fatal(&st);
		cli_warn("%s: %s", name, st.msg);
		r->failed = true;
	}
	buf_free(&in.buf);
	if (in.fd != STDIN_FILENO)
		close(in.fd);
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

	if (load_commit(&r->load, &st) == -1)
		cli_fatal(&st);
	while ((got = load_next_open(&r->load, &o, &st)) == 1) {
		print_open(&o);
		r->failed = true;
	}
	if (got == -1)
		cli_fatal(&st);
	cli_progress_end(r->lines, r->bad, 0, r->bytes);
	if (cli_verbose)
		cli_warn("%llu lines: %llu rows written, %llu confirmed, "
			 "%llu skipped, %llu bad",
		    (unsigned long long)r->lines,
		    (unsigned long long)r->load.written,
		    (unsigned long long)r->load.confirmed,
		    (unsigned long long)r->load.skipped,
		    (unsigned long long)r->bad);
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

int
main(int argc, char **argv)
{
	static struct run run;
	unsigned wait_ms = TIMEOUT_MS;
	bool schema = false;
	struct status st;
	int option;

	while ((option = cli_next(&cli, argc, argv)) != -1) {
		if (option == OPT_PARTIAL)
			run.load.partial = true;
		else if (option == OPT_SCHEMA)
			schema = true;
		else
			wait_ms = cli_duration(&cli, optarg, 0, TIMEOUT_MAX_MS);
	}
	if (schema)
		return print_schema(optind < argc ? argv[optind] : "");
	if (optind == argc)
		cli_usage(&cli, "which database?");
	if (optind + 1 == argc)
		cli_need_input(&cli);
	if (load_open(&run.load, argv[optind], wait_ms, &st) == -1)
		cli_fatal(&st);
	if (optind + 1 == argc)
		read_file(&run, "-");
	for (; optind + 1 < argc; optind++)
		read_file(&run, argv[optind + 1]);
	finish(&run);
	return run.failed ? CLI_FAILED : CLI_DONE;
}
