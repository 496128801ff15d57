/*
 * http_private: what the parts of http know of each other, each using only
 * those before it: http_answer.c reads what a header says of waiting,
 * http_host.c keeps the hosts, http_guard.c says what may be reached,
 * http_method.c what a request sends and whether it may be sent again,
 * http_try.c makes one try, http_multi.c has libcurl do it, http_queue.c puts
 * requests into the queues, http_slow.c has slow hosts give way,
 * http_outcome.c decides what follows from a try, http.c runs them all.
 */
#ifndef LIBCAR_NET_HTTP_PRIVATE_H
#define LIBCAR_NET_HTTP_PRIVATE_H

#include "libcar/net/http_host_private.h"
#include "libcar/net/http_multi_private.h"
#include "libcar/net/http_try_private.h"

struct http {
	struct http_options options;
	struct loop *loop;
	struct loop_timer timer; /* when tries may begin */
	struct http_multi multi;
	struct http_hosts hosts;
	struct http_try *tries; /* options.parallel places */
	uint64_t look_ms;       /* when to look for slow ones */
	bool held;
	uint64_t bytes;
	struct http_request *failed; /* before they began */
};

/* Put a request into the queue of the host that its URL names; the URL is
 * copied. -1: as http_guard_origin(), or why that host is left alone. */
int http_queue_add(struct http *, struct http_request *, const char *url,
    struct status *);

/* The request ends with request->why: soon, but not in this call. */
void http_queue_fail(struct http *, struct http_request *);

/* Ask nothing of a host for so long: what waits for it fails. */
void http_queue_shut(struct http *, struct http_host *, uint64_t for_ms,
    const struct status *why);

/* The request goes back to the front of its host's queue, and what its try
 * holds is released. */
void http_queue_back(struct http *, struct http_request *);
void http_queue_release(struct http_request *);

/* The request has no file descriptor for its try: it waits for one of the
 * others, and there are no more tries at a time than these. False: there is no
 * other. */
bool http_queue_fewer(struct http *, struct http_request *, unsigned others);

/* Over how long is a try measured? One that is soon given up is soon looked
 * at. */
static inline uint64_t
http_stretch_ms(const struct http *h)
{
	uint64_t ms = h->options.stall_ms / 6 + 1;

	return ms < HTTP_SLOW_MS ? ms : HTTP_SLOW_MS;
}

/* Fail what waits for a slow host, if too much does and it hasn't answered a
 * request for HTTP_SLOW_PATIENCE such times. */
void http_queue_trim(struct http *, struct http_host *, uint64_t now_ms);

/* A try was begun, and will be looked at. */
void http_slow_watch(struct http *, uint64_t now_ms);

/* Measure the tries, if it is time to, and mark their hosts. Did one give way
 * to a host that waits? Then there is room. *wait_ms is lowered to when to look
 * again. */
bool http_slow_give_way(struct http *, uint64_t now_ms, uint64_t *wait_ms);

/* The try that has ended is the host's best: is it slow still? */
void http_slow_ended(struct http *, const struct http_try *,
    const struct http_request *);

/* A try of the request is over, as libcurl says with this code: its end, a
 * redirect, or another try; or the request is at work from now on. */
void http_outcome(struct http *, struct http_try *, struct http_request *,
    CURLcode);

/* What its work came to: its end, or another try. */
void http_outcome_worked(struct http *, const struct http_try *,
    struct http_request *, const struct status *why);

#endif
