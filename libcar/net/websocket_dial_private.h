/*
 * websocket_dial: connects to a WebSocket, and follows its redirects.
 */
#ifndef LIBCAR_NET_WEBSOCKET_DIAL_PRIVATE_H
#define LIBCAR_NET_WEBSOCKET_DIAL_PRIVATE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/net/http_guard_private.h"
#include "libcar/net/http_multi_private.h"
#include "libcar/net/websocket.h"
#include "libcar/net/websocket_handshake_private.h"
#include "libcar/net/websocket_url_private.h"

/* All zero: not begun. It stays where it is until websocket_dial_end(). */
struct websocket_dial {
	/* For the owner, once the WebSocket is open: the connection, its
	 * socket, and what came behind the header. */
	CURL *easy;
	curl_socket_t fd;
	const char *rest;
	size_t rest_len;

	/* Its own. */
	struct loop *loop;
	struct http_options options;
	struct websocket_url url;
	struct http_guard guard;
	struct http_multi multi;
	CURLcode code;
	bool connected; /* libcurl's part is over, and fd is watched */
	struct loop_timer soon, late;
	struct websocket_handshake handshake;
	struct buf out, in;
	size_t sent;
	unsigned redirects;
	void (*done)(void *ctx, const struct status *why);
	void *ctx;
};

/* Begin. The options' strings stay the caller's. The loop calls done: why is
 * NULL if the WebSocket is open. done may end the dial. -1: as
 * websocket_open(). */
int websocket_dial_begin(struct websocket_dial *, struct loop *,
    const struct websocket_options *, const char *url,
    void (*done)(void *ctx, const struct status *why), void *ctx,
    struct status *);

/* Close the connection and free everything. */
void websocket_dial_end(struct websocket_dial *);

#endif
