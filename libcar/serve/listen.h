/*
 * serve_listen: the socket on which a server waits for connections.
 */
#ifndef LIBCAR_SERVE_LISTEN_H
#define LIBCAR_SERVE_LISTEN_H

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

/* Listen on `127.0.0.1:2580`, `[::1]:2580` or `localhost:2580`; port 0 is any
 * free one. `[::]` is also every IPv4 address. *fd is non-blocking.
 * STATUS_AGAIN: something else listens there. */
int serve_listen_tcp(const char *address, int *fd, struct status *);

/* Listen on a socket with this path. A socket that nobody listens on any more
 * is replaced; any other file stays. */
int serve_listen_unix(const char *path, int *fd, struct status *);

/* Append `http://127.0.0.1:2580`, or `unix:` and the path. */
void serve_listen_url(int fd, struct buf *);

#endif
