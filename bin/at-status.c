#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli/cli.h"
#include "libcar/db/forget.h"
#include "libcar/db/standing_format.h"
#include "libcar/db/summary.h"
#include "libcar/db/summary_format.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"

/*
 * at-status: print how far the import of each account is, as jobs for the
 * programs that fetch and load; or reset these states, or sum them up.
 *
 * libcar/db answers each question; this file checks the options and prints the
 * rows as lines. Only --forget, --purge-gone and --reset open the database for
 * writing.
 */

#define WAIT_MS 60000

struct run {
	struct db *db;
	bool cursors, forget, hosts, purge, reset, summary;
	struct db_wanted wanted;
	struct cli_list dids;
	struct ndjson_out out;
};

static struct run this_run = { .out = { .fd = STDOUT_FILENO } };

static const struct cli_option options[] = {
	{ 0, "cursors", NULL, "print the cursors of lists and streams",
	    CLI_FLAG(&this_run.cursors) },
	{ 0, "did", "did", "only this account; may be repeated",
	    CLI_DIDS(&this_run.dids) },
	{ 0, "failed", NULL, "accounts whose last job failed",
	    CLI_FLAG(&this_run.wanted.failed) },
	{ 0, "forget", NULL, "remove everything about the accounts of --did",
	    CLI_FLAG(&this_run.forget) },
	{ 0, "hosts", NULL, "print the hosts of the accounts",
	    CLI_FLAG(&this_run.hosts) },
	{ 0, "outdated", NULL,
	    "accounts whose host has a later rev than loaded",
	    CLI_FLAG(&this_run.wanted.outdated) },
	{ 0, "pending", NULL, "accounts not begun, or in progress",
	    CLI_FLAG(&this_run.wanted.pending) },
	{ 0, "purge-gone", NULL,
	    "remove data of deleted or taken down accounts",
	    CLI_FLAG(&this_run.purge) },
	{ 0, "reset", NULL, "forget the progress of these accounts",
	    CLI_FLAG(&this_run.reset) },
	{ 0, "retry-due", NULL, "failed accounts that can be retried now",
	    CLI_FLAG(&this_run.wanted.retry_due) },
	{ 0, "summary", NULL, "count accounts by state, as a table",
	    CLI_FLAG(&this_run.summary) },
	/* All programs accept it, but there is nothing to suppress here. */
	{ 'q', "quiet", NULL, "does nothing", CLI_FLAG(&cli_quiet),
	    .group = CLI_HIDDEN },
	{ 0, "unsynced", NULL, "accounts whose commits may be missing",
	    CLI_FLAG(&this_run.wanted.unsynced) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-status",
	.operands = "database",
	.summary = "Print the import progress of accounts, as jobs.",
	.options = options,
};

static int
put_standing(void *arg, const struct db_standing *s, struct status *st)
{
	struct ndjson_out *out = arg;

	if (db_standing_format(&out->buf, s, st) == -1)
		return -1;
	return ndjson_out_line(out, st);
}

static int
put_service(void *arg, const struct db_service *s, struct status *st)
{
	struct ndjson_out *out = arg;

	if (db_service_format(&out->buf, s, st) == -1)
		return -1;
	return ndjson_out_line(out, st);
}

static int
put_host(void *arg, const struct slice *host, int64_t n, struct status *st)
{
	struct run *r = arg;
	const struct stream_host line = {
		.host = *host,
		.accounts = stream_number(n),
		.at = (uint64_t)r->db->now_ms * 1000,
	};

	if (stream_write_host(&r->out.buf, &line, NULL, st) == -1)
		return -1;
	return ndjson_out_line(&r->out, st);
}

static int
purge(struct run *r, struct status *st)
{
	const struct db_wanted *w = &r->wanted;
	struct db_purged n;

	if ((r->forget ? db_forget(r->db, w->dids, w->ndids, &n, st) :
			 db_purge(r->db, w, &n, st)) == -1)
		return -1;
	if (cli_verbose)
		cli_warn("%lld accounts, %lld records removed",
		    (long long)n.accounts, (long long)n.records);
	return 0;
}

static int
run(struct run *r, struct status *st)
{
	if (r->summary)
		return db_summary_format(r->db, &r->out.buf, st);
	if (r->cursors)
		return db_services(r->db, put_service, &r->out, st);
	if (r->hosts)
		return db_hosts(r->db, put_host, r, st);
	if (r->purge || r->forget)
		return purge(r, st);
	if (r->reset)
		return db_reset(r->db, &r->wanted, put_standing, &r->out, st);
	return db_standings(r->db, &r->wanted, put_standing, &r->out, st);
}

/* Never create a missing database. */
static int
open_database(struct run *r, const char *name, struct status *st)
{
	if (db_open_read(&r->db, name, WAIT_MS, st) == -1)
		return -1;
	if (!r->reset && !r->purge && !r->forget)
		return 0;
	db_close(r->db);
	return db_open(&r->db, name, WAIT_MS, st);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sort the DIDs and drop repeated ones, as db_standings() expects. */
static void
sort_dids(struct run *r)
{
	const char **dids = r->dids.items;
	size_t i, n = 0;

	if (r->dids.count > 0)
		qsort(dids, r->dids.count, sizeof(*dids), compare);
	for (i = 0; i < r->dids.count; i++)
		if (n == 0 || strcmp(dids[i], dids[n - 1]) != 0)
			dids[n++] = dids[i];
	r->wanted.dids = dids;
	r->wanted.ndids = n;
}

static void
check_options(const struct run *r)
{
	const struct db_wanted *w = &r->wanted;
	bool states = w->pending || w->failed || w->retry_due || w->outdated ||
	    w->unsynced;

	if ((r->cursors || r->hosts) &&
	    (r->cursors == r->hosts || r->forget || r->purge || r->reset ||
		r->summary || states || w->ndids > 0))
		cli_usage("%s allows no other option",
		    r->cursors ? "--cursors" : "--hosts");
	if (r->forget &&
	    (r->purge || r->reset || r->summary || states || w->ndids == 0))
		cli_usage("--forget needs --did, and allows no other option");
	if (r->summary && (r->purge || r->reset || states || w->ndids > 0))
		cli_usage("--summary allows no other option");
	if (r->purge && (r->reset || states))
		cli_usage("--purge-gone allows only --did");
	if (r->reset && !states && w->ndids == 0)
		cli_usage(
		    "--reset needs --did, --failed, --outdated, --pending, "
		    "--retry-due or --unsynced");
}

/* Check the options; return the database's name. */
static const char *
read_options(struct run *r, int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	int n = 0;

	sort_dids(r);
	check_options(r);
	while (operands[n] != NULL)
		n++;
	if (n == 0)
		cli_usage("no database is named");
	if (n > 1)
		cli_usage("want one database, have %d", n);
	return operands[0];
}

/* A stream begins before its database is there. This must not look like a
 * failure, because a stream that lost its cursor loses events. */
static int
no_cursors(struct run *r, const struct status *st)
{
	cli_warn("%s; no cursors yet", st->msg);
	cli_list_free(&r->dids);
	return CLI_DONE;
}

int
main(int argc, char **argv)
{
	struct run *r = &this_run;
	const char *database;
	struct status st;

	database = read_options(r, argc, argv);
	if (open_database(r, database, &st) == -1) {
		if (r->cursors && st.code == STATUS_NOT_FOUND)
			return no_cursors(r, &st);
		cli_fatal(&st);
	}
	r->db->now_ms = (int64_t)(cli_now() / 1000);
	if (run(r, &st) == -1 || ndjson_out_flush(&r->out, &st) == -1)
		cli_fatal(&st);
	db_close(r->db);
	buf_free(&r->out.buf);
	cli_list_free(&r->dids);
	return CLI_DONE;
}
