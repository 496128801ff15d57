/*
 * serve_request: what an HTTP client asks for: the method, and the target as
 * path segments and query parameters.
 *
 * The parser takes the target of the request line as it came, at most
 * SERVE_URL_BYTES, and decodes it once. So a `/` or `&` that was
 * percent-encoded never separates anything. It refuses bad percent-encoding,
 * NULs, control characters, and text that isn't UTF-8. Nothing here opens a
 * file: segments are texts to compare, and `..` is such a text.
 * RFC 9112, 3.2; RFC 3986, 3.3; the query is application/x-www-form-urlencoded.
 */
#ifndef LIBCAR_SERVE_REQUEST_H
#define LIBCAR_SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define SERVE_URL_BYTES 8192
#define SERVE_MAX_SEGMENTS 8
#define SERVE_MAX_PARAMS 32

/* Methods are bits, so that a route can have several. */
enum serve_method {
	SERVE_OTHER = 0,
	SERVE_GET = 1,
	SERVE_HEAD = 2,
	SERVE_POST = 4,
	SERVE_OPTIONS = 8,
};

struct serve_param {
	struct slice name, value;
};

/* Texts are decoded and borrowed from `text`, so don't copy the struct. The
 * caller sets the headers and the body. */
struct serve_request {
	enum serve_method method;
	struct slice segments[SERVE_MAX_SEGMENTS];
	size_t nsegments; /* "/" has none */
	struct serve_param params[SERVE_MAX_PARAMS];
	size_t nparams;
	struct slice target; /* as it came, for who passes it on */

	/* Headers, each NULL if it is missing. */
	struct slice host, accept, if_none_match, content_type, user_agent;
	struct slice body; /* of POST */

	char text[SERVE_URL_BYTES];
	size_t text_len;
};

/* The method of that name. */
enum serve_method serve_request_method(const char *name);

/* Parse a target: `/path?query`, or a URL with a host, which is ignored. It
 * must outlive the request. One `/` at the end of the path is ignored, as the
 * reference servers do. STATUS_TOO_LARGE, STATUS_BAD_SYNTAX. */
int serve_request_parse(struct serve_request *, const char *target, size_t len,
    struct status *);

/* The first value of a parameter; NULL if it is missing. */
struct slice serve_request_param(const struct serve_request *,
    const char *name);

/* The same as a number from min to max; `initial` if it is missing or empty.
 * STATUS_BAD_SYNTAX: it is none, and the message names the parameter. */
int serve_request_number(const struct serve_request *, const char *name,
    int64_t min, int64_t max, int64_t initial, int64_t *, struct status *);

/* The segment with this number, from 0; NULL if there are fewer. */
struct slice serve_request_segment(const struct serve_request *, size_t);

#endif
