/*
 * http_private: the parts of http. Each uses only those before it in this list:
 * http_answer.c reads what a header says about waiting, http_host.c keeps the
 * hosts, http_guard.c says what may be reached, http_method.c what a request
 * sends and whether it may be sent again, http_try.c prepares one attempt,
 * http_multi.c runs it in libcurl, http_queue.c puts requests into the queues,
 * http_slow.c makes slow hosts give way, http_outcome.c decides what follows
 * from an attempt, http.c runs them all.
 */
#ifndef LIBCAR_NET_HTTP_PRIVATE_H
#define LIBCAR_NET_HTTP_PRIVATE_H

#include "libcar/net/http_host_private.h"
#include "libcar/net/http_multi_private.h"
#include "libcar/net/http_try_private.h"

struct http {
	struct http_options options;
	struct loop *loop;
	struct loop_timer timer; /* when attempts may begin */
	struct http_multi multi;
	struct http_hosts hosts;
	struct http_try *tries; /* options.parallel places */
	uint64_t look_ms;       /* when to look for slow ones */
	bool held;
	uint64_t bytes;
	struct http_request *failed; /* before their first attempt */
};

/* Put a request into the queue of its URL's host; the URL is copied. -1: as
 * http_guard_origin(), or why requests to that host fail. */
int http_queue_add(struct http *, struct http_request *, const char *url,
    struct status *);

/* The request ends with request->why soon, but not in this call. */
void http_queue_fail(struct http *, struct http_request *);

/* Ask a host nothing for this long; the requests in its queue fail. */
void http_queue_shut(struct http *, struct http_host *, uint64_t for_ms,
    const struct status *why);

/* Release what the attempt holds, and put the request back at the front of its
 * host's queue. */
void http_queue_back(struct http *, struct http_request *);
void http_queue_release(struct http_request *);

/* The attempt got no file descriptor: queue the request again, and limit the
 * number of concurrent attempts to the others. False: there are no others. */
bool http_queue_fewer(struct http *, struct http_request *, unsigned others);

/* The time over which an attempt is measured; short if stall_ms is short. */
static inline uint64_t
http_stretch_ms(const struct http *h)
{
	uint64_t ms = h->options.stall_ms / 6 + 1;

	return ms < HTTP_SLOW_MS ? ms : HTTP_SLOW_MS;
}

/* Fail requests that wait for a slow host, if too many do and the host hasn't
 * answered any for HTTP_SLOW_PATIENCE stretches. */
void http_queue_trim(struct http *, struct http_host *, uint64_t now_ms);

/* An attempt has begun; measure it later. */
void http_slow_watch(struct http *, uint64_t now_ms);

/* Measure the attempts if it is time to, and mark slow hosts. True: an attempt
 * gave way to a host that waits, so there is room. *wait_ms is lowered to the
 * time of the next measurement. */
bool http_slow_give_way(struct http *, uint64_t now_ms, uint64_t *wait_ms);

/* An attempt has ended; decide whether its host is still slow. */
void http_slow_ended(struct http *, const struct http_try *,
    const struct http_request *);

/* An attempt has ended with libcurl's code. The request ends, follows a
 * redirect, waits for another attempt, or begins its work. */
void http_outcome(struct http *, struct http_try *, struct http_request *,
    CURLcode);

/* The work has ended: the request ends or waits for another attempt. */
void http_outcome_worked(struct http *, const struct http_try *,
    struct http_request *, const struct status *why);

#endif
