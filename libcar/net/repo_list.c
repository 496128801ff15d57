#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/data/object.h"
#include "libcar/data/syntax.h"
#include "libcar/net/repo_list.h"
#include "libcar/net/xrpc.h"
#include "libcar/stream/write.h"

/*
 * check reads a page into lines, which are kept separate until done knows
 * whether the page was good: a cursor is written only after all repos before
 * it. Each collection is a listing with its own cursors; a set for all of them
 * knows which repos came before.
 */

#define LIST_ALL "com.atproto.sync.listRepos"
#define LIST_BY_COLLECTION "com.atproto.sync.listReposByCollection"

static void next_page(struct repo_list *);

static const char *
collection(const struct repo_list *l)
{
	return l->collections->count == 0 ? NULL :
					    l->collections->patterns[l->at];
}

static const char *
method(const struct repo_list *l)
{
	return collection(l) == NULL ? LIST_ALL : LIST_BY_COLLECTION;
}

bool
repo_list_is_method(const struct slice *name)
{
	return slice_is(name, LIST_ALL) || slice_is(name, LIST_BY_COLLECTION);
}

/* Lines */

/* What the host says about an account's state. If `active` isn't a boolean,
 * ignore `status`, too, because alone it could mislead. */
static void
take_state(struct stream_repo *repo, struct object *item)
{
	struct slice active = object_get_json(item, "active"),
		     status = object_get(item, "status");

	if (slice_is(&active, "true") || slice_is(&active, "false"))
		repo->active = stream_bool(slice_is(&active, "true"));
	else if (active.at != NULL && !slice_is(&active, "null"))
		return;
	if (xrpc_is_status(status.at, status.len))
		repo->status = status;
}

/* What the host says about a repo. Wrong fields are omitted. */
static int
write_repo(struct repo_list *l, const struct slice *did, struct object *item,
    struct status *st)
{
	struct slice rev = object_get(item, "rev"),
		     head = object_get(item, "head");
	struct stream_repo repo = { .did = *did, .at = clock_wall_ms() * 1000 };

	if (rev.at != NULL && syntax_is_tid(rev.at, rev.len))
		repo.rev = rev;
	if (head.at != NULL && syntax_is_cid(head.at, head.len))
		repo.head = head;
	take_state(&repo, item);
	repo.host = slice_of(l->host);
	return stream_write_repo(&l->page.lines, &repo, NULL, st);
}

static int
write_cursor(struct repo_list *l, struct status *st)
{
	struct stream_cursor cursor = {
		.service = slice_of(l->host),
		.stream = slice_of(method(l)),
		.collection = slice_of(collection(l)),
		.cursor = slice_of(paging_cursor(&l->pages)),
		.at = clock_wall_ms() * 1000,
	};

	return stream_write_cursor(l->out, &cursor, st);
}

/* Pages */

/* Does a listing name this repo for the first time? 1, 0 or -1. */
static int
is_new(struct repo_list *l, const struct slice *did, struct status *st)
{
	int n = paging_is_new(&l->pages, did->at, did->len, st);

	if (n != 1 || l->collections->count <= 1)
		return n;
	n = set_add(&l->known, did->at, did->len);
	return n == -1 ? status_no_memory(st) : n;
}

/* Take an entry of the page. */
static int
take_repo(void *ctx, struct object *item, const struct slice *json,
    struct status *st)
{
	struct repo_list *l = ctx;
	struct slice did = object_get(item, "did");
	int n;

	if (l->limit > 0 && l->repos + l->page.fresh >= l->limit) {
		l->cut = true;
		return 0;
	}
	if (did.at == NULL || !syntax_is_did(did.at, did.len)) {
		page_note_bad(&l->page, json);
		return 0;
	}
	if ((n = is_new(l, &did, st)) != 1)
		return n;
	l->page.fresh++;
	return write_repo(l, &did, item, st);
}

static int
check_page(struct http_request *r, struct status *st)
{
	struct repo_list *l = r->ctx;

	if (xrpc_judge(r, st) == -1)
		return -1;
	return paging_take(&l->pages, r, "repos", take_repo, l, st);
}

