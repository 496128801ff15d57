#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/data/object.h"
#include "libcar/net/listed.h"
#include "libcar/net/record_list_private.h"
#include "libcar/net/xrpc.h"

/*
 * A state is a pending call: get_latest(), find_collections(), next_page(). Its
 * check reads the answer, and its done begins the next state, up to finish(). A
 * page's lines are kept separate until its done knows whether the page is good,
 * because a page may be requested several times.
 *
 * A collection is `begun` as long as the end may report it as complete. It is
 * not `begun` if it failed, or has a record with an unknown key, because a
 * reader deletes the records that a complete collection doesn't have.
 */

static void next_page(struct record_list *, uint64_t delay_ms);

static struct collections_collection *
current(struct record_list *l)
{
	return &l->collections.all[l->at];
}

static void
give_lines(struct record_list *l)
{
	size_t len = l->lines.len;

	buf_put(l->out, l->lines.data, len);
	l->out->failed |= l->lines.failed;
	buf_free(&l->lines);
	if (len > 0)
		l->ready(l);
}

/* The end */

/* Did everything fail that there was to list? */
static bool
is_in_vain(const struct record_list *l)
{
	size_t i;

	for (i = 0; i < l->collections.count; i++)
		if (l->collections.all[i].begun)
			return false;
	return l->failed > 0 && !l->listed;
}

static void
finish(struct record_list *l)
{
	struct status st = l->why;

	if (is_in_vain(l)) {
		l->done(l, &st);
		return;
	}
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
		r->url.data, &l->lines, l->block, l->strays };
	int rc;

	if (xrpc_judge(r, st) == -1)
		return -1;
	l->lines.len = 0;
	rc = paging_take(&l->pages, r, "records", listed_take, &listed, st);
	l->block = listed.block;
	l->strays = listed.strays;
	if (l->strays > 0)
		current(l)->begun = false;
	return rc;
}

static void
begin_collection(struct record_list *l, uint64_t delay_ms)
{
	if (l->at == l->collections.count) {
		finish(l);
		return;
	}
	current(l)->begun = true;
	next_page(l, delay_ms);
}

static void
next_collection(struct record_list *l)
{
	paging_free(&l->pages);
	l->strays = 0;
	l->at++;
	begin_collection(l, l->delay_ms);
}

/* Large records may make a page too large for us: request fewer per page. */
static bool
ask_for_fewer(struct record_list *l, const struct status *why)
{
	if (why == NULL || why->code != STATUS_TOO_LARGE || l->limit == 1)
		return false;
	l->limit = l->limit > 10 ? l->limit / 10 : 1;
	next_page(l, l->delay_ms);
	return true;
}

/* Does a failure affect only this collection? Not if it is the only one, or if
 * the host can't be asked or doesn't have the account. Temporary failures for
 * two collections in a row mean that the host itself is in trouble. */
static bool
is_of_collection(const struct record_list *l, const struct status *why)
{
	if (l->collections.count == 1 ||
	    xrpc_state(status_error(why)) != NULL ||
	    strcmp(status_error(why), "RepoNotFound") == 0)
		return false;
	return xrpc_is_answered(why) &&
	    !(why->code == STATUS_HOST_ERROR && l->stumbled);
}

/* Continue with the next collection: it may have smaller records. */
static void
fail_collection(struct record_list *l, struct status *why)
{
	current(l)->begun = false;
	if (!is_of_collection(l, why)) {
		l->done(l, why);
		return;
	}
	record_list_write_failure(l, why);
	l->failed++;
	l->why = *why;
	l->stumbled = why->code == STATUS_HOST_ERROR;
	l->limit = l->page;
	l->ready(l);
	l->flawed(l, why);
	next_collection(l);
}

/* After a failure of ours, for example no memory, the lines may be cut. */
static void
fail_page(struct record_list *l, struct status *why)
{
	if (status_fatal(why->code)) {
		l->done(l, why);
		return;
	}
	give_lines(l);
	fail_collection(l, why);
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct record_list *l = r->ctx;
	struct status st;

	if (ask_for_fewer(l, why))
		return;
	if (why != NULL) {
		fail_page(l, why);
		return;
	}
	l->stumbled = false;
	current(l)->keys += l->pages.fresh;
	give_lines(l);
	if (l->pages.ended) {
		l->listed = true;
		next_collection(l);
	} else if (record_list_write_cursor(l, &st) == -1)
		l->done(l, &st);
	else {
		l->ready(l);
		next_page(l, l->delay_ms);
	}
}

static void
next_page(struct record_list *l, uint64_t delay_ms)
{
	char limit[16];
	const struct xrpc_call call = {
		.method = RECORD_LIST_METHOD,
		.parameters = { { "repo", l->did },
		    { "collection", current(l)->nsid }, { "limit", limit },
		    { "cursor", paging_cursor(&l->pages) } },
		.delay_ms = delay_ms,
		.max_bytes = RECORD_LIST_MAX_PAGE,
		.check = check_page,
		.done = got_page,
		.ctx = l,
	};

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
	if (l->from == NULL) {
		l->at = 0;
		begin_collection(l, 0);
		return;
	}
	l->at = collections_find(&l->collections, l->from, strlen(l->from));
	next_page(l, 0);
}

/* The collections */

/* With a prefix, or without a filter, only the host knows the collections. */
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

/* Report an element that isn't a collection, and list the others. */
static int
tell_bad(void *ctx, const struct slice *json, struct status *st)
{
	struct record_list *l = ctx;

	if (l->bad == RECORD_LIST_MAX_BAD)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: more than %d collections that aren't NSIDs",
		    l->request.url.data, RECORD_LIST_MAX_BAD);
	l->bad++;
	record_list_write_bad(l, json);
	return 0;
}

static int
check_description(struct http_request *r, struct status *st)
{
	struct record_list *l = r->ctx;
	struct object answer = { .text = NULL };
	struct status ignored;
	struct slice array;
	int rc;

	if (xrpc_judge(r, st) == -1)
		return -1;
	l->lines.len = 0;
	l->bad = 0;
	object_open_loose(&answer, r->body.data, r->body.len, &ignored);
	array = object_get_json(&answer, "collections");
	rc = xrpc_collections(r, &array, add_described, tell_bad, l, st);
	object_free(&answer);
	return rc;
}

static void
described(struct http_request *r, struct status *why)
{
	struct record_list *l = r->ctx;

	if (why != NULL) {
		l->done(l, why);
		return;
	}
	give_lines(l);
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

/* The start */

static void
forget(struct record_list *l)
{
	collections_free(&l->collections);
	paging_free(&l->pages);
	buf_free(&l->lines);
	l->limit = l->page;
	l->from = NULL;
	l->strays = l->bad = l->failed = 0;
	l->listed = l->stumbled = false;
}

static bool
is_place(const struct stream_cursor *from)
{
	if (from != NULL && from->stream.at != NULL &&
	    !slice_is(&from->stream, RECORD_LIST_METHOD))
		return false;
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
	/* Counts that omit this collection mean that it has strays. */
	bool begun = from->counts.at == NULL;

	if ((!begun &&
		collections_parse(c, from->counts.at, from->counts.len, st) ==
		    -1) ||
	    collections_add(c, nsid->at, nsid->len, begun, 0, st) == -1 ||
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
	return l->emit.errors + l->bad + l->failed;
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
