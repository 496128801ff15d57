#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/cli.h"
#include "libcar/db.h"
#include "libcar/json.h"
#include "libcar/ndjson.h"
#include "libcar/syntax.h"

#define WAIT_MS 60000

enum { OPT_DID, OPT_FAILED, OPT_PENDING, OPT_RETRY_DUE };

static const struct cli_option options[] = {
	[OPT_DID] = { 0, "did", "did", "only this account; may be repeated" },
	[OPT_FAILED] = { 0, "failed", NULL, "those whose last job failed" },
	[OPT_PENDING] = { 0, "pending", NULL,
	    "those not begun, or in progress" },
	[OPT_RETRY_DUE] = { 0, "retry-due", NULL,
	    "those that failed and may be tried again by now" },
	{ 0, NULL, NULL, NULL },
};

static const struct cli cli = {
	.name = "at-status",
	.operands = "database",
	.summary = "List how far the import of each account is, as jobs.",
	.options = options,
};

struct run {
	struct db *db;
	struct db_wanted wanted;
	const char **dids;
	size_t ndids;
	struct ndjson_out out;
};

static void
put_text(struct json_writer *w, const char *key, const struct line_text *t)
{
	if (t->at == NULL)
		return;
	json_write_key(w, key);
	json_write_string(w, t->at, t->len);
}

static void
put_counts(struct json_writer *w, const struct line_text *counts)
{
	if (counts->at == NULL)
		return;
	json_write_key(w, "counts");
	json_write_raw(w, counts->at, counts->len);
}

static void
put_failure(struct json_writer *w, const struct db_standing *s)
{
	put_text(w, "program", &s->program);
	put_text(w, "error", &s->error);
	put_text(w, "message", &s->message);
	if (s->retry != -1) {
		json_write_key(w, "retry");
		json_write_bool(w, s->retry);
	}
	if (s->attempts > 0) {
		json_write_key(w, "attempts");
		json_write_integer(w, s->attempts);
	}
	put_text(w, "retryAfter", &s->retry_after);
}

static int
put_line(void *arg, const struct db_standing *s, struct status *st)
{
	struct ndjson_out *out = arg;
	struct json_writer w = { .out = &out->buf };

	json_write_object(&w);
	json_write_member(&w, "type", "repo");
	put_text(&w, "did", &s->did);
	put_text(&w, "pds", &s->pds);
	put_text(&w, "key", &s->key);
	put_text(&w, "rev", &s->rev);
	put_text(&w, "collection", &s->collection);
	put_text(&w, "cursor", &s->cursor);
	put_counts(&w, &s->counts);
	put_text(&w, "state", &s->state);
	put_text(&w, "loadedRev", &s->loaded_rev);
	put_failure(&w, s);
	put_text(&w, "at", &s->at);
	json_write_object_end(&w);
	buf_putc(&out->buf, '\n');
	return ndjson_out_line(out, st);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All accounts, or those of the DIDs, each once. */
static int
put_lines(struct run *r, struct status *st)
{
	const struct db_methods *call = r->db->call;
	size_t i;

	if (r->ndids == 0)
		return call->standings(r->db, &r->wanted, put_line, &r->out,
		    st);
	qsort(r->dids, r->ndids, sizeof(*r->dids), compare);
	for (i = 0; i < r->ndids; i++) {
		if (i > 0 && strcmp(r->dids[i], r->dids[i - 1]) == 0)
			continue;
		r->wanted.did = r->dids[i];
		if (call->standings(r->db, &r->wanted, put_line, &r->out, st) ==
		    -1)
			return -1;
	}
	return 0;
}

static void
add_did(struct run *r, const char *did, int room)
{
	if (!syntax_is_did(did, strlen(did)))
		cli_usage(&cli, "'%s' isn't a DID", did);
	if (r->dids == NULL && (r->dids = calloc(room, sizeof(did))) == NULL)
		cli_usage(&cli, "no memory");
	r->dids[r->ndids++] = did;
}

static void
read_options(struct run *r, int argc, char **argv)
{
	int option;

	while ((option = cli_next(&cli, argc, argv)) != -1)
		switch (option) {
		case OPT_DID:
			add_did(r, optarg, argc);
			break;
		case OPT_FAILED:
			r->wanted.failed = true;
			break;
		case OPT_PENDING:
			r->wanted.pending = true;
			break;
		case OPT_RETRY_DUE:
			r->wanted.retry_due = true;
			break;
		}
	if (optind == argc)
		cli_usage(&cli, "which database?");
	if (optind + 1 < argc)
		cli_usage(&cli, "one database, not %d", argc - optind);
}

int
main(int argc, char **argv)
{
	struct run run = { .out = { .fd = STDOUT_FILENO } };
	struct status st;

	read_options(&run, argc, argv);
	if (db_open_read(&run.db, argv[optind], WAIT_MS, &st) == -1)
		cli_fatal(&st);
	run.db->now_ms = (int64_t)(cli_now() / 1000);
	if (put_lines(&run, &st) == -1 || ndjson_out_flush(&run.out, &st) == -1)
		cli_fatal(&st);
	run.db->call->close(run.db);
	buf_free(&run.out.buf);
	free(run.dids);
	return CLI_DONE;
}
