/* at-listrecords: the records of repos, page by page. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/cli/runner.h"
#include "libcar/net/listed.h"
#include "libcar/net/paging.h"
#include "libcar/net/xrpc.h"
#include "libcar/stream/collections.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/filter.h"
#include "libcar/stream/write.h"

#define MAX_ANSWER (4 << 20)
#define MAX_PAGE_BYTES (16 << 20)

/* What the command line asks for. */
static struct runner this_runner;
static struct {
	struct filter filter;
	unsigned page;
	uint64_t delay_ms;
} run;

static const struct cli_option options[] = {
	RUNNER_OPTIONS(this_runner),
	{ 'c', "collection", "nsid",
	    "only these records; NSID or prefix.*, repeatable",
	    CLI_FILTER(&run.filter) },
	{ 0, "page", "n", "records a page",
	    CLI_COUNT(&run.page, "100", 1, 100) },
	{ 0, "delay", "time", "between the pages of a repo",
	    CLI_TIME(&run.delay_ms, "100ms", 0, 3600000) },
	{ 0 },
};

static const struct cli cli = {
	.name = "at-listrecords",
	.operands = "[file or did ...]",
	.summary = "List the records of repos, where no CAR is to be had.",
	.options = options,
	.progress = true,
};

struct own {
	struct http_request http;
	struct buf lines, block;
	struct emit emit;
	char rev[SYNTAX_TID_LEN + 1], head[CID_MAX_TEXT + 1];
	struct collections counts; /* the collections, sorted */
	size_t at;                 /* of them */
	struct paging pages;       /* of this one */
	unsigned page;             /* records a page */
	bool resumed;
};

static void next_page(struct task *, uint64_t delay_ms);

static void
free_own(struct task *task)
{
	struct own *own = task->own;

	collections_free(&own->counts);
	paging_free(&own->pages);
	emit_free(&own->emit);
	http_free(&own->http);
	buf_free(&own->lines);
	buf_free(&own->block);
}

static struct collections_collection *
current(struct own *own)
{
	return &own->counts.all[own->at];
}

/* The collections to be listed */

/* Does the host have to be asked for collections? */
static bool
needs_description(void)
{
	size_t i;

	for (i = 0; i < run.filter.count; i++)
		if (!filter_is_nsid(run.filter.patterns[i]))
			return true;
	return run.filter.count == 0;
}

static int
add_named(struct own *own, struct status *st)
{
	size_t i;

	for (i = 0; i < run.filter.count; i++)
		if (filter_is_nsid(run.filter.patterns[i]) &&
		    collections_add(&own->counts, run.filter.patterns[i],
			strlen(run.filter.patterns[i]), false, 0, st) == -1)
			return -1;
	return 0;
}

/* Lines */

static int
write_cursor(struct task *task, struct status *st)
{
	struct own *own = task->own;
	struct buf counts = { .len = 0 };
	struct json_writer w = { &counts, false };
	struct stream_cursor cursor = {
		.did = slice_of(task->did),
		.collection = slice_of(current(own)->nsid),
		.rev = slice_of(own->rev),
		.cursor = slice_of(paging_cursor(&own->pages)),
		.at = cli_now(),
	};
	int rc;

	collections_write(&own->counts, &w, true);
	cursor.counts = slice_make(counts.data, counts.len);
	rc = stream_write_cursor(&own->lines, &cursor, st);
	own->lines.failed |= counts.failed;
	buf_free(&counts);
	return rc;
}

static int
write_end(struct task *task, struct status *st)
{
	struct own *own = task->own;
	struct buf *out = &task->runner->out.buf;
	struct buf counts = { .len = 0 }, names = { .len = 0 };
	struct json_writer w = { &counts, false }, v = { &names, false };
	struct stream_end end = {
		.did = slice_of(task->did),
		.rev = slice_of(own->rev),
		.errors = stream_number((int64_t)own->emit.errors),
		.source = slice_of("list"),
	};
	int rc;

	collections_write(&own->counts, &w, false);
	collections_write_names(&own->counts, &v);
	end.collections = slice_make(counts.data, counts.len);
	end.filter = slice_make(names.data, names.len);
	rc = stream_write_end(out, &end, st);
	out->failed |= counts.failed || names.failed;
	buf_free(&counts);
	buf_free(&names);
	return rc;
}

