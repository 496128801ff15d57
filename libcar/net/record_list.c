#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/data/object.h"
#include "libcar/net/listed.h"
#include "libcar/net/record_list_private.h"
#include "libcar/net/xrpc.h"

/*
 * A state is a call that is under way: get_latest(),
 * find_collections(), next_page().
 * Its check reads the answer, and its done goes on with the next state, up to
 * finish(). A page's lines are kept apart until done knows that the page was
 * good, so a page that fails leaves nothing behind.
 */

static void next_page(struct record_list *, uint64_t delay_ms);

static struct collections_collection *
current(struct record_list *l)
{
	return &l->collections.all[l->at];
}

/* The end */

static void
finish(struct record_list *l)
{
	struct status st;

	if (record_list_write_end(l, &st) == -1) {
		l->done(l, &st);
		return;
	}
	l->ready(l);
	l->done(l, NULL);
}

/* Pages */

static int
check_page(struct http_request *r, struct status *st)
{
	struct record_list *l = r->ctx;
	struct listed listed = { &l->emit, &l->pages, l->did, current(l)->nsid,
		r->url.data, &l->lines, l->block };
	int rc;

	if (xrpc_judge(r, st) == -1)
		return -1;
	l->lines.len = 0;
	rc = paging_take(&l->pages, r, "records", listed_take, &listed, st);
	l->block = listed.block;
	return rc;
}

static void
next_collection(struct record_list *l)
{
	paging_free(&l->pages);
	if (++l->at < l->collections.count)
		next_page(l, l->delay_ms);
	else
		finish(l);
}

static void
give_page(struct record_list *l)
{
	current(l)->keys += l->pages.fresh;
	buf_put(l->out, l->lines.data, l->lines.len);
	l->out->failed |= l->lines.failed;
	buf_free(&l->lines);
}

/* Large records may make a page too large for us: ask for fewer at a time. */
static bool
ask_for_fewer(struct record_list *l, const struct status *why)
{
	if (why == NULL || why->code != STATUS_TOO_LARGE || l->limit == 1)
		return false;
	l->limit = l->limit > 10 ? l->limit / 10 : 1;
	next_page(l, l->delay_ms);
	return true;
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct record_list *l = r->ctx;
	struct status st;

	if (ask_for_fewer(l, why))
		return;
	if (why != NULL) {
		l->done(l, why);
		return;
	}
	give_page(l);
	if (!l->pages.ended && record_list_write_cursor(l, &st) == -1) {
		l->done(l, &st);
		return;
	}
	l->ready(l);
	if (l->pages.ended)
		next_collection(l);
	else
		next_page(l, l->delay_ms);
}

static void
next_page(struct record_list *l, uint64_t delay_ms)
{
	char limit[16];
	const struct xrpc_call call = {
		.method = "com.atproto.repo.listRecords",
		.parameters = { { "repo", l->did },
		    { "collection", current(l)->nsid }, { "limit", limit },
		    { "cursor", paging_cursor(&l->pages) } },
		.delay_ms = delay_ms,
		.max_bytes = RECORD_LIST_MAX_PAGE,
		.check = check_page,
		.done = got_page,
		.ctx = l,
	};

	current(l)->begun = true;
	snprintf(limit, sizeof(limit), "%u", l->limit);
	xrpc_start(l->http, &l->request, l->host, &call);
}

static void
begin_pages(struct record_list *l)
{
	static const struct filter everything;

	collections_sort(&l->collections);
	emit_begin(&l->emit, l->program, &everything, clock_wall_ms() * 1000);
	emit_list(&l->emit, l->did, l->rev);
	l->at = l->from == NULL ?
	    0 :
	    collections_find(&l->collections, l->from, strlen(l->from));
	if (l->at < l->collections.count)
		next_page(l, 0);
	else
		finish(l);
}

/* The collections */

/* A prefix, or no filter, needs the host to say which collections it has. */
static bool
needs_description(const struct record_list *l)
{
	size_t i;

	for (i = 0; i < l->filter->count; i++)
		if (!filter_is_nsid(l->filter->patterns[i]))
			return true;
	return l->filter->count == 0;
}

static int
add_named(struct record_list *l, struct status *st)
{
	const char *pattern;
	size_t i;

	for (i = 0; i < l->filter->count; i++) {
		pattern = l->filter->patterns[i];
		if (filter_is_nsid(pattern) &&
		    collections_add(&l->collections, pattern, strlen(pattern),
			false, 0, st) == -1)
			return -1;
	}
	return 0;
}

