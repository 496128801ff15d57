#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/serve/exchange.h"
#include "libcar/serve/routes.h"

/*
 * From a request to a queued answer. What is the same for all routes is here,
 * so that a handler only writes a body.
 */

#define BLOCK_BYTES 65536 /* that a source fills at once */

/* Call the handler with a reader. A reader that was used before may have lost
 * its connection meanwhile: then once more with a new one. */
static void
call_with_reader(const struct serve_exchange *x, struct serve_context *ctx,
    const struct serve_route *route, const struct serve_request *r,
    struct serve_answer *a)
{
	struct status st;
	bool used = true, failed;

	while (used) {
		if (serve_readers_take(x->readers, &ctx->db, &used, &st) ==
		    -1) {
			st.code = STATUS_AGAIN;
			serve_answer_failed(a, &st);
			return;
		}
		route->handler(ctx, r, a);
		failed = a->why.code == STATUS_SYSTEM ||
		    a->why.code == STATUS_AGAIN;
		if (!failed) {
			serve_readers_give(x->readers, ctx->db);
			return;
		}
		serve_readers_drop(x->readers, ctx->db);
		if (used) {
			serve_answer_free(a);
			a->errors = route->errors;
		}
	}
}

static void
call(const struct serve_exchange *x, const struct serve_route *route,
    const struct serve_request *r, struct serve_answer *a)
{
	struct serve_context ctx = {
		.setup = x->setup,
		.traffic = x->traffic,
		.recount = x->recount,
		.repos = x->repos,
		.now_us = clock_wall_us(),
	};
	unsigned lacks = (x->setup->archive == NULL ? SERVE_NEEDS_ARCHIVE : 0) |
	    (x->setup->blobs == NULL ? SERVE_NEEDS_BLOBS : 0);

	a->errors = route->errors;
	if ((route->needs & lacks) != 0)
		serve_answer_error(a, 501, NULL, "This server has no %s",
		    (route->needs & SERVE_NEEDS_BLOBS) != 0 ? "blobs" :
							      "archive");
	else if ((route->needs & SERVE_NEEDS_DATABASE) == 0)
		route->handler(&ctx, r, a);
	else
		call_with_reader(x, &ctx, route, r, a);
}

/* The path is there, but not with this method. */
static void
wrong_method(const struct serve_request *r, unsigned allowed,
    struct serve_answer *a)
{
	char allow[SERVE_ALLOW_BYTES];
	struct slice value;

	serve_routes_allow(allowed, allow);
	value = slice_of(allow);
	if (r->method == SERVE_OPTIONS) {
		a->status = 204;
		serve_answer_header(a, "Access-Control-Allow-Methods", &value);
		value = slice_of("*");
		serve_answer_header(a, "Access-Control-Allow-Headers", &value);
		value = slice_of("86400");
		serve_answer_header(a, "Access-Control-Max-Age", &value);
	} else
		serve_answer_error(a, 405, NULL, "Method Not Allowed");
	value = slice_of(allow);
	serve_answer_header(a, "Allow", &value);
}

static void
find_answer(const struct serve_exchange *x, const struct serve_request *r,
    struct serve_done *done, struct serve_answer *a)
{
	struct serve_found f;

	serve_routes_find(r, &f);
	done->route = f.number;
	a->errors = serve_routes_errors(r);
	if (f.route != NULL)
		call(x, f.route, r, a);
	else if (f.allowed != 0)
		wrong_method(r, f.allowed, a);
	else
		serve_answer_error(a, 404, NULL, "Not Found");
}

static void
make_answer(const struct serve_exchange *x, struct serve_request *r,
    const char *target, size_t len, struct serve_done *done,
    struct serve_answer *a)
{
	static const char xrpc[] = "/xrpc/";
	const struct slice close = slice_of("close");
	struct status st;

	done->route = serve_routes_count();
	a->errors = len > strlen(xrpc) &&
		memcmp(target, xrpc, strlen(xrpc)) == 0 ?
	    SERVE_ERRORS_XRPC :
	    SERVE_ERRORS_PLC;
	if (done->ambiguous) {
		serve_answer_error(a, 400, NULL,
		    "Content-Length and Transfer-Encoding exclude each other");
		serve_answer_header(a, "Connection", &close);
	} else if (serve_request_parse(r, target, len, &st) == -1)
		serve_answer_error(a, st.code == STATUS_TOO_LARGE ? 414 : 400,
		    "InvalidRequest", "%s", st.msg);
	else if (done->too_large)
		serve_answer_error(a, 413, NULL, "The body is too large");
	else
		find_answer(x, r, done, a);
	if (a->status == 0)
		a->status = 200;
	if (a->body.failed || a->header_text.failed)
		serve_answer_error(a, 500, NULL, "Internal Server Error");
}

/* A handler without a better ETag gets the hash of the body. The key is
 * constant, so that all servers give the same body the same ETag. */
static void
hash_etag(struct serve_answer *a)
{
	static const unsigned char key[crypto_shorthash_siphashx24_KEYBYTES] =
	    "atpipe etag";
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];
	char text[2 * sizeof(hash) + 1];

	crypto_shorthash_siphashx24(hash, (const unsigned char *)a->body.data,
	    a->body.len, key);
	sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	snprintf(a->etag, sizeof(a->etag), "\"%s\"", text);
}

