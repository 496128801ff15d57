#include "config.h"

#include "libcar/data/json.h"
#include "libcar/db/record.h"
#include "libcar/serve/account.h"
#include "libcar/serve/document.h"
#include "libcar/serve/params.h"
#include "libcar/serve/record_routes.h"

/*
 * A record's JSON is copied as it was loaded. A page ends early if its records
 * are large, so that no answer is much larger than PAGE_BYTES.
 */

#define MAX_RECORDS 100
#define RECORDS 50
#define PAGE_BYTES (4 << 20)

/* A record of this account and collection. */
struct target {
	struct slice did, collection;
};

static void
write_uri(struct json_writer *w, const struct target *t,
    const struct slice *rkey)
{
	struct buf uri = { .len = 0 };

	buf_puts(&uri, "at://");
	buf_put(&uri, t->did.at, t->did.len);
	buf_putc(&uri, '/');
	buf_put(&uri, t->collection.at, t->collection.len);
	buf_putc(&uri, '/');
	buf_put(&uri, rkey->at, rkey->len);
	json_write_key(w, "uri");
	json_write_string(w, uri.data, uri.len);
	w->out->failed |= uri.failed;
	buf_free(&uri);
}

static void
write_record(struct json_writer *w, const struct target *t,
    const struct db_record *r)
{
	json_write_object(w);
	write_uri(w, t, &r->rkey);
	json_write_text(w, "cid", &r->cid);
	json_write_key(w, "value");
	json_write_raw(w, r->record.at, r->record.len);
	json_write_object_end(w);
}

/* One record */

struct one {
	struct json_writer w;
	struct target target;
	struct slice cid; /* that it must have, or nothing */
	bool found;
};

static int
take_record(void *arg, const struct db_record *r, struct status *st)
{
	struct one *one = arg;

	(void)st;
	if (one->cid.at != NULL &&
	    (r->cid.at == NULL || !slice_equal(&r->cid, &one->cid)))
		return 0;
	one->found = true;
	write_record(&one->w, &one->target, r);
	return 0;
}

static void
find_record(struct serve_context *c, struct serve_answer *a, struct one *one,
    int64_t account, const struct slice *rkey)
{
	struct target *t = &one->target;
	struct status st;

	a->type = SERVE_JSON;
	if (db_record_get(c->db, account, &t->collection, rkey, take_record,
		one, &st) == -1)
		serve_answer_failed(a, &st);
	else if (!one->found)
		serve_answer_error(a, 400, "RecordNotFound",
		    "Could not locate record: at://%.*s/%.*s/%.*s",
		    (int)t->did.len, t->did.at, (int)t->collection.len,
		    t->collection.at, (int)rkey->len, rkey->at);
}

static void
get_record(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct one one = { .w = { .out = &a->body } };
	struct db_profile p = { .id = 0 };
	struct slice repo, rkey;

	if (!serve_params_get(r, a, "repo", SERVE_FORM_AT_IDENTIFIER, &repo) ||
	    !serve_params_get(r, a, "collection", SERVE_FORM_NSID,
		&one.target.collection) ||
	    !serve_params_get(r, a, "rkey", SERVE_FORM_RKEY, &rkey) ||
	    !serve_params_optional(r, a, "cid", SERVE_FORM_CID, &one.cid))
		return;
	if (serve_account_open(c, a, &repo, &p)) {
		one.target.did = p.did;
		find_record(c, a, &one, p.id, &rkey);
	}
	db_profile_free(&p);
}

/* A page of records */

struct page {
	struct json_writer w;
	struct target target;
	struct buf last; /* the last key */
	bool full;
};

/* -1 without a reason: the page is full. */
static int
take_of_page(void *arg, const struct db_record *r, struct status *st)
{
	struct page *p = arg;

	if (p->w.out->len > PAGE_BYTES) {
		p->full = true;
		st->code = STATUS_OK;
		return -1;
	}
	write_record(&p->w, &p->target, r);
	p->last.len = 0;
	buf_put(&p->last, r->rkey.at, r->rkey.len);
	return 0;
}

