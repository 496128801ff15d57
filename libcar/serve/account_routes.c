#include "config.h"

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/db/handle.h"
#include "libcar/db/plc.h"
#include "libcar/serve/account.h"
#include "libcar/serve/account_routes.h"
#include "libcar/serve/document.h"
#include "libcar/serve/params.h"
#include "libcar/stream/rfc3339.h"

/*
 * Anybody can name any handle in a DID document. So a handle leads to an
 * account, and an account to a handle, only if the check of the handle
 * succeeded: at-resolve --check-handles. /info and /autocomplete show every
 * claim, and whether it was checked.
 */

#define INVALID_HANDLE "handle.invalid"
#define COMPLETIONS 10

static void
write_time(struct json_writer *w, const char *key, int64_t ms)
{
	char text[RFC3339_BYTES];

	if (ms <= 0)
		return;
	json_write_key(w, key);
	json_write_string(w, text, rfc3339_format(text, (uint64_t)ms * 1000));
}

/* /info */

/* What the last operation of a DID says. */
struct operation {
	struct buf handle, pds, key;
	bool found, tombstone;
	int64_t created_ms;
};

static int
take_operation(void *arg, const struct db_plc_latest *l, struct status *st)
{
	struct operation *o = arg;

	(void)st;
	o->found = true;
	o->tombstone = l->is_tombstone;
	o->created_ms = l->created_ms;
	buf_put(&o->handle, l->handle.at, l->handle.len);
	buf_put(&o->pds, l->pds.at, l->pds.len);
	buf_put(&o->key, l->key.at, l->key.len);
	return 0;
}

static void
write_part(struct json_writer *w, const char *key, const struct buf *text)
{
	const struct slice t = slice_make(text->data, text->len);

	w->out->failed |= text->failed;
	if (text->len > 0)
		json_write_text(w, key, &t);
}

static void
write_operation(struct json_writer *w, const struct operation *o)
{
	if (!o->found)
		return;
	json_write_key(w, "plc");
	json_write_object(w);
	write_part(w, "handle", &o->handle);
	write_part(w, "pds", &o->pds);
	write_part(w, "key", &o->key);
	json_write_key(w, "tombstoned");
	json_write_bool(w, o->tombstone);
	write_time(w, "updatedAt", o->created_ms);
	json_write_object_end(w);
}

static void
write_profile(struct json_writer *w, const struct db_profile *p)
{
	const char *status = serve_account_status(p->state);

	json_write_text(w, "handle", &p->handle);
	json_write_text(w, "handleStatus", &p->handle_status);
	json_write_text(w, "pds", &p->pds);
	json_write_text(w, "key", &p->key);
	write_time(w, "resolvedAt", p->resolved_ms);
	json_write_key(w, "active");
	json_write_bool(w, status == NULL);
	if (status != NULL)
		json_write_member(w, "status", status);
	json_write_text(w, "rev", &p->rev);
	json_write_text(w, "head", &p->head);
	json_write_text(w, "loadedRev", &p->loaded_rev);
	json_write_text(w, "syncedRev", &p->synced_rev);
	json_write_text(w, "unsynced", &p->unsynced);
}

/* p: NULL if the database has no account of this DID. */
static void
write_info(struct serve_answer *a, const struct slice *did,
    const struct db_profile *p, const struct operation *o)
{
	struct json_writer w = { .out = &a->body };

	a->type = SERVE_JSON;
	json_write_object(&w);
	json_write_text(&w, "did", did);
	if (p != NULL)
		write_profile(&w, p);
	write_operation(&w, o);
	json_write_object_end(&w);
}

static void
free_operation(struct operation *o)
{
	buf_free(&o->handle);
	buf_free(&o->pds);
	buf_free(&o->key);
}

static void
info_of_did(struct serve_context *c, struct serve_answer *a,
    const struct slice *did)
{
	struct operation o = { .found = false };
	struct db_profile p = { .id = 0 };
	struct status st;
	int got = db_profile_get(c->db, did, &p, &st);

	if (got != -1 &&
	    db_plc_by_did(c->db, did, take_operation, &o, &st) == -1)
		got = -1;
	if (got == -1)
		serve_answer_failed(a, &st);
	else if (got == 0 && !o.found)
		serve_answer_error(a, 404, "NotFound",
		    "Nothing is known of %.*s", (int)did->len, did->at);
	else
		write_info(a, did, got == 1 ? &p : NULL, &o);
	free_operation(&o);
	db_profile_free(&p);
}

