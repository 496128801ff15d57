/*
 * websocket: a client's connection to a WebSocket (RFC 6455).
 *
 * It runs on a loop (loop.h). libcurl connects: TLS, proxies and the check of
 * the address when the socket is opened are those of http.h. The handshake
 * follows at most HTTP_MAX_REDIRECTS redirects, each of them checked again.
 * Only wss to public addresses, unless allow_private says otherwise. A URL
 * without a scheme is wss.
 *
 * The connection offers no extension and no subprotocol. It joins fragments,
 * answers pings, sends a ping after silence_ms, and ends if nothing comes in
 * pong_ms after that. Memory is bounded by max_message and a few buffers: the
 * socket isn't read while the caller has paused the connection, or while the
 * host doesn't read our pongs.
 *
 * An end has the status that http.h gives to the same fault: an answer to the
 * handshake is judged as xrpc_judge() does, with after_ms from Retry-After.
 * After that, STATUS_CONNECTION (closed by the host, or cut), STATUS_TIMEOUT
 * (no pong), STATUS_TOO_LARGE (a message), STATUS_BAD_ANSWER (a frame that RFC
 * 6455 forbids). status_again() says whether another attempt can help.
 */
#ifndef LIBCAR_NET_WEBSOCKET_H
#define LIBCAR_NET_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"

#define WEBSOCKET_OPEN_MS 30000 /* defaults, for what is 0 */
#define WEBSOCKET_SILENCE_MS 30000
#define WEBSOCKET_PONG_MS 30000
#define WEBSOCKET_MAX_MESSAGE ((size_t)5 << 20)

/* After websocket_pause() messages that were already read may still come: at
 * most this many bytes. */
#define WEBSOCKET_READ_AHEAD 4096

struct websocket;

struct websocket_options {
	const char *agent;   /* User-Agent */
	bool allow_private;  /* also ws, and private addresses */
	const char *proxy;   /* NULL: none */
	uint64_t open_ms;    /* maximum time for connect and handshake */
	uint64_t silence_ms; /* send a ping after this */
	uint64_t pong_ms;    /* maximum time for its answer */
	size_t max_message;  /* bytes */

	/* The loop calls these, never websocket_open(). Each may call
	 * websocket_close(). */
	void (*opened)(void *ctx); /* may be NULL */
	/* The bytes are borrowed until it returns. */
	void (*message)(void *ctx, const void *bytes, size_t len, bool text);
	/* The last call; the caller still closes. */
	void (*ended)(void *ctx, const struct status *why);
	void *ctx;
};

/* Begin to connect. The options are copied; the loop and the options' strings
 * stay the caller's. NULL: STATUS_BAD_ANSWER (not a URL),
 * STATUS_PRIVATE_ADDRESS (ws), STATUS_SYSTEM. */
struct websocket *websocket_open(struct loop *,
    const struct websocket_options *, const char *url, struct status *);

/* Stop reading, or go on. While it is paused no ping is sent. */
void websocket_pause(struct websocket *, bool stop);

/* Tell the host, if the connection is open, and free everything. It doesn't
 * wait for the host's answer. NULL is allowed. */
void websocket_close(struct websocket *);

#endif
