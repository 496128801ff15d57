/*
 * websocket_handshake: the request that opens a WebSocket, and its answer.
 * RFC 6455 4.1, RFC 9112. Pure.
 */
#ifndef LIBCAR_NET_WEBSOCKET_HANDSHAKE_PRIVATE_H
#define LIBCAR_NET_WEBSOCKET_HANDSHAKE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/net/http.h"
#include "libcar/net/http_answer_private.h"
#include "libcar/net/websocket_url_private.h"

#define WEBSOCKET_HANDSHAKE_RANDOM 16
#define WEBSOCKET_HANDSHAKE_KEY 24    /* characters */
#define WEBSOCKET_HANDSHAKE_ACCEPT 28 /* characters */
#define WEBSOCKET_HANDSHAKE_MAX_HEADER ((size_t)16 << 10)

struct websocket_handshake {
	char key[WEBSOCKET_HANDSHAKE_KEY + 1];
	size_t scanned; /* bytes without the end of the header */
	size_t header;  /* bytes of the whole header; 0: not whole yet */
	long code;
	bool upgrade, connection, chunked;
	bool extra; /* an extension or subprotocol, which nobody asked for */
	char accept[WEBSOCKET_HANDSHAKE_ACCEPT + 1];
	char location[HTTP_MAX_URL + 1]; /* of a redirect; empty: none */
	uint64_t length;                 /* of the body; UINT64_MAX: not said */
	struct http_answer wait;
};

/* A new handshake, with these random bytes. */
void websocket_handshake_begin(struct websocket_handshake *,
    const uint8_t random[WEBSOCKET_HANDSHAKE_RANDOM]);

/* Append the request. */
void websocket_handshake_write(const struct websocket_handshake *,
    const struct websocket_url *, const char *agent, struct buf *);

/* Read the header of an answer from all bytes that have come so far; `header`
 * is set once it is whole. -1: STATUS_BAD_ANSWER. */
int websocket_handshake_read(struct websocket_handshake *, const char *bytes,
    size_t len, struct status *);

/* Does the answer lead to `location`? */
bool websocket_handshake_is_redirect(const struct websocket_handshake *);

/* With the bytes behind the header: is the body of an error whole, or longer
 * than anyone reads? */
bool websocket_handshake_has_body(const struct websocket_handshake *,
    const char *bytes, size_t len);

/* Remove the heads of chunks, if the body has any; its new length. */
size_t websocket_handshake_body(const struct websocket_handshake *, char *bytes,
    size_t len);

/* Is a WebSocket open now? -1: STATUS_BAD_ANSWER, and why not. For an answer
 * 101. */
int websocket_handshake_check(const struct websocket_handshake *,
    struct status *);

#endif
