/*
 * http_multi: transfers of libcurl, many at a time, on a loop.
 *
 * What uses libcurl has one of these, tells it which handles run, and hears
 * when one has ended. A handle that only connects (CURLOPT_CONNECT_ONLY) has
 * ended once it is connected: its owner then watches the socket itself.
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
	bool added;              /* a handle, of which libcurl wasn't told */
	void (*ended)(void *ctx, CURL *, CURLcode);
	void *ctx;
};

/* Keep so many idle connections. ended is called by the loop; it removes the
 * handle. The loop stays its caller's. -1: STATUS_SYSTEM. */
int http_multi_open(struct http_multi *, struct loop *, unsigned idle,
    void (*ended)(void *ctx, CURL *, CURLcode), void *ctx, struct status *);

/* Begin a transfer. -1: STATUS_SYSTEM. */
int http_multi_add(struct http_multi *, CURL *, struct status *);

/* End it, or take it out after its end. */
void http_multi_remove(struct http_multi *, CURL *);

/* After all handles were removed. */
void http_multi_close(struct http_multi *);

#endif