/* Does If-None-Match name this ETag, or any? Compared as RFC 9110, 13.1.2
 * says, without the W/ of a weak one. */
static bool
matches(const struct slice *list, const char *etag)
{
	size_t n = strlen(etag);
	const char *at = list->at, *end;

	if (at == NULL)
		return false;
	if (slice_is(list, "*"))
		return true;
	end = at + list->len;
	while ((size_t)(end - at) >= n &&
	    (at = memmem(at, (size_t)(end - at), etag, n)) != NULL) {
		if (at == list->at || at[-1] == ' ' || at[-1] == ',' ||
		    at[-1] == '/')
			return true;
		at++;
	}
	return false;
}

static void
check_etag(const struct serve_request *r, struct serve_answer *a)
{
	if (a->status != 200 ||
	    (r->method != SERVE_GET && r->method != SERVE_HEAD))
		return;
	if (a->etag[0] == '\0' && a->source.read == NULL && a->body.len > 0)
		hash_etag(a);
	if (a->etag[0] == '\0' || !matches(&r->if_none_match, a->etag))
		return;
	if (a->source.free != NULL)
		a->source.free(a->source.arg);
	memset(&a->source, 0, sizeof(a->source));
	buf_free(&a->body);
	a->type = NULL;
	a->status = 304;
}

/* A source that is being sent. */
struct sending {
	struct serve_source source;
	void (*report)(const struct status *);
};

/* If reading fails, the connection ends before the answer does. */
static ssize_t
on_source(void *arg, uint64_t pos, char *out, size_t max)
{
	struct sending *s = arg;
	struct status st;
	ssize_t n = s->source.read(s->source.arg, pos, out, max, &st);

	if (n == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n > 0)
		return n;
	s->report(&st);
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
free_source(void *arg)
{
	struct sending *s = arg;

	if (s->source.free != NULL)
		s->source.free(s->source.arg);
	free(s);
}

static struct MHD_Response *
source_response(const struct serve_exchange *x, struct serve_answer *a)
{
	struct sending *s = malloc(sizeof(*s));
	uint64_t size = a->source.size;
	struct MHD_Response *response;

	if (s == NULL)
		return NULL;
	*s = (struct sending){ a->source, x->report };
	memset(&a->source, 0, sizeof(a->source));
	response = MHD_create_response_from_callback(size ==
		    SERVE_SIZE_UNKNOWN ?
		MHD_SIZE_UNKNOWN :
		size,
	    BLOCK_BYTES, on_source, s, free_source);
	if (response == NULL)
		free_source(s);
	return response;
}

/* The response takes the body's memory. */
static struct MHD_Response *
body_response(struct serve_answer *a)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(a->body.len, a->body.data,
	    MHD_RESPMEM_MUST_FREE);
	if (response != NULL)
		memset(&a->body, 0, sizeof(a->body));
	return response;
}

static void
add_headers(struct MHD_Response *m, const struct serve_answer *a)
{
	size_t i;

	MHD_add_response_header(m, "Access-Control-Allow-Origin", "*");
	MHD_add_response_header(m, "X-Content-Type-Options", "nosniff");
	if (a->type != NULL)
		MHD_add_response_header(m, "Content-Type", a->type);
	if (a->cache != NULL)
		MHD_add_response_header(m, "Cache-Control", a->cache);
	if (a->etag[0] != '\0')
		MHD_add_response_header(m, "ETag", a->etag);
	for (i = 0; i < a->nheaders; i++)
		MHD_add_response_header(m, a->headers[i].name,
		    a->header_text.data + a->headers[i].value);
}

/* Queue the answer, and free it. */
static enum MHD_Result
queue(const struct serve_exchange *x, struct MHD_Connection *c,
    struct serve_answer *a, struct serve_done *done)
{
	struct MHD_Response *response;
	enum MHD_Result rc = MHD_NO;

	if (a->why.code != STATUS_OK)
		x->report(&a->why);
	done->status = a->status;
	done->at = clock_monotonic();
	response = a->source.read != NULL ? source_response(x, a) :
					    body_response(a);
	if (response != NULL) {
		add_headers(response, a);
		rc = MHD_queue_response(c, a->status, response);
		MHD_destroy_response(response);
	}
	serve_answer_free(a);
	return rc;
}

enum MHD_Result
serve_exchange(const struct serve_exchange *x, struct MHD_Connection *c,
    struct serve_request *r, const char *target, size_t len,
    struct serve_done *done)
{
	struct serve_answer a = { 0 };

	make_answer(x, r, target, len, done, &a);
	done->pass_on = a.pass_on;
	if (a.pass_on) {
		serve_answer_free(&a);
		return MHD_YES;
	}
	check_etag(r, &a);
	return queue(x, c, &a, done);
}

enum MHD_Result
serve_exchange_passed(const struct serve_exchange *x, struct MHD_Connection *c,
    struct serve_upstream_job *job, struct serve_done *done)
{
	struct serve_answer a = { .errors = SERVE_ERRORS_PLC };

	if (job->status == 0) {
		serve_answer_error(&a, 502, NULL,
		    "The directory can't be reached");
		a.why = job->why;
	} else {
		a.status = job->status;
		a.type = job->is_json ? SERVE_JSON : SERVE_TEXT;
		a.body = job->answer;
		memset(&job->answer, 0, sizeof(job->answer));
	}
	return queue(x, c, &a, done);
}
