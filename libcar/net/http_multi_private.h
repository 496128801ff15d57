/*
 * http_multi: many concurrent transfers of libcurl, on a loop.
 *
 * A module that uses libcurl adds its handles here, and is called when one has
 * ended. A handle that only connects (CURLOPT_CONNECT_ONLY) ends once it is
 * connected: its owner then watches the socket itself.
 */
#ifndef LIBCAR_NET_HTTP_MULTI_PRIVATE_H
#define LIBCAR_NET_HTTP_MULTI_PRIVATE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "libcar/base/status.h"
#include "libcar/net/loop.h"

struct http_multi {
	CURLM *curl;
	struct loop *loop;
	struct loop_timer timer; /* libcurl's */
	bool added;              /* a handle was; libcurl has yet to start it */
	void (*ended)(void *ctx, CURL *, CURLcode);
	void *ctx;
};

/* idle: connections to keep. The loop calls ended, which removes the handle.
 * The loop is borrowed. -1: STATUS_SYSTEM. */
int http_multi_open(struct http_multi *, struct loop *, unsigned idle,
    void (*ended)(void *ctx, CURL *, CURLcode), void *ctx, struct status *);

/* Begin a transfer. -1: STATUS_SYSTEM. */
int http_multi_add(struct http_multi *, CURL *, struct status *);

/* Abort a transfer, or remove its handle after its end. */
void http_multi_remove(struct http_multi *, CURL *);

/* After all handles were removed. */
void http_multi_close(struct http_multi *);

#endif
