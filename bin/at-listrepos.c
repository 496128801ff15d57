/* at-listrepos: the repos of a relay or a host, page by page. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/set.h"
#include "libcar/cli/cli.h"
#include "libcar/cli/network.h"
#include "libcar/data/syntax.h"
#include "libcar/net/paging.h"
#include "libcar/net/xrpc.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/write.h"

#define RELAY "https://relay1.us-west.bsky.network"
#define MAX_PAGE_BYTES (8 << 20)
#define PAGE 1000
#define COLLECTION_PAGE 2000

/* One run over one or several listings. */
struct run {
	struct http_options http_options;
	const char *service, *resume;
	struct cli_list nsids;
	struct loop *loop;
	struct http *http;
	struct http_request request;
	struct ndjson_out out;
	struct filter collections;
	size_t at; /* of them */
	const char *origin;
	struct paging pages;
	struct set written; /* DIDs, where there are several listings */
	struct buf lines;
	uint64_t limit, done, failed;
	uint64_t fresh, bad; /* of the last page: written, without a DID */
	bool cut, over;
};

static struct run this_run = { .service = RELAY, .out = { .fd = 1 } };

static const struct cli_option options[] = {
	CLI_NETWORK_OPTIONS(this_run.http_options),
	{ 'u', "url", "url", "relay or host (relay1.us-west.bsky.network)",
	    CLI_TEXT(&this_run.service, NULL), .variable = "ATPIPE_RELAY_URL" },
	{ 'c', "collection", "nsid",
	    "only repos that have these records, repeatable",
	    CLI_LIST(&this_run.nsids) },
	{ 0, "resume", "cursor", "go on behind this cursor of an earlier run",
	    CLI_TEXT(&this_run.resume, NULL) },
	{ 'n', "limit", "n", "end after so many repos",
	    CLI_NUMBER(&this_run.limit, NULL, 1, INT64_MAX) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-listrepos",
	.operands = "",
	.summary = "List the repos of a relay or a host.",
	.options = options,
	.progress = true,
};

static const char *
collection(const struct run *run)
{
	return run->collections.count == 0 ? NULL :
					     run->collections.patterns[run->at];
}

static void
finish_line(struct run *run)
{
	struct status st;

	if (ndjson_out_line(&run->out, &st) == -1)
		cli_fatal(&st);
}

/* What the listing says of a repo, as far as it makes sense. */
static int
write_repo(struct run *run, const struct slice *did, struct object *item,
    struct status *st)
{
	struct slice rev = object_get(item, "rev"),
		     head = object_get(item, "head"),
		     active = object_get_json(item, "active"),
		     status = object_get(item, "status");
	struct stream_repo repo = { .did = *did, .at = cli_now() };

	if (rev.at != NULL && syntax_is_tid(rev.at, rev.len))
		repo.rev = rev;
	if (head.at != NULL && syntax_is_cid(head.at, head.len))
		repo.head = head;
	if (slice_is(&active, "true") || slice_is(&active, "false"))
		repo.active = stream_bool(slice_is(&active, "true"));
	if (xrpc_is_status(status.at, status.len))
		repo.status = status;
	return stream_write_repo(&run->lines, &repo, NULL, st);
}

static void
write_error(struct run *run, struct buf *out, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(cli.name),
		.input = slice_of(run->origin),
		.at = cli_now(),
	};

	run->failed++;
	if (!cli_quiet)
		cli_warn("%s", why->msg);
	stream_write_error(out, &e, why, NULL);
}

/* An entry of the page: each repo once. */
static int
take_repo(void *ctx, struct object *item, struct status *st)
{
	struct run *run = ctx;
	struct slice did = object_get(item, "did");
	int n;

	if (run->limit > 0 && run->done + run->fresh >= run->limit) {
		run->cut = true;
		return 0;
	}
	if (did.at == NULL || !syntax_is_did(did.at, did.len)) {
		run->bad++;
		return 0;
	}
	n = paging_is_new(&run->pages, did.at, did.len, st);
	if (n == 1 && run->collections.count > 1 &&
	    (n = set_add(&run->written, did.at, did.len)) == -1)
		return status_set(st, STATUS_SYSTEM, 0, "no memory");
	if (n != 1)
		return n;
	run->fresh++;
	return write_repo(run, &did, item, st);
}

static int
check_page(struct http_request *r, struct status *st)
{
	struct run *run = r->ctx;

	if (xrpc_judge(r, st) == -1)
		return -1;
	return paging_take(&run->pages, r, "repos", take_repo, run, st);
}

static void
write_cursor(struct run *run)
{
	struct stream_cursor cursor = {
		.service = slice_of(run->origin),
		.collection = slice_of(collection(run)),
		.cursor = slice_of(paging_cursor(&run->pages)),
	};
	struct status st;

	if (stream_write_cursor(&run->out.buf, &cursor, &st) == -1)
		cli_fatal(&st);
}

