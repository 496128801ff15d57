/*
 * http_guard: which destinations a request may reach.
 *
 * Only https, and only addresses that are public (address.h). The address is
 * checked when the socket is opened, so a name server can't give one address
 * to the check and another to the connection. With allow_private plain http
 * and all addresses may be reached; with a proxy the addresses are its duty.
 */
#ifndef LIBCAR_NET_HTTP_GUARD_PRIVATE_H
#define LIBCAR_NET_HTTP_GUARD_PRIVATE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "libcar/net/http.h"

struct http_guard {
	const struct http_options *options;
	const char *url;  /* for messages */
	bool opened;      /* a socket to an address that may be reached */
	struct status st; /* why another wasn't opened; STATUS_OK: none */
};

/* Write the origin of a URL that may be asked, scheme://host:port in lower
 * case. -1: STATUS_BAD_ANSWER, STATUS_PRIVATE_ADDRESS (plain http),
 * STATUS_SYSTEM. */
int http_guard_origin(const struct http_options *, const char *url,
    char *origin, size_t cap, struct status *);

/* Let a handle of libcurl reach only what is allowed. The guard, with options
 * and url set, stays where it is as long as the handle is used. */
void http_guard_set(struct http_guard *, CURL *);

/* After a failure: was it the guard's doing? guard->st says why. */
bool http_guard_refused(const struct http_guard *);

#endif
