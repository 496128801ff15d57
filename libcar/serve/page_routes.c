#include "config.h"

#include <string.h>

#include "libcar/db/handle.h"
#include "libcar/serve/html.h"
#include "libcar/serve/page.h"
#include "libcar/serve/page_account.h"
#include "libcar/serve/page_routes.h"
#include "libcar/serve/page_status.h"
#include "libcar/serve/recount.h"

/*
 * A search is for whatever people have of an account: a DID, a handle or its
 * beginning, an at:// URI, or the address of a profile.
 */

#define FOUND 50 /* accounts of a search */

static int64_t
now_ms(const struct serve_context *c)
{
	return (int64_t)(c->now_us / 1000);
}

static void
answer_status(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	const struct serve_state *s = serve_recount_take(c->recount);
	const struct page_status p = { s, c->setup->version, now_ms(c),
		(int64_t)c->setup->lag_ms };

	(void)r;
	page_status(a, &p);
	serve_recount_give(c->recount, s);
}

/* What was asked for */

static void
skip(struct slice *t, const char *beginning)
{
	size_t n = strlen(beginning);

	if (slice_begins(t, beginning)) {
		t->at += n;
		t->len -= n;
	}
}

/* The DID, the handle or the beginning of one in a text, in lower case unless
 * it is a DID. */
static void
find_name(struct buf *out, struct slice t)
{
	size_t i = 0;
	char c;

	while (t.len > 0 && t.at[0] == ' ')
		skip(&t, " ");
	skip(&t, "https://bsky.app/profile/");
	skip(&t, "at://");
	skip(&t, "@");
	while (i < t.len && strchr("/?# ", t.at[i]) == NULL)
		i++;
	t.len = i;
	for (i = 0; i < t.len; i++) {
		c = t.at[i];
		if (c >= 'A' && c <= 'Z' && !slice_begins(&t, "did:"))
			c = (char)(c - 'A' + 'a');
		buf_putc(out, c);
	}
}

struct holder {
	const struct slice *handle;
	struct buf *did;
};

static int
note_did(void *arg, const struct db_handle *h, struct status *st)
{
	struct holder *holder = arg;

	if (slice_equal(&h->handle, holder->handle))
		buf_put(holder->did, h->did.at, h->did.len);
	return holder->did->failed ? status_no_memory(st) : 0;
}

/* The DID of a name that is one, or is a handle that somebody has; otherwise
 * empty. */
static int
find_did(struct db *db, const struct slice *name, struct buf *did,
    struct status *st)
{
	struct holder holder = { name, did };

	if (syntax_is_did(name->at, name->len)) {
		buf_put(did, name->at, name->len);
		return did->failed ? status_no_memory(st) : 0;
	}
	if (!syntax_is_handle(name->at, name->len))
		return 0;
	if (db_handle_holder(db, name, false, note_did, &holder, st) == -1)
		return -1;
	/* An operation of a PLC directory may name it. */
	if (did->len == 0 &&
	    db_handle_search(db, name, 1, note_did, &holder, st) == -1)
		return -1;
	return 0;
}

/* Pages */

static void
not_found(struct serve_context *c, struct serve_answer *a,
    const struct slice *name)
{
	const struct page page = { .title = "Not found", .query = *name };

	a->status = 404;
	page_begin(a, &page);
	html_put(&a->body,
	    "<h1>Not found</h1>\n<p>This database knows no account "
	    "<bdi class=\"code\">$t</bdi>.</p>\n",
	    name);
	page_end(a, c->setup->version);
}

static void
answer_account(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct slice name = serve_request_segment(r, 1), text;
	struct buf did = { 0 };
	bool found = false;
	struct status st;
	int rc;

	rc = find_did(c->db, &name, &did, &st);
	text = slice_make(did.data, did.len);
	if (rc == 0 && did.len > 0)
		rc = page_account(a, c->db, &text, c->setup->version, now_ms(c),
		    &found, &st);
	if (rc == -1)
		serve_answer_failed(a, &st);
	else if (!found) {
		serve_answer_error(a, 404, NULL, "Not Found");
		buf_free(&a->body);
		not_found(c, a, &name);
	}
	buf_free(&did);
}

static int
put_found(void *arg, const struct db_handle *h, struct status *st)
{
	struct buf *out = arg;

	(void)st;
	html_put(out,
	    "<tr><th scope=\"row\"><a href=\"/account/$u\"><bdi>$t</bdi></a>"
	    "</th><td><bdi class=\"code\">$t</bdi></td></tr>\n",
	    &h->did, &h->handle, &h->did);
	return 0;
}

static int
list_found(struct serve_context *c, const struct slice *name,
    struct serve_answer *a, struct status *st)
{
	static const char *const columns[] = { "Handle", "DID", NULL };
	const struct page page = { .title = "Search", .query = *name };
	struct buf *out = &a->body, rows = { 0 };
	int rc = 0;

	if (name->len > 0)
		rc = db_handle_search(c->db, name, FOUND, put_found, &rows, st);
	page_begin(a, &page);
	buf_puts(out, "<h1>Search</h1>\n");
	if (name->len == 0)
		buf_puts(out,
		    "<p>Enter a handle, its beginning, or a DID.</p>\n");
	else if (rows.len == 0)
		html_put(out,
		    "<p>No account has a handle that begins with "
		    "<bdi class=\"code\">$t</bdi>.</p>\n",
		    name);
	else {
		page_box(out, "Accounts");
		page_table(out, "Accounts whose handle begins so", columns);
		buf_put(out, rows.data, rows.len);
		page_table_end(out);
		page_box_end(out);
	}
	page_end(a, c->setup->version);
	buf_free(&rows);
	return rc;
}

static int
go_to(struct serve_answer *a, const struct slice *did, struct status *st)
{
	struct buf location = { 0 };
	struct slice value;

	html_put(&location, "/account/$u", did);
	value = slice_make(location.data, location.len);
	if (location.failed)
		return status_no_memory(st);
	a->status = 303;
	serve_answer_header(a, "Location", &value);
	buf_free(&location);
	return 0;
}

static void
answer_search(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct buf name = { 0 }, did = { 0 };
	struct slice text, found;
	struct status st;
	int rc;

	find_name(&name, serve_request_param(r, "q"));
	text = slice_make(name.data, name.len);
	rc = find_did(c->db, &text, &did, &st);
	found = slice_make(did.data, did.len);
	if (rc == 0)
		rc = found.len > 0 ? go_to(a, &found, &st) :
				     list_found(c, &text, a, &st);
	if (rc == -1)
		serve_answer_failed(a, &st);
	buf_free(&name);
	buf_free(&did);
}

static const struct serve_route routes[] = {
	{ "/", SERVE_GET, answer_status, "page.status", 0, SERVE_ERRORS_TEXT },
	{ "/search", SERVE_GET, answer_search, "page.search",
	    SERVE_NEEDS_DATABASE, SERVE_ERRORS_TEXT },
	{ "/account/{name}", SERVE_GET, answer_account, "page.account",
	    SERVE_NEEDS_DATABASE, SERVE_ERRORS_TEXT },
};

const struct serve_family serve_page_routes = SERVE_FAMILY(routes);
