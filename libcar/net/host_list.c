#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/data/json.h"
#include "libcar/data/object.h"
#include "libcar/data/syntax.h"
#include "libcar/net/host_list.h"
#include "libcar/net/xrpc.h"
#include "libcar/stream/write.h"

/*
 * check reads a page into lines and unusable names, which are kept separate
 * until done knows whether the page was good: a cursor is written only after
 * everything before it.
 */

#define METHOD "com.atproto.sync.listHosts"

static void next_page(struct host_list *);

/* Names */

/* Length of the name without its port. */
static size_t
name_len(const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);

	return colon == NULL ? len : (size_t)(colon - name);
}

bool
host_list_origin(char out[DIDDOC_ORIGIN_BYTES], const char *name, size_t len,
    bool allow_private)
{
	char url[sizeof("https://") + HOST_LIST_MAX_NAME];
	bool usable = syntax_is_usable_handle(name, name_len(name, len));
	int n;

	if (len == 0 || len > HOST_LIST_MAX_NAME ||
	    memchr(name, '\0', len) != NULL || name[len - 1] == '/')
		return false;
	if (!allow_private && (!usable || name_len(name, len) < len))
		return false;
	n = snprintf(url, sizeof(url), "%s://%.*s", usable ? "https" : "http",
	    (int)len, name);
	return diddoc_origin(out, url, n, allow_private);
}

/* Lines */

/* A count, unless the relay wrote something else. */
static struct stream_number
get_count(const struct object *entry, const char *name)
{
	struct slice text = object_get_json(entry, name);
	struct stream_number none = { false, 0 };
	struct status ignored;
	struct json j;
	int64_t n;

	if (text.at == NULL)
		return none;
	json_open(&j, text.at, text.len);
	if (json_next(&j, &ignored) != JSON_NUMBER || json_integer(&j, &n) ||
	    n < 0 || n > FIELDS_COUNT_MAX)
		return none;
	return stream_number(n);
}

static int
write_host(struct host_list *l, const char *origin, struct object *entry,
    struct status *st)
{
	struct slice status = object_get(entry, "status");
	struct stream_host host = {
		.host = slice_of(origin),
		.seq = get_count(entry, "seq"),
		.accounts = get_count(entry, "accountCount"),
		.at = clock_wall_ms() * 1000,
	};

	if (xrpc_is_status(status.at, status.len))
		host.status = status;
	return stream_write_host(&l->page.lines, &host, NULL, st);
}

static int
write_cursor(struct host_list *l, struct status *st)
{
	struct stream_cursor cursor = {
		.service = slice_of(l->relay),
		.stream = slice_of(METHOD),
		.cursor = slice_of(paging_cursor(&l->pages)),
		.at = clock_wall_ms() * 1000,
	};

	return stream_write_cursor(l->out, &cursor, st);
}

/* Pages */

/* Report each name once. With its NUL it differs from every origin. */
static int
note_unusable(struct host_list *l, const struct slice *name, struct status *st)
{
	size_t start = l->unusable.len;
	int n;

	buf_put(&l->unusable, name->at, name->len);
	buf_putc(&l->unusable, '\0');
	if (l->unusable.failed)
		return status_no_memory(st);
	n = paging_is_new(&l->pages, l->unusable.data + start, name->len + 1,
	    st);
	if (n != 1)
		l->unusable.len = start;
	return n == -1 ? -1 : 0;
}

static int
take_host(void *ctx, struct object *entry, const struct slice *json,
    struct status *st)
{
	struct host_list *l = ctx;
	struct slice name = object_get(entry, "hostname");
	char origin[DIDDOC_ORIGIN_BYTES];
	int n;

	if (l->limit > 0 && l->hosts + l->page.fresh >= l->limit) {
		l->cut = true;
		return 0;
	}
	if (name.at == NULL || name.len == 0 || name.len > HOST_LIST_MAX_NAME ||
	    memchr(name.at, '\0', name.len) != NULL) {
		page_note_bad(&l->page, json);
		return 0;
	}
	if (!host_list_origin(origin, name.at, name.len, l->allow_private))
		return note_unusable(l, &name, st);
	if ((n = paging_is_new(&l->pages, origin, strlen(origin), st)) != 1)
		return n;
	l->page.fresh++;
	return write_host(l, origin, entry, st);
}

static int
check_page(struct http_request *r, struct status *st)
{
	struct host_list *l = r->ctx;

	if (xrpc_judge(r, st) == -1)
		return -1;
	return paging_take(&l->pages, r, "hosts", take_host, l, st);
}

static void
give_unusable(struct host_list *l)
{
	struct slice name;
	struct status why;
	size_t at;

	for (at = 0; at < l->unusable.len; at += name.len + 1) {
		name = slice_of(l->unusable.data + at);
		status_set(&why, STATUS_BAD_ANSWER, 0,
		    "%s: not the name of a public host: %.*s",
		    l->request.url.data, (int)name.len, name.at);
		l->flawed(l, &name, &why);
	}
}

static void
give_bad(struct host_list *l)
{
	struct slice none = { NULL, 0 };
	struct status why;

	if (page_is_flawed(&l->page, l->request.url.data, "a hostname", &why))
		l->flawed(l, &none, &why);
}

/* Append the lines of the page, and report its wrong entries. */
static void
give_page(struct host_list *l)
{
	l->hosts += l->page.fresh;
	page_give_lines(&l->page, l->out);
	give_unusable(l);
	give_bad(l);
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct host_list *l = r->ctx;
	struct status st;

	/* After a failure of ours, lines may be cut. */
	if (why == NULL || !status_fatal(why->code))
		give_page(l);
	if (why == NULL && !l->pages.ended && !l->cut &&
	    write_cursor(l, &st) == -1)
		why = &st;
	if (why != NULL) {
		l->done(l, why);
		return;
	}
	l->ready(l);
	if (l->pages.ended || l->cut || (l->limit > 0 && l->hosts >= l->limit))
		l->done(l, NULL);
	else
		next_page(l);
}

static uint64_t
page_size(const struct host_list *l)
{
	return l->limit > 0 && l->limit - l->hosts < HOST_LIST_PAGE ?
	    l->limit - l->hosts :
	    HOST_LIST_PAGE;
}

static void
next_page(struct host_list *l)
{
	char limit[24];
	const struct xrpc_call call = {
		.method = METHOD,
		.parameters = { { "limit", limit },
		    { "cursor", paging_cursor(&l->pages) } },
		.max_bytes = HOST_LIST_MAX_ANSWER,
		.check = check_page,
		.done = got_page,
		.ctx = l,
	};

	page_free(&l->page);
	l->unusable.len = 0;
	snprintf(limit, sizeof(limit), "%llu",
	    (unsigned long long)page_size(l));
	xrpc_start(l->http, &l->request, l->relay, &call);
}

int
host_list_resume(struct host_list *l, const char *cursor, size_t len,
    struct status *st)
{
	return paging_resume(&l->pages, cursor, len, st);
}

void
host_list_start(struct host_list *l, struct http *http)
{
	l->http = http;
	next_page(l);
}

void
host_list_free(struct host_list *l)
{
	paging_free(&l->pages);
	http_free(&l->request);
	page_free(&l->page);
	buf_free(&l->unusable);
	memset(l, 0, sizeof(*l));
}
