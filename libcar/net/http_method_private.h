/*
 * http_method: what a request sends (method, headers, content), when it may be
 * sent again, and what a redirect makes of it. RFC 9110.
 */
#ifndef LIBCAR_NET_HTTP_METHOD_PRIVATE_H
#define LIBCAR_NET_HTTP_METHOD_PRIVATE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "libcar/net/http.h"

/* Can method and headers be sent as they are? -1: STATUS_BAD_SYNTAX. */
int http_method_check(const struct http_request *, struct status *);

/* May the request be sent again, when it may have reached the host? */
bool http_method_may_repeat(const struct http_request *);

/* The answer had this code and led elsewhere; to another origin? */
void http_method_redirect(struct http_request *, long code, bool other);

/* Have a handle of libcurl send it. *headers is to be freed when the handle
 * doesn't use it any more, also after a failure. -1: STATUS_SYSTEM. */
int http_method_set(const struct http_request *, CURL *,
    struct curl_slist **headers, struct status *);

#endif
