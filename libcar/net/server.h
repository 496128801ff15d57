/*
 * server: does a service say that it is a host (PDS)?
 * com.atproto.server.describeServer
 *
 * A relay doesn't know this call.
 */
#ifndef LIBCAR_NET_SERVER_H
#define LIBCAR_NET_SERVER_H

#include <stdbool.h>

#include "libcar/base/slice.h"
#include "libcar/net/http.h"

#define SERVER_MAX_ANSWER (1 << 20) /* bytes */

/* The caller owns it, and doesn't move it until done or http_close(). */
struct server {
	/* The caller's. The end; name: the host name in the server's did:web,
	 * or nothing; borrowed. */
	void (*done)(struct server *, bool is_host, const struct slice *name);
	void *ctx;

	/* The module's own. */
	struct http_request request;
};

/* Ask the service at this origin, which is borrowed until this returns. */
void server_start(struct server *, struct http *, const char *origin);

/* After done(), or after http_close(). */
void server_free(struct server *);

#endif