static void
write_page(struct serve_context *c, struct serve_answer *a, struct page *p,
    const struct db_record_page *wanted)
{
	struct status st;

	a->type = SERVE_JSON;
	json_write_object(&p->w);
	json_write_key(&p->w, "records");
	json_write_array(&p->w);
	if (db_record_page(c->db, wanted, take_of_page, p, &st) == -1 &&
	    !p->full) {
		serve_answer_failed(a, &st);
		return;
	}
	json_write_array_end(&p->w);
	if (p->last.len > 0) {
		json_write_key(&p->w, "cursor");
		json_write_string(&p->w, p->last.data, p->last.len);
	}
	json_write_object_end(&p->w);
	a->body.failed |= p->last.failed;
}

/* Like the reference, from the greatest key down unless `reverse` is set, and
 * the last page has a cursor, too. */
static void
list_records(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct page page = { .w = { .out = &a->body } };
	struct db_record_page wanted = { .account = 0 };
	struct db_profile p = { .id = 0 };
	struct slice repo;

	if (!serve_params_get(r, a, "repo", SERVE_FORM_AT_IDENTIFIER, &repo) ||
	    !serve_params_get(r, a, "collection", SERVE_FORM_NSID,
		&wanted.nsid) ||
	    !serve_params_limit(r, a, MAX_RECORDS, RECORDS, &wanted.limit) ||
	    !serve_params_optional(r, a, "cursor", SERVE_FORM_TEXT,
		&wanted.after) ||
	    !serve_params_flag(r, a, "reverse", &wanted.ascending))
		return;
	if (serve_account_open(c, a, &repo, &p)) {
		wanted.account = p.id;
		page.target.did = p.did;
		page.target.collection = wanted.nsid;
		write_page(c, a, &page, &wanted);
	}
	db_profile_free(&p);
	buf_free(&page.last);
}

/* The account */

static int
write_nsid(void *arg, const struct slice *nsid, struct status *st)
{
	(void)st;
	json_write_string(arg, nsid->at, nsid->len);
	return 0;
}

/* Also a handle that was not checked: handleIsCorrect says what it is worth. */
static void
write_handle(struct json_writer *w, const struct db_profile *p)
{
	json_write_key(w, "handle");
	if (p->handle.at != NULL)
		json_write_string(w, p->handle.at, p->handle.len);
	else
		json_write_string(w, "handle.invalid", 14);
}

/* The field is required, so that an unknown document has only its id. */
static void
write_document(struct json_writer *w, const struct db_profile *p,
    const struct buf *document)
{
	json_write_key(w, "didDoc");
	if (document->len > 0) {
		json_write_raw(w, document->data, document->len);
		return;
	}
	json_write_object(w);
	json_write_text(w, "id", &p->did);
	json_write_object_end(w);
}

static void
write_description(struct serve_context *c, struct serve_answer *a,
    const struct db_profile *p, const struct buf *document)
{
	struct json_writer w = { .out = &a->body };
	struct status st;

	a->type = SERVE_JSON;
	json_write_object(&w);
	write_handle(&w, p);
	json_write_text(&w, "did", &p->did);
	write_document(&w, p, document);
	json_write_key(&w, "collections");
	json_write_array(&w);
	if (db_record_collections(c->db, p->id, write_nsid, &w, &st) == -1) {
		serve_answer_failed(a, &st);
		return;
	}
	json_write_array_end(&w);
	json_write_key(&w, "handleIsCorrect");
	json_write_bool(&w, slice_is(&p->handle_status, "valid"));
	json_write_object_end(&w);
}

static void
describe_repo(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct buf document = { .len = 0 };
	struct db_profile p = { .id = 0 };
	struct status st;
	struct slice repo;

	if (!serve_params_get(r, a, "repo", SERVE_FORM_AT_IDENTIFIER, &repo))
		return;
	if (!serve_account_open(c, a, &repo, &p))
		;
	else if (serve_document_write(c, &p.did, &p, &document, &st) ==
	    SERVE_DOCUMENT_FAILED)
		serve_answer_failed(a, &st);
	else
		write_description(c, a, &p, &document);
	db_profile_free(&p);
	buf_free(&document);
}

static const struct serve_route routes[] = {
	{ "/xrpc/com.atproto.repo.describeRepo", SERVE_GET, describe_repo,
	    "describeRepo", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.repo.listRecords", SERVE_GET, list_records,
	    "listRecords", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.repo.getRecord", SERVE_GET, get_record,
	    "repo.getRecord", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
};

const struct serve_family serve_record_routes = SERVE_FAMILY(routes);
