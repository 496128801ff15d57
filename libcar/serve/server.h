/*
 * serve_server: answers HTTP requests by the routes, in threads.
 *
 * For every route it does HEAD, OPTIONS, CORS, ETag and If-None-Match,
 * Content-Length, 404 and 405, and counts the request. It takes a reader of the
 * database for the routes that need one; if the reader's connection turns out
 * to be broken, it calls the handler once more with a new one. Another thread
 * keeps the state of the database up to date.
 */
#ifndef LIBCAR_SERVE_SERVER_H
#define LIBCAR_SERVE_SERVER_H

#include "libcar/serve/context.h"

struct serve_server;

struct serve_limits {
	unsigned threads;
	unsigned connections; /* maximum, of all clients */
	unsigned per_client;  /* maximum of one address; 0: the same */
	/* Close a connection without traffic, or if a request takes longer to
	 * come. */
	uint64_t idle_ms;
};

/* Start to answer at this socket, which belongs to the server from now on, also
 * on failure. report() is called, in any thread, for each failure that isn't
 * the client's. setup and limits must outlive the server. */
int serve_server_start(struct serve_server **, int fd,
    const struct serve_setup *, const struct serve_limits *,
    void (*report)(const struct status *), struct status *);

/* Take no new connections, wait until the requests under way are answered, at
 * most wait_ms, then close all connections and release everything. */
void serve_server_stop(struct serve_server *, uint64_t wait_ms);

#endif