static int
add_described(void *ctx, const char *nsid, size_t len, struct status *st)
{
	struct record_list *l = ctx;

	if (!filter_covers(l->filter, nsid, len))
		return 0;
	return collections_add(&l->collections, nsid, len, false, 0, st);
}

static int
check_description(struct http_request *r, struct status *st)
{
	struct object answer = { .text = NULL };
	struct slice array = { NULL, 0 };
	struct status ignored;
	int rc;

	if (xrpc_judge(r, st) == -1)
		return -1;
	if (object_open(&answer, r->body.data, r->body.len, &ignored) == 0)
		array = object_get_json(&answer, "collections");
	rc = xrpc_collections(r, &array, add_described, NULL, r->ctx, st);
	object_free(&answer);
	return rc;
}

static void
described(struct http_request *r, struct status *why)
{
	struct record_list *l = r->ctx;

	if (why != NULL)
		l->done(l, why);
	else
		begin_pages(l);
}

static void
find_collections(struct record_list *l)
{
	const struct xrpc_call call = {
		.method = "com.atproto.repo.describeRepo",
		.parameters = { { "repo", l->did } },
		.max_bytes = RECORD_LIST_MAX_ANSWER,
		.check = check_description,
		.done = described,
		.ctx = l,
	};

	if (!needs_description(l)) {
		begin_pages(l);
		return;
	}
	xrpc_start(l->http, &l->request, l->host, &call);
}

/* The latest commit */

static int
check_latest(struct http_request *r, struct status *st)
{
	struct record_list *l = r->ctx;

	return xrpc_judge(r, st) == -1 ? -1 :
					 xrpc_latest(r, l->rev, l->head, st);
}

static void
got_latest(struct http_request *r, struct status *why)
{
	struct record_list *l = r->ctx;
	struct status st;

	if (why == NULL && record_list_write_repo(l, &st) == -1)
		why = &st;
	if (why != NULL) {
		l->done(l, why);
		return;
	}
	l->ready(l);
	find_collections(l);
}

static void
get_latest(struct record_list *l)
{
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getLatestCommit",
		.parameters = { { "did", l->did } },
		.max_bytes = RECORD_LIST_MAX_ANSWER,
		.check = check_latest,
		.done = got_latest,
		.ctx = l,
	};

	xrpc_start(l->http, &l->request, l->host, &call);
}

/* The beginning */

static void
forget(struct record_list *l)
{
	collections_free(&l->collections);
	paging_free(&l->pages);
	l->limit = l->page;
	l->from = NULL;
}

static bool
is_place(const struct stream_cursor *from)
{
	return from != NULL && from->rev.at != NULL &&
	    syntax_is_tid(from->rev.at, from->rev.len) &&
	    from->cursor.at != NULL && from->cursor.len > 0 &&
	    from->collection.at != NULL &&
	    syntax_is_nsid(from->collection.at, from->collection.len);
}

static int
resume(struct record_list *l, const struct stream_cursor *from,
    struct status *st)
{
	struct collections *c = &l->collections;
	const struct slice *nsid = &from->collection;

	if ((from->counts.at != NULL &&
		collections_parse(c, from->counts.at, from->counts.len, st) ==
		    -1) ||
	    collections_add(c, nsid->at, nsid->len, true, 0, st) == -1 ||
	    paging_resume(&l->pages, from->cursor.at, from->cursor.len, st) ==
		-1)
		return -1;
	l->from = c->all[collections_find(c, nsid->at, nsid->len)].nsid;
	memcpy(l->rev, from->rev.at, from->rev.len);
	return 0;
}

int
record_list_start(struct record_list *l, struct http *http,
    const struct stream_cursor *from, struct status *st)
{
	l->http = http;
	forget(l);
	if ((is_place(from) && resume(l, from, st) == -1) ||
	    add_named(l, st) == -1)
		return -1;
	if (l->from == NULL)
		get_latest(l);
	else
		find_collections(l);
	return 0;
}

uint64_t
record_list_errors(const struct record_list *l)
{
	return l->emit.errors;
}

void
record_list_free(struct record_list *l)
{
	collections_free(&l->collections);
	paging_free(&l->pages);
	emit_free(&l->emit);
	http_free(&l->request);
	buf_free(&l->lines);
	buf_free(&l->block);
	memset(l, 0, sizeof(*l));
}
