#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/json.h"
#include "libcar/db/blob.h"
#include "libcar/serve/account.h"
#include "libcar/serve/blob_routes.h"
#include "libcar/serve/file.h"
#include "libcar/serve/params.h"
#include "libcar/store/blob_file.h"

/*
 * The database says which account has which blob. Where the file is follows
 * from the CID alone: the path that the database has is never opened.
 */

#define MAX_TYPE 127 /* bytes of a type that is passed on */
#define MAX_PAGE 1000
#define PAGE 500

/* The type of a blob, if it can stand in a header: `a/b` and parameters. A
 * host, or a record, said it, and it proves nothing. */
static bool
is_type(const struct slice *t)
{
	static const char others[] = "!#$&^_.+-/;= ";
	bool slash = false;
	size_t i;

	for (i = 0; i < t->len; i++) {
		char c = t->at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') ||
			(c != '\0' && strchr(others, c) != NULL)))
			return false;
		slash |= c == '/';
	}
	return t->at != NULL && slash && t->len <= MAX_TYPE;
}

struct found {
	struct serve_answer *answer;
	bool any;
};

static int
take_blob(void *arg, const struct db_blob *b, struct status *st)
{
	struct slice type = b->mime_type;
	struct found *f = arg;

	(void)st;
	f->any = true;
	if (!is_type(&type))
		type = slice_of("application/octet-stream");
	serve_answer_header(f->answer, "Content-Type", &type);
	return 0;
}

/* As the reference does, so that no browser takes a blob for a page of this
 * server. */
static void
forbid_display(struct serve_answer *a, const struct slice *cid)
{
	static const char policy[] = "default-src 'none'; sandbox";
	struct slice value = slice_make(policy, sizeof(policy) - 1);
	struct buf name = { .len = 0 };

	serve_answer_header(a, "Content-Security-Policy", &value);
	buf_puts(&name, "attachment; filename=\"");
	buf_put(&name, cid->at, cid->len);
	buf_puts(&name, "\"");
	value = slice_make(name.data, name.len);
	serve_answer_header(a, "Content-Disposition", &value);
	a->body.failed |= name.failed;
	buf_free(&name);
}

static void
no_blob(struct serve_answer *a)
{
	serve_answer_error(a, 400, "InvalidRequest", "Blob not found");
}

static void
send_file(struct serve_context *c, struct serve_answer *a,
    const struct slice *cid)
{
	uint8_t bytes[CID_MAX_BYTES];
	struct blob_file file;
	struct status st = { 0 };
	int n, got = 0;

	n = cid_from_text(bytes, cid->at, cid->len, &st);
	if (n > 0 && cid_is_blob(bytes, (size_t)n))
		got = blob_file_find(&file, c->setup->blobs, bytes, &st);
	if (got == 1)
		got = serve_file_open(a, file.path, &st);
	if (got == 0)
		no_blob(a);
	else if (got == -1)
		serve_answer_unreadable(a, &st);
	else {
		forbid_display(a, cid);
		serve_answer_etag(a, cid);
		/* A blob never changes, but its account may be taken down. */
		a->cache = "private";
	}
}

static void
get_blob(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct found found = { a, false };
	struct db_profile p = { .id = 0 };
	struct slice did, cid;
	struct status st;

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did) ||
	    !serve_params_get(r, a, "cid", SERVE_FORM_CID, &cid))
		return;
	if (serve_account_open(c, a, &did, &p)) {
		if (db_blob_get(c->db, &did, &cid, take_blob, &found, &st) ==
		    -1)
			serve_answer_failed(a, &st);
		else if (!found.any)
			no_blob(a);
		else
			send_file(c, a, &cid);
	}
	db_profile_free(&p);
}

/* A page of CIDs. */
struct page {
	struct json_writer w;
	struct buf last;
};

static int
write_cid(void *arg, const struct db_blob *b, struct status *st)
{
	struct page *p = arg;

	(void)st;
	json_write_string(&p->w, b->cid.at, b->cid.len);
	p->last.len = 0;
	buf_put(&p->last, b->cid.at, b->cid.len);
	return 0;
}

static void
write_page(struct serve_context *c, struct serve_answer *a,
    const struct slice *did, const struct slice *after, int limit)
{
	struct page p = { .w = { .out = &a->body } };
	struct status st;

	a->type = SERVE_JSON;
	json_write_object(&p.w);
	json_write_key(&p.w, "cids");
	json_write_array(&p.w);
	if (db_blob_page(c->db, did, after, limit, write_cid, &p, &st) == -1) {
		serve_answer_failed(a, &st);
	} else {
		json_write_array_end(&p.w);
		if (p.last.len > 0) {
			json_write_key(&p.w, "cursor");
			json_write_string(&p.w, p.last.data, p.last.len);
		}
		json_write_object_end(&p.w);
	}
	a->body.failed |= p.last.failed;
	buf_free(&p.last);
}

/* The database doesn't know when a blob came, so `since` is ignored: the list
 * has at least the blobs that were asked for. */
static void
list_blobs(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct db_profile p = { .id = 0 };
	struct slice did, since, after;
	int limit;

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did) ||
	    !serve_params_optional(r, a, "since", SERVE_FORM_TID, &since) ||
	    !serve_params_optional(r, a, "cursor", SERVE_FORM_TEXT, &after) ||
	    !serve_params_limit(r, a, MAX_PAGE, PAGE, &limit))
		return;
	if (after.at == NULL)
		after = slice_of("");
	if (serve_account_open(c, a, &did, &p))
		write_page(c, a, &did, &after, limit);
	db_profile_free(&p);
}

static const struct serve_route routes[] = {
	{ "/xrpc/com.atproto.sync.getBlob", SERVE_GET, get_blob, "getBlob",
	    SERVE_NEEDS_DATABASE | SERVE_NEEDS_BLOBS, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.sync.listBlobs", SERVE_GET, list_blobs,
	    "listBlobs", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
};

const struct serve_family serve_blob_routes = SERVE_FAMILY(routes);
