#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/net/blob_list.h"
#include "libcar/net/xrpc.h"

/*
 * The entries of a page are strings. Only CIDs are kept, in binary form: no
 * text of a host becomes part of a file's name.
 */

#define MAX_SHOWN 100 /* bytes of an entry in a message */

/* Read the JSON of an entry. No CID needs an escape. */
static bool
read_cid(uint8_t cid[CID_MAX_BYTES], const struct slice *json)
{
	struct status ignored;
	int n;

	if (json->len < 2 || json->at[0] != '"')
		return false;
	n = cid_from_text(cid, json->at + 1, json->len - 2, &ignored);
	return n != -1 && cid_is_blob(cid, n);
}

/* Keep the first wrong entry, for the message. */
static void
note_bad(struct blob_list *l, const struct slice *json)
{
	if (l->bad++ == 0)
		buf_put(&l->first_bad, json->at,
		    json->len < MAX_SHOWN ? json->len : MAX_SHOWN);
}

static int
take_entry(void *ctx, struct object *entry, const struct slice *json,
    struct status *st)
{
	struct blob_list *l = ctx;
	uint8_t cid[CID_MAX_BYTES];
	int n;

	(void)entry;
	if (!read_cid(cid, json)) {
		note_bad(l, json);
		return 0;
	}
	n = paging_is_new(&l->pages, (char *)cid, BLOB_LIST_CID_BYTES, st);
	if (n == 1)
		buf_put(&l->cids, cid, BLOB_LIST_CID_BYTES);
	return n == -1 ? -1 : 0;
}

static int
check_page(struct http_request *r, struct status *st)
{
	struct blob_list *l = r->ctx;

	if (xrpc_judge(r, st) == -1 ||
	    paging_take(&l->pages, r, "cids", take_entry, l, st) == -1)
		return -1;
	return l->cids.failed || l->first_bad.failed ? status_no_memory(st) : 0;
}

static void
got_page(struct http_request *r, struct status *why)
{
	struct blob_list *l = r->ctx;

	buf_free(&r->body);
	l->ended = why == NULL && l->pages.ended;
	l->got(l, why);
}

void
blob_list_next(struct blob_list *l, struct http *http)
{
	char limit[16];
	const struct xrpc_call call = {
		.method = "com.atproto.sync.listBlobs",
		.parameters = { { "did", l->did }, { "limit", limit },
		    { "cursor", paging_cursor(&l->pages) } },
		.max_bytes = BLOB_LIST_MAX_ANSWER,
		.check = check_page,
		.done = got_page,
		.ctx = l,
	};

	l->cids.len = 0;
	snprintf(limit, sizeof(limit), "%d", BLOB_LIST_PAGE);
	xrpc_start(http, &l->request, l->host, &call);
}

void
blob_list_restart(struct blob_list *l)
{
	paging_free(&l->pages);
	l->cids.len = l->first_bad.len = 0;
	l->bad = 0;
	l->ended = false;
}

void
blob_list_free(struct blob_list *l)
{
	paging_free(&l->pages);
	http_free(&l->request);
	buf_free(&l->cids);
	buf_free(&l->first_bad);
	memset(l, 0, sizeof(*l));
}
