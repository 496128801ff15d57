/*
 * http_try: one attempt of one request, by a handle of libcurl.
 */
#ifndef LIBCAR_NET_HTTP_TRY_PRIVATE_H
#define LIBCAR_NET_HTTP_TRY_PRIVATE_H

#include <curl/curl.h>

#include "libcar/net/http_answer_private.h"
#include "libcar/net/http_guard_private.h"

/* A place for an attempt, used by one after the other. All zero: unused. */
struct http_try {
	CURL *easy;  /* kept for the next attempt */
	bool shared; /* it has the options of all requests, and no other; the
		      * last one was sent once and answered */
	struct curl_slist *headers;   /* that it sends */
	struct http_request *request; /* under way or at work; or NULL */
	uint64_t started_ms;
	uint64_t mark_ms, mark_bytes; /* its rate is measured from here */
	bool slow;                    /* as it was last measured */
	struct http_guard guard;
	struct http_answer answer;
	unsigned times_sent;
	bool sent;        /* the host may have got the request */
	bool answered;    /* a header came */
	bool enough;      /* of the body of an answer but 2xx */
	uint64_t *bytes;  /* added to as bodies come */
	struct status st; /* of the caller's functions */
};

/* Prepare the handle for a request, and clear its answer. -1: STATUS_SYSTEM, or
 * what its restart() set; the place is then still unused. */
int http_try_begin(struct http_try *, const struct http_options *,
    struct http_request *, uint64_t *bytes, struct status *);

/* libcurl has ended the attempt: read the answer's code, and take the request
 * out of its place. True: the answer is complete. False, and why not. */
bool http_try_end(struct http_try *, CURLcode, struct status *);

/* The status of a failure of libcurl. */
enum status_code http_try_status(CURLcode);

/* After that: the URL of a redirect, which the caller frees. NULL: the answer
 * isn't a redirect. */
char *http_try_redirect(const struct http_try *, const struct http_request *);

void http_try_free(struct http_try *);

#endif
