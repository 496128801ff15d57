/*
 * resolve_private: how resolve.c, which knows the cache and what an answer
 * means, asks resolve_handle.c and resolve_did.c, which know whom to ask.
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

/* Whose is the handle q->look? q->looked_up() is called once, with the DID or
 * with the reason why there is none. */
void resolve_ask_handle(struct resolve_query *);

/* The URL of the document of the DID q->look. -1: STATUS_UNSUPPORTED (the
 * method), STATUS_BAD_SYNTAX. */
int resolve_did_url(struct resolve_query *, char *url, size_t cap,
    struct status *);

/* Get that document: q->looked_up() is called as above. */
void resolve_ask_document(struct resolve_query *, const char *url);

#endif