static int
take_holder(void *arg, const struct db_handle *h, struct status *st)
{
	struct buf *did = arg;

	(void)st;
	did->len = 0;
	buf_put(did, h->did.at, h->did.len);
	return 0;
}

static int
take_named(void *arg, const struct db_plc_latest *l, struct status *st)
{
	struct buf *did = arg;

	(void)st;
	if (did->len == 0)
		buf_put(did, l->did.at, l->did.len);
	return 0;
}

/* The account with the best claim: of an identity, or else of an operation. */
static int
find_claim(struct serve_context *c, const struct slice *handle, struct buf *did,
    struct status *st)
{
	if (db_handle_holder(c->db, handle, false, take_holder, did, st) == -1)
		return -1;
	if (did->len == 0 &&
	    db_plc_by_handle(c->db, handle, take_named, did, st) == -1)
		return -1;
	return did->failed ? status_no_memory(st) : 0;
}

/* In lower case, without an `@` in front: what people type. */
static bool
read_handle(char out[SYNTAX_HANDLE_MAX], const struct slice *text,
    struct slice *handle)
{
	size_t i, from = text->len > 0 && text->at[0] == '@';

	*handle = slice_make(out, text->len - from);
	if (handle->len > SYNTAX_HANDLE_MAX)
		return false;
	for (i = 0; i < handle->len; i++) {
		out[i] = text->at[from + i];
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] + 'a' - 'A');
	}
	return true;
}

static void
info_of_handle(struct serve_context *c, struct serve_answer *a,
    const struct slice *handle)
{
	struct buf found = { .len = 0 };
	struct slice did;
	struct status st;

	if (find_claim(c, handle, &found, &st) == -1)
		serve_answer_failed(a, &st);
	else if (found.len == 0)
		serve_answer_error(a, 404, "NotFound",
		    "No account has the handle %.*s", (int)handle->len,
		    handle->at);
	else {
		did = slice_make(found.data, found.len);
		info_of_did(c, a, &did);
	}
	buf_free(&found);
}

static void
info(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	const struct slice name = serve_request_segment(r, 1);
	char text[SYNTAX_HANDLE_MAX];
	struct slice handle;

	if (syntax_is_did(name.at, name.len))
		info_of_did(c, a, &name);
	else if (read_handle(text, &name, &handle) &&
	    syntax_is_handle(handle.at, handle.len))
		info_of_handle(c, a, &handle);
	else
		serve_answer_error(a, 400, "InvalidRequest",
		    "Neither a DID nor a handle");
}

/* /autocomplete */

/* A prefix with another character begins no handle. */
static bool
is_prefix(const struct slice *t)
{
	size_t i;

	for (i = 0; i < t->len; i++) {
		char c = t->at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '-'))
			return false;
	}
	return t->len > 0;
}

static int
write_completion(void *arg, const struct db_handle *h, struct status *st)
{
	struct json_writer *w = arg;

	(void)st;
	json_write_object(w);
	json_write_text(w, "did", &h->did);
	json_write_text(w, "handle", &h->handle);
	json_write_text(w, "handleStatus", &h->handle_status);
	json_write_object_end(w);
	return 0;
}

static void
autocomplete(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	const struct slice text = serve_request_segment(r, 1);
	struct json_writer w = { .out = &a->body };
	char lower[SYNTAX_HANDLE_MAX];
	struct slice prefix;
	struct status st;
	int64_t limit;

	if (serve_request_number(r, "limit", 1, DB_HANDLE_MAX, COMPLETIONS,
		&limit, &st) == -1) {
		serve_answer_bad(a, &st);
		return;
	}
	a->type = SERVE_JSON;
	json_write_array(&w);
	if (read_handle(lower, &text, &prefix) && is_prefix(&prefix) &&
	    db_handle_search(c->db, &prefix, (int)limit, write_completion, &w,
		&st) == -1) {
		serve_answer_failed(a, &st);
		return;
	}
	json_write_array_end(&w);
}

/* com.atproto.identity */

static void
resolve_handle(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct json_writer w = { .out = &a->body };
	struct buf did = { .len = 0 };
	struct slice handle, text;
	struct status st;

	if (!serve_params_get(r, a, "handle", SERVE_FORM_HANDLE, &handle))
		return;
	if (serve_account_holder(c, &handle, &did, &st) == -1)
		serve_answer_failed(a, &st);
	else if (did.len == 0)
		serve_answer_error(a, 400, "InvalidRequest",
		    "Unable to resolve handle");
	else {
		text = slice_make(did.data, did.len);
		a->type = SERVE_JSON;
		json_write_object(&w);
		json_write_text(&w, "did", &text);
		json_write_object_end(&w);
	}
	buf_free(&did);
}