/* All collections have been listed. */
static void
finish(struct task *task)
{
	struct own *own = task->own;
	struct status st;

	if (write_end(task, &st) == -1) {
		task_fail(task, &st);
		return;
	}
	runner_line(task->runner);
	task->runner->record_errors |= own->emit.errors > 0;
	task_end(task);
}

/* Pages */

static int
check_page(struct http_request *r, struct status *st)
{
	struct task *task = r->ctx;
	struct own *own = task->own;
	struct listed listed = { &own->emit, &own->pages, task->did,
		current(own)->nsid, r->url.data, &own->lines, own->block };
	int rc;

	if (xrpc_judge(r, st) == -1)
		return -1;
	own->lines.len = 0;
	rc = paging_take(&own->pages, r, "records", listed_take, &listed, st);
	own->block = listed.block;
	return rc;
}

static void
next_collection(struct task *task)
{
	struct own *own = task->own;

	paging_free(&own->pages);
	if (++own->at < own->counts.count)
		next_page(task, run.delay_ms);
	else
		finish(task);
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct task *task = r->ctx;
	struct own *own = task->own;
	struct status st;

	if (why != NULL && why->code == STATUS_TOO_LARGE && own->page > 1) {
		own->page = own->page > 10 ? own->page / 10 : 1;
		next_page(task, run.delay_ms);
		return;
	}
	if (why != NULL) {
		task_fail_host(task, why);
		return;
	}
	current(own)->keys += own->pages.fresh;
	if (!own->pages.ended && write_cursor(task, &st) == -1) {
		task_fail(task, &st);
		return;
	}
	buf_put(&task->runner->out.buf, own->lines.data, own->lines.len);
	task->runner->out.buf.failed |= own->lines.failed;
	buf_free(&own->lines);
	runner_line(task->runner);
	if (own->pages.ended)
		next_collection(task);
	else
		next_page(task, run.delay_ms);
}

static void
next_page(struct task *task, uint64_t delay_ms)
{
	struct own *own = task->own;
	char limit[16];
	const struct xrpc_call call = {
		.method = "com.atproto.repo.listRecords",
		.parameters = { { "repo", task->did },
		    { "collection", current(own)->nsid }, { "limit", limit },
		    { "cursor", paging_cursor(&own->pages) } },
		.delay_ms = delay_ms,
		.max_bytes = MAX_PAGE_BYTES,
		.check = check_page,
		.done = got_page,
		.ctx = task,
	};

	current(own)->begun = true;
	snprintf(limit, sizeof(limit), "%u", own->page);
	xrpc_start(task->runner->http, &own->http, task->pds, &call);
}

/* Before the first page */

static void
begin_pages(struct task *task)
{
	static const struct filter everything;
	struct own *own = task->own;
	struct slice nsid;

	collections_sort(&own->counts);
	emit_begin(&own->emit, cli.name, &everything, cli_now());
	emit_list(&own->emit, task->did, own->rev);
	nsid = job_get(&task->job, "collection");
	own->at = own->resumed ?
	    collections_find(&own->counts, nsid.at, nsid.len) :
	    0;
	if (own->at < own->counts.count)
		next_page(task, 0);
	else
		finish(task);
}

static int
add_described(void *ctx, const char *nsid, size_t len, struct status *st)
{
	struct own *own = ctx;

	if (!filter_covers(&run.filter, nsid, len))
		return 0;
	return collections_add(&own->counts, nsid, len, false, 0, st);
}

static int
check_description(struct http_request *r, struct status *st)
{
	struct task *task = r->ctx;
	struct object answer = { .text = NULL };
	struct slice array = { NULL, 0 };
	struct status ignored;
	int rc;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if (object_open(&answer, r->body.data, r->body.len, &ignored) == 0)
		array = object_get_json(&answer, "collections");
	rc = xrpc_collections(r, &array, add_described, task->own, st);
	object_free(&answer);
	return rc;
}

