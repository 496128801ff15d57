/*
 * resolve_private: what the parts of resolve share. resolve.c knows the cache
 * and what an answer means; resolve_handle.c and resolve_did.c know where to
 * ask.
 */
#ifndef LIBCAR_NET_RESOLVE_PRIVATE_H
#define LIBCAR_NET_RESOLVE_PRIVATE_H

#include "libcar/net/cache.h"
#include "libcar/net/dns.h"
#include "libcar/net/resolve.h"

struct resolve {
	struct resolve_options options;
	struct http *http;
	struct cache *cache;
	struct dns *dns;
};

/* Look up the DID of the handle q->look. Calls q->looked_up() once, with the
 * DID or with the reason why it is missing. */
void resolve_ask_handle(struct resolve_query *);

/* The URL of the document of the DID q->look. -1: STATUS_UNSUPPORTED (the
 * method), STATUS_BAD_SYNTAX. */
int resolve_did_url(struct resolve_query *, char *url, size_t cap,
    struct status *);

/* Get that document, and call q->looked_up() as above. */
void resolve_ask_document(struct resolve_query *, const char *url);

#endif