/* The document of a DID, or an answer that says why there is none. */
static bool
find_document(struct serve_context *c, struct serve_answer *a,
    const struct slice *did, struct db_profile *p, struct buf *document)
{
	struct status st = { 0 };
	int got = db_profile_get(c->db, did, p, &st);
	enum serve_document result = SERVE_DOCUMENT_FAILED;

	if (got != -1)
		result = serve_document_write(c, did, got == 1 ? p : NULL,
		    document, &st);
	if (result == SERVE_DOCUMENT_FAILED)
		serve_answer_failed(a, &st);
	else if (result == SERVE_DOCUMENT_NONE)
		serve_answer_error(a, 400, "DidNotFound", "DID not found: %.*s",
		    (int)did->len, did->at);
	else if (result == SERVE_DOCUMENT_TOMBSTONED)
		serve_answer_error(a, 400, "DidDeactivated",
		    "DID is tombstoned: %.*s", (int)did->len, did->at);
	return result == SERVE_DOCUMENT_WRITTEN;
}

static void
write_document(struct json_writer *w, const struct buf *document)
{
	json_write_key(w, "didDoc");
	json_write_raw(w, document->data, document->len);
}

static void
resolve_did(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct json_writer w = { .out = &a->body };
	struct buf document = { .len = 0 };
	struct db_profile p = { .id = 0 };
	struct slice did;

	if (!serve_params_get(r, a, "did", SERVE_FORM_DID, &did))
		return;
	if (find_document(c, a, &did, &p, &document)) {
		a->type = SERVE_JSON;
		json_write_object(&w);
		write_document(&w, &document);
		json_write_object_end(&w);
	}
	buf_free(&document);
	db_profile_free(&p);
}

static void
write_identity(struct serve_context *c, struct serve_answer *a,
    const struct slice *did)
{
	struct json_writer w = { .out = &a->body };
	struct buf document = { .len = 0 };
	struct db_profile p = { .id = 0 };
	struct slice handle = slice_of(INVALID_HANDLE);

	if (find_document(c, a, did, &p, &document)) {
		if (p.handle.at != NULL && slice_is(&p.handle_status, "valid"))
			handle = p.handle;
		a->type = SERVE_JSON;
		json_write_object(&w);
		json_write_text(&w, "did", did);
		json_write_text(&w, "handle", &handle);
		write_document(&w, &document);
		json_write_object_end(&w);
	}
	buf_free(&document);
	db_profile_free(&p);
}

/* The DID of an identifier, or an answer that says that there is none. */
static bool
find_did(struct serve_context *c, struct serve_answer *a,
    const struct slice *name, struct buf *found, struct slice *did)
{
	struct status st;

	*did = *name;
	if (syntax_is_did(name->at, name->len))
		return true;
	if (serve_account_holder(c, name, found, &st) == -1)
		serve_answer_failed(a, &st);
	else if (found->len == 0)
		serve_answer_error(a, 400, "HandleNotFound",
		    "Unable to resolve handle");
	*did = slice_make(found->data, found->len);
	return found->len > 0 && a->status == 0;
}

static void
resolve_identity(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	struct buf found = { .len = 0 };
	struct slice name, did;

	if (serve_params_get(r, a, "identifier", SERVE_FORM_AT_IDENTIFIER,
		&name) &&
	    find_did(c, a, &name, &found, &did))
		write_identity(c, a, &did);
	buf_free(&found);
}

static const struct serve_route routes[] = {
	{ "/info/{account}", SERVE_GET, info, "info", SERVE_NEEDS_DATABASE,
	    SERVE_ERRORS_XRPC },
	{ "/autocomplete/{prefix}", SERVE_GET, autocomplete, "autocomplete",
	    SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.identity.resolveHandle", SERVE_GET, resolve_handle,
	    "resolveHandle", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.identity.resolveDid", SERVE_GET, resolve_did,
	    "resolveDid", SERVE_NEEDS_DATABASE, SERVE_ERRORS_XRPC },
	{ "/xrpc/com.atproto.identity.resolveIdentity", SERVE_GET,
	    resolve_identity, "resolveIdentity", SERVE_NEEDS_DATABASE,
	    SERVE_ERRORS_XRPC },
};

const struct serve_family serve_account_routes = SERVE_FAMILY(routes);
