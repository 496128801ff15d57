/*
 * serve_watch: closes connections whose clients are too slow.
 *
 * A client has a limited time to send a whole request: from the beginning of
 * the connection, or the end of the request before, to the end of the head, and
 * as long again for a body. Single bytes don't prolong it. A thread looks at
 * all connections, and shuts down the sockets of those that are late.
 */
#ifndef LIBCAR_SERVE_WATCH_H
#define LIBCAR_SERVE_WATCH_H

#include <stdint.h>

#include "libcar/base/status.h"

struct serve_watch;
struct serve_watched;

int serve_watch_open(struct serve_watch **, uint64_t ms, struct status *);

/* Watch a socket from now on; NULL: no memory. Remove it before it is closed.
 * The two may be called in any thread. */
struct serve_watched *serve_watch_add(struct serve_watch *, int fd);
void serve_watch_remove(struct serve_watch *, struct serve_watched *);

/* The client's time begins again; it stops. */
void serve_watch_expect(struct serve_watched *);
void serve_watch_rest(struct serve_watched *);

/* After all sockets were removed. */
void serve_watch_close(struct serve_watch *);

#endif