static void next_page(struct run *);

/* What came of the page, and that something was wrong with it. */
static void
write_page(struct run *run)
{
	struct status bad;

	run->done += run->fresh;
	if (run->bad > 0) {
		status_set(&bad, STATUS_BAD_ANSWER, 0,
		    "%s: entries without a DID: %llu", run->request.url.data,
		    (unsigned long long)run->bad);
		write_error(run, &run->lines, &bad);
	}
	buf_put(&run->out.buf, run->lines.data, run->lines.len);
	run->out.buf.failed |= run->lines.failed;
}

/* Its repos are written even if it leads nowhere, but no cursor behind them. */
static void
fail_page(struct run *run, const struct status *why)
{
	if (status_fatal(why->code))
		cli_fatal(why);
	write_page(run);
	write_error(run, &run->out.buf, why);
	finish_line(run);
	run->over = true;
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct run *run = r->ctx;

	if (why != NULL) {
		fail_page(run, why);
		return;
	}
	write_page(run);
	if (!run->pages.ended && !run->cut)
		write_cursor(run);
	finish_line(run);
	if (run->pages.ended) {
		run->at++;
		paging_free(&run->pages);
		run->pages.ended = true;
	}
	run->over = run->cut || (run->limit > 0 && run->done >= run->limit) ||
	    (run->pages.ended && run->at >= run->collections.count);
	if (!run->over)
		next_page(run);
}

static void
next_page(struct run *run)
{
	const char *nsid = collection(run);
	uint64_t page = nsid == NULL ? PAGE : COLLECTION_PAGE;
	char limit[24];
	const struct xrpc_call call = {
		.method = nsid == NULL ?
		    "com.atproto.sync.listRepos" :
		    "com.atproto.sync.listReposByCollection",
		.parameters = { { "collection", nsid }, { "limit", limit },
		    { "cursor", paging_cursor(&run->pages) } },
		.max_bytes = MAX_PAGE_BYTES,
		.check = check_page,
		.done = got_page,
		.ctx = run,
	};

	if (run->limit > 0 && run->limit - run->done < page)
		page = run->limit - run->done;
	run->lines.len = 0;
	run->fresh = run->bad = 0;
	snprintf(limit, sizeof(limit), "%llu", (unsigned long long)page);
	xrpc_start(run->http, &run->request, run->origin, &call);
}

static void
list(struct run *run)
{
	struct status st;

	if ((run->loop = loop_open(&st)) == NULL ||
	    (run->http = http_open(run->loop, &run->http_options, &st)) == NULL)
		cli_fatal(&st);
	next_page(run);
	while (!run->over) {
		if (ndjson_out_flush(&run->out, &st) == -1 ||
		    loop_once(run->loop, 1000, &st) == -1)
			cli_fatal(&st);
		cli_progress_update(run->done, run->failed, run->limit, 0);
	}
	if (ndjson_out_flush(&run->out, &st) == -1)
		cli_fatal(&st);
	cli_progress_end(run->done, run->failed, run->limit, 0);
	http_close(run->http);
	loop_close(run->loop);
}

static void
add_collections(struct run *run)
{
	struct status st;
	const char *nsid;
	size_t i;

	for (i = 0; i < run->nsids.count; i++) {
		nsid = run->nsids.items[i];
		if (!syntax_is_nsid(nsid, strlen(nsid)))
			cli_usage("-c: '%s' is no NSID", nsid);
		if (filter_add(&run->collections, nsid, &st) == -1)
			cli_fatal(&st);
	}
}

static void
read_options(struct run *run, int argc, char **argv)
{
	char **operands = cli_begin(&cli, argc, argv);
	const char *cursor = run->resume;
	struct status st;

	add_collections(run);
	if (cursor != NULL && cursor[0] != '\0' &&
	    paging_resume(&run->pages, cursor, strlen(cursor), &st) == -1)
		cli_fatal(&st);
	if (*operands != NULL)
		cli_usage("what is '%s'? -u names the host", *operands);
	if (paging_cursor(&run->pages) != NULL && run->collections.count > 1)
		cli_usage("--resume goes with one -c at most");
	run->origin = cli_network_origin(&run->http_options, run->service);
}

int
main(int argc, char **argv)
{
	struct run *run = &this_run;

	cli_network_init(&run->http_options, &cli, 1, 1, 1);
	read_options(run, argc, argv);
	list(run);
	paging_free(&run->pages);
	set_free(&run->written);
	filter_free(&run->collections);
	cli_list_free(&run->nsids);
	http_free(&run->request);
	buf_free(&run->lines);
	buf_free(&run->out.buf);
	return run->failed > 0 ? CLI_FAILED : CLI_DONE;
}
