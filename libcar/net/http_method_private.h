/*
 * http_method: what a request sends (method, headers, content), when it may be
 * sent again, and what a redirect makes of it. RFC 9110.
 */
#ifndef LIBCAR_NET_HTTP_METHOD_PRIVATE_H
#define LIBCAR_NET_HTTP_METHOD_PRIVATE_H

#include <curl/curl.h>
#include <stdbool.h>

#include "libcar/net/http.h"

/* Check that method and headers can be sent. -1: STATUS_BAD_SYNTAX. */
int http_method_check(const struct http_request *, struct status *);

/* May the request be sent again although it may have reached the host? */
bool http_method_may_repeat(const struct http_request *);

/* Follow a redirect of this code; other: to another origin. */
void http_method_redirect(struct http_request *, long code, bool other);

/* Does it send nothing but a GET of its URL? */
bool http_method_is_plain(const struct http_request *);

/* Set up a handle of libcurl for it. The caller frees *headers once the handle
 * no longer uses it, also after a failure. -1: STATUS_SYSTEM. */
int http_method_set(const struct http_request *, CURL *,
    struct curl_slist **headers, struct status *);

#endif
