/*
 * serve_routes: the table of all routes, and the look-up in it.
 */
#ifndef LIBCAR_SERVE_ROUTES_H
#define LIBCAR_SERVE_ROUTES_H

#include <stddef.h>

#include "libcar/serve/route.h"

#define SERVE_ALLOW_BYTES 32

/* How many routes there are, and the one with this number, from 0. */
size_t serve_routes_count(void);
const struct serve_route *serve_routes_at(size_t);

struct serve_found {
	const struct serve_route *route; /* NULL: none */
	size_t number;
	unsigned allowed; /* methods of all routes that fit the path */
};

/* Find the route of the request's path and method. If none has the method but
 * some route has the path, `allowed` isn't 0: that is 405 instead of 404. */
void serve_routes_find(const struct serve_request *, struct serve_found *);

/* "GET, HEAD, OPTIONS": the methods, for the header Allow. */
void serve_routes_allow(unsigned methods, char out[SERVE_ALLOW_BYTES]);

/* How errors look if no route fits: by the first segment, XRPC's, text for the
 * page, or else the directory's. */
enum serve_errors serve_routes_errors(const struct serve_request *);

#endif
