/*
 * subscription: an event stream that is kept alive.
 *
 * It opens a WebSocket, and opens it again when the connection is lost, with
 * the cursor that the caller set last. The pause before an attempt doubles, has
 * jitter, and is never shorter than the host asks for (Retry-After). A message,
 * or a connection that lasted SUBSCRIPTION_STEADY_MS, makes the next pause
 * short again.
 *
 * It never gives up on a service that may come back. It ends if the address
 * isn't allowed, if the host refuses with a named error of XRPC (status REFUSED
 * with a name, as FutureCursor), or if no handshake has succeeded yet and
 * status_again() says that another attempt can't help.
 */
#ifndef LIBCAR_NET_SUBSCRIPTION_H
#define LIBCAR_NET_SUBSCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"
#include "libcar/net/websocket.h"

#define SUBSCRIPTION_PAUSE_MS 1000 /* the defaults */
#define SUBSCRIPTION_MAX_PAUSE_MS 60000
#define SUBSCRIPTION_STEADY_MS 60000

struct subscription;

struct subscription_options {
	/* Its callbacks and ctx are ignored. */
	struct websocket_options websocket;
	const char *path;                /* for a URL without one; NULL: "/" */
	uint64_t pause_ms, max_pause_ms; /* 0: the defaults */

	/* The loop calls these, never subscription_open(). Each may call
	 * subscription_close(). */
	void (*opened)(void *ctx); /* each time; may be NULL */
	/* The bytes are borrowed until it returns. */
	void (*message)(void *ctx, const void *bytes, size_t len, bool text);
	/* The next attempt is in pause_ms; may be NULL. */
	void (*lost)(void *ctx, const struct status *why, uint64_t pause_ms);
	/* The last call; the caller still closes. */
	void (*ended)(void *ctx, const struct status *why);
	void *ctx;
};

/* Connect, without a cursor unless one is set before the loop runs. The options
 * and the URL are copied; the loop and the options' strings stay the caller's.
 * NULL: as websocket_open(). */
struct subscription *subscription_open(struct loop *,
    const struct subscription_options *, const char *url, struct status *);

/* The next connection asks for what comes after this. */
void subscription_set_cursor(struct subscription *, uint64_t cursor);

/* Drop the connection, for a message that can't be used, and connect again as
 * after a lost one: lost() is called, and `why` may end the subscription. */
void subscription_drop(struct subscription *, const struct status *why);

/* Stop reading, or go on. It also holds for later connections. */
void subscription_pause(struct subscription *, bool stop);

/* Closes the connection and frees everything. NULL is allowed. */
void subscription_close(struct subscription *);

#endif
