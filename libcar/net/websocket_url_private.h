/*
 * websocket_url: the URL of a WebSocket, in parts.
 */
#ifndef LIBCAR_NET_WEBSOCKET_URL_PRIVATE_H
#define LIBCAR_NET_WEBSOCKET_URL_PRIVATE_H

#include <stdbool.h>

#include "libcar/base/status.h"

/* Strings of libcurl; all zero: none. */
struct websocket_url {
	char *shown; /* ws or wss, for messages */
	char *http;  /* the same as http or https, for libcurl */
	char *host;
	char *port;  /* NULL: the scheme's */
	char *path;  /* with a slash at its beginning */
	char *query; /* NULL: none */
};

/* Read a URL of ws, wss, http or https; without a scheme it is wss. What is in
 * the struct is replaced. -1: STATUS_BAD_ANSWER (not a URL, another scheme, a
 * user), STATUS_PRIVATE_ADDRESS (not TLS, without allow_plain),
 * STATUS_SYSTEM. */
int websocket_url_parse(struct websocket_url *, const char *text,
    bool allow_plain, struct status *);

/* The same for a redirect's location, which may be relative. */
int websocket_url_follow(struct websocket_url *, const char *location,
    bool allow_plain, struct status *);

void websocket_url_free(struct websocket_url *);

#endif