/* Append the lines of the page, and report its wrong entries. */
static void
give_page(struct repo_list *l)
{
	struct status bad;

	l->repos += l->page.fresh;
	page_give_lines(&l->page, l->out);
	if (page_is_flawed(&l->page, l->request.url.data, "a DID", &bad))
		l->flawed(l, &bad);
}

/* All repos are one listing without a collection. */
static size_t
count_listings(const struct repo_list *l)
{
	return l->collections->count > 0 ? l->collections->count : 1;
}

static bool
is_over(const struct repo_list *l)
{
	return l->cut || (l->limit > 0 && l->repos >= l->limit) ||
	    l->at == count_listings(l);
}

/* Ask for all cursors at the start, because the answers may change. */
static void
keep_places(struct repo_list *l)
{
	const char *cursor;

	for (; l->at < count_listings(l); l->at++) {
		cursor = l->from(l, method(l), collection(l));
		buf_puts(&l->places, cursor == NULL ? "" : cursor);
		buf_putc(&l->places, '\0');
	}
	l->at = 0;
}

/* Begin the current listing where an earlier run ended. */
static void
find_place(struct repo_list *l)
{
	const char *cursor;
	struct status ignored;

	l->out->failed |= l->places.failed;
	if (l->places.failed || l->places.len == 0)
		return;
	cursor = l->places.data + l->next_place;
	l->next_place += strlen(cursor) + 1;
	if (cursor[0] != '\0' &&
	    paging_resume(&l->pages, cursor, strlen(cursor), &ignored) == -1)
		l->out->failed = true;
}

static void
next_collection(struct repo_list *l)
{
	l->at++;
	paging_free(&l->pages);
	if (!is_over(l))
		find_place(l);
}

static void
go_on(struct repo_list *l)
{
	if (is_over(l))
		l->done(l, NULL);
	else
		next_page(l);
}

/* Does a failure affect only this collection, out of several? A temporary
 * failure would leave a gap, so it ends the list. */
static bool
is_of_collection(const struct repo_list *l, const struct status *why)
{
	return l->collections->count > 1 && xrpc_is_answered(why) &&
	    !status_retry(why->code);
}

/* A failed page may still name repos. After a failure of ours, for example no
 * memory, its lines may be cut. */
static void
fail_page(struct repo_list *l, const struct status *why)
{
	if (!status_fatal(why->code))
		give_page(l);
	if (!is_of_collection(l, why)) {
		l->done(l, why);
		return;
	}
	l->flawed(l, why);
	l->ready(l);
	next_collection(l);
	go_on(l);
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct repo_list *l = r->ctx;
	struct status st;

	if (why != NULL) {
		fail_page(l, why);
		return;
	}
	give_page(l);
	if (!l->pages.ended && !l->cut && write_cursor(l, &st) == -1) {
		l->done(l, &st);
		return;
	}
	l->ready(l);
	if (l->pages.ended)
		next_collection(l);
	go_on(l);
}

static uint64_t
page_size(const struct repo_list *l)
{
	uint64_t page = l->collections->count == 0 ? REPO_LIST_PAGE :
						     REPO_LIST_COLLECTION_PAGE;

	return l->limit > 0 && l->limit - l->repos < page ?
	    l->limit - l->repos :
	    page;
}

static void
next_page(struct repo_list *l)
{
	const char *nsid = collection(l);
	char limit[24];
	const struct xrpc_call call = {
		.method = method(l),
		.parameters = { { "collection", nsid }, { "limit", limit },
		    { "cursor", paging_cursor(&l->pages) } },
		.max_bytes = REPO_LIST_MAX_ANSWER,
		.check = check_page,
		.done = got_page,
		.ctx = l,
	};

	/* Many lists may wait at the same time, and none keeps a page. */
	buf_free(&l->request.body);
	page_free(&l->page);
	snprintf(limit, sizeof(limit), "%llu",
	    (unsigned long long)page_size(l));
	xrpc_start(l->http, &l->request, l->host, &call);
}

void
repo_list_start(struct repo_list *l, struct http *http)
{
	l->http = http;
	if (l->from != NULL)
		keep_places(l);
	find_place(l);
	next_page(l);
}

void
repo_list_free(struct repo_list *l)
{
	paging_free(&l->pages);
	set_free(&l->known);
	http_free(&l->request);
	page_free(&l->page);
	buf_free(&l->places);
	memset(l, 0, sizeof(*l));
}
