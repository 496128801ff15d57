/*
 * serve_answer: what a route answers: status, headers, and a body in memory or
 * a source of one.
 *
 * A handler gets an answer that is all zero. Its status 0 means 200. The server
 * adds Content-Length, Date, CORS, an ETag where there is none, and answers
 * If-None-Match and HEAD, so that handlers needn't know about these.
 */
#ifndef LIBCAR_SERVE_ANSWER_H
#define LIBCAR_SERVE_ANSWER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define SERVE_JSON "application/json; charset=utf-8"
#define SERVE_HTML "text/html; charset=utf-8"
#define SERVE_TEXT "text/plain; charset=utf-8"

#define SERVE_MAX_HEADERS 12
#define SERVE_ETAG_BYTES 128 /* with quotes and a NUL */
#define SERVE_SIZE_UNKNOWN UINT64_MAX

/* How the errors of a route look: {"error": name, "message": ...} as in XRPC,
 * {"message": ...} as a PLC directory answers, or a page of text. */
enum serve_errors { SERVE_ERRORS_XRPC, SERVE_ERRORS_PLC, SERVE_ERRORS_TEXT };

/*
 * A body that is made while it is sent. read() fills up to max bytes and
 * returns how many, 0 at the end, or -1, which breaks the connection, so that
 * the client sees that the body is incomplete. It is called in the thread of
 * the connection, after the handler returned, so it must not use the context.
 * It shouldn't wait for long. free() is called once, also if nothing was sent.
 */
struct serve_source {
	ssize_t (*read)(void *arg, uint64_t pos, char *out, size_t max,
	    struct status *);
	void (*free)(void *arg);
	void *arg;
	uint64_t size; /* or SERVE_SIZE_UNKNOWN */
};

struct serve_header {
	const char *name; /* a literal */
	size_t value;     /* where it begins in header_text; ends with a NUL */
};

struct serve_answer {
	unsigned status;
	const char *type;  /* a literal; NULL: none */
	const char *cache; /* Cache-Control, a literal; NULL: none */
	struct buf body;
	struct serve_source source;  /* if read is set, instead of body */
	char etag[SERVE_ETAG_BYTES]; /* empty: of the body's hash */
	struct serve_header headers[SERVE_MAX_HEADERS];
	size_t nheaders;
	struct buf header_text;
	/* Not this answer, but that of the directory to which the request is
	 * passed on: serve_upstream. Only for a POST of a DID. */
	bool pass_on;
	enum serve_errors errors; /* set by the server, from the route */
	/* Why the handler failed, if it used serve_answer_failed(). */
	struct status why;
};

/* Add a header. A value with CR, LF, NUL or another control character becomes
 * an error 500 instead of a header, and so does one header too many. */
void serve_answer_header(struct serve_answer *, const char *name,
    const struct slice *value);

/* Set the ETag to this text in quotes. Characters that an ETag can't have, or a
 * text that is too long: no ETag. */
void serve_answer_etag(struct serve_answer *, const struct slice *);

/* Replace what was written by an error, in the form of the route. `name` is
 * XRPC's, such as RepoNotFound; NULL is the usual one for the status. */
void serve_answer_error(struct serve_answer *, unsigned status,
    const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for a bad parameter: 400, InvalidRequest, the status's message. */
void serve_answer_bad(struct serve_answer *, const struct status *);

/* The same after a query failed: 503 if it took too long or the database can't
 * be reached, otherwise 500. The client doesn't see the message; the server
 * reports it. */
void serve_answer_failed(struct serve_answer *, const struct status *);

/* The same after a file could not be read: 500. The reader of the database is
 * not at fault, so the server keeps it. */
void serve_answer_unreadable(struct serve_answer *, const struct status *);

/* Release everything; the value is then all zero again. */
void serve_answer_free(struct serve_answer *);

#endif