static void
described(struct http_request *r, struct status *why)
{
	if (why != NULL)
		task_fail_host(r->ctx, why);
	else
		begin_pages(r->ctx);
}

static void
describe(struct task *task)
{
	struct own *own = task->own;
	const struct xrpc_call call = {
		.method = "com.atproto.repo.describeRepo",
		.parameters = { { "repo", task->did } },
		.max_bytes = MAX_ANSWER,
		.check = check_description,
		.done = described,
		.ctx = task,
	};

	if (!needs_description()) {
		begin_pages(task);
		return;
	}
	xrpc_start(task->runner->http, &own->http, task->pds, &call);
}

static int
check_latest(struct http_request *r, struct status *st)
{
	struct task *task = r->ctx;
	struct own *own = task->own;

	return xrpc_judge(r, st) == -1 ?
	    -1 :
	    xrpc_latest(r, own->rev, own->head, st);
}

/* The host has the repo, at this rev. */
static int
write_repo(struct task *task, struct status *st)
{
	struct own *own = task->own;
	struct stream_repo repo = {
		.did = slice_of(task->did),
		.rev = slice_of(own->rev),
		.head = slice_of(own->head),
		.active = STREAM_TRUE,
		.at = cli_now(),
	};

	return stream_write_repo(&task->runner->out.buf, &repo, NULL, st);
}

static void
got_latest(struct http_request *r, struct status *why)
{
	struct task *task = r->ctx;
	struct status st;

	if (why != NULL)
		task_fail_host(task, why);
	else if (write_repo(task, &st) == -1)
		task_fail(task, &st);
	else {
		runner_line(task->runner);
		describe(task);
	}
}

/* Does the job say where a listing stood? 1 or 0; -1: what it says is wrong. */
static int
resume(struct task *task, struct status *st)
{
	struct own *own = task->own;
	struct slice rev = job_get(&task->job, "rev"),
		     cursor = job_get(&task->job, "cursor"),
		     nsid = job_get(&task->job, "collection"),
		     counts = job_get_json(&task->job, "counts");

	if (rev.at == NULL || !syntax_is_tid(rev.at, rev.len) ||
	    cursor.at == NULL || cursor.len == 0 || nsid.at == NULL ||
	    !syntax_is_nsid(nsid.at, nsid.len))
		return 0;
	if ((counts.at != NULL &&
		collections_parse(&own->counts, counts.at, counts.len, st) ==
		    -1) ||
	    collections_add(&own->counts, nsid.at, nsid.len, true, 0, st) ==
		-1 ||
	    paging_resume(&own->pages, cursor.at, cursor.len, st) == -1)
		return -1;
	memcpy(own->rev, rev.at, rev.len);
	return 1;
}

static void
get_latest(struct task *task)
{
	struct own *own = task->own;
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getLatestCommit",
		.parameters = { { "did", task->did } },
		.max_bytes = MAX_ANSWER,
		.check = check_latest,
		.done = got_latest,
		.ctx = task,
	};

	xrpc_start(task->runner->http, &own->http, task->pds, &call);
}

static void
ask(struct task *task)
{
	struct own *own = task->own;
	struct status st;
	int n = 0;

	own->page = run.page;
	collections_free(&own->counts);
	paging_free(&own->pages);
	if (!task->asked_again && task->job.object.text != NULL)
		n = resume(task, &st);
	if (n == -1 || add_named(own, &st) == -1) {
		task_fail(task, &st);
		return;
	}
	own->resumed = n == 1;
	if (own->resumed)
		describe(task);
	else
		get_latest(task);
}

int
main(int argc, char **argv)
{
	static const struct runner_program program = {
		.cli = &cli,
		.own_bytes = sizeof(struct own),
		.ask = ask,
		.free = free_own,
	};
	int status;

	runner_init(&this_runner, &program, 20, 2, 10);
	status = runner_run(&this_runner, cli_begin(&cli, argc, argv));
	filter_free(&run.filter);
	return status;
}
