/*
 * serve_route: which handler answers which path.
 *
 * A pattern is a path whose segments are texts or, in braces, names: `{did}`
 * stands for any segment that isn't empty. If several patterns fit, the one
 * whose first differing segment is a text counts, so `/export` isn't a DID.
 * The handler gets its segments with serve_request_segment().
 *
 * A route that has SERVE_GET answers HEAD as well, and every route OPTIONS.
 * Each family of routes is a module that exports one struct serve_family;
 * routes.c lists the families.
 */
#ifndef LIBCAR_SERVE_ROUTE_H
#define LIBCAR_SERVE_ROUTE_H

#include <stddef.h>

#include "libcar/serve/answer.h"
#include "libcar/serve/context.h"
#include "libcar/serve/request.h"

/* What a route uses. Without it the server answers 501, or 503 if the database
 * can't be reached, and doesn't call the handler. */
#define SERVE_NEEDS_DATABASE 1u
#define SERVE_NEEDS_ARCHIVE 2u
#define SERVE_NEEDS_BLOBS 4u

struct serve_route {
	const char *pattern;
	unsigned methods; /* of enum serve_method */
	void (*handler)(struct serve_context *, const struct serve_request *,
	    struct serve_answer *);
	const char *name; /* for metrics: "plc.log" */
	unsigned needs;
	enum serve_errors errors;
};

struct serve_family {
	const struct serve_route *routes;
	size_t count;
};

#define SERVE_FAMILY(array) \
	{ \
		(array), sizeof(array) / sizeof(*(array)) \
	}

/* Does the pattern fit the request's path? */
bool serve_route_fits(const struct serve_route *, const struct serve_request *);

/* Of two patterns that fit the same path: does the first one count? */
bool serve_route_before(const struct serve_route *, const struct serve_route *);

#endif
