/*
 * http: many requests at a time, polite to their hosts.
 *
 * It runs on a loop (loop.h). A request waits in its host's queue until the
 * windows have room: they limit how many requests are under way at a time, how
 * many to one host, and to how many hosts. Redirects are requests to their own
 * host.
 *
 * What a further try may mend (status_again) is tried again, after a pause that
 * doubles and has jitter. A host that limits its rate (429, RateLimit-*,
 * Retry-After) is left alone for as long as it says, which counts as no try.
 * What is queued for it fails if that is longer than max_wait_ms, or if it has
 * said nothing else while one request waited for so long. A host that can't be
 * reached is down after the last try of one request, and what else is queued
 * for it fails at once for HTTP_DOWN_MS. A POST, or another request whose
 * method isn't idempotent, isn't sent again once a host may have got it, unless
 * its caller says that it may.
 *
 * The host is asked for bytes as they are. A body that is compressed all the
 * same (Content-Encoding) is decoded, and its limit counts the decoded bytes;
 * an encoding that libcurl doesn't know is STATUS_BAD_ANSWER.
 *
 * If too many files are open for another try while others are under way, it
 * waits, and there are fewer at a time from then on.
 *
 * Only https to public addresses (address.h), which are looked at when the
 * socket is opened, unless allow_private says otherwise. Proxies of the
 * environment aren't used; with `proxy` the addresses are the proxy's duty.
 *
 * A host can slow only itself. A try that brings fewer than HTTP_SLOW_BYTES a
 * second over HTTP_SLOW_MS (or a sixth of stall_ms, if that is less) is slow,
 * from the look-up of its host's name on, and so is its host. As long as other
 * hosts wait, slow hosts together have at most half of the tries and half of
 * the hosts at a time: a slow try that is more than that gives way, without
 * counting as a try, and begins anew when it is its turn. If more than max_slow
 * requests wait for slow hosts, those beyond that fail as STATUS_TIMEOUT whose
 * host has answered none for a while (HTTP_SLOW_PATIENCE).
 *
 * http_guard.c checks addresses, http_answer.c reads what a header says about
 * waiting, http_outcome.c decides what follows from an answer, http_host.c
 * keeps the queues, http_slow.c has slow hosts give way.
 */
#ifndef LIBCAR_NET_HTTP_H
#define LIBCAR_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/net/loop.h"

#define HTTP_MAX_URL 8192
#define HTTP_MAX_REDIRECTS 5
#define HTTP_MAX_HEADERS (256 << 10) /* bytes, in lines of 64 at least */
#define HTTP_MAX_ERROR (64 << 10)    /* bytes read of an answer but 2xx */
#define HTTP_MAX_PAUSE_MS 60000      /* between tries */
#define HTTP_CONNECT_MS 30000        /* to look up and connect, at most */
#define HTTP_STALL_BYTES 64          /* fewer a second are a stall */
#define HTTP_DOWN_MS 300000
#define HTTP_SLOW_MS 10000   /* a try is measured over so long */
#define HTTP_SLOW_BYTES 8192 /* fewer a second are slow */
#define HTTP_SLOW_PATIENCE 6 /* such times without an answer */

struct http;

/* A request waits for its next attempt. */
struct http_wait {
	const char *origin;   /* of the host; borrowed */
	unsigned attempt, of; /* that failed; 0: the host limits its rate */
	uint64_t ms;          /* until the next attempt, about */
};

struct http_options {
	const char *agent;                  /* User-Agent; the caller's */
	unsigned parallel, per_host, hosts; /* windows, at least 1 */
	unsigned idle;                      /* connections kept; 0: some */
	unsigned retries;
	uint64_t timeout_ms;     /* for one try */
	uint64_t stall_ms;       /* too little came for so long */
	uint64_t retry_delay_ms; /* the first pause */
	uint64_t max_wait_ms;    /* for a host's limit, one request */
	unsigned max_slow;       /* requests that wait; 0: no limit */
	bool allow_private;
	const char *proxy;                       /* NULL: none */
	void (*waits)(const struct http_wait *); /* may be NULL */
};

/* A request is its caller's, and stays where it is from http_start() until
 * done. */
struct http_request {
	const char *method;         /* upper case; NULL: GET */
	const char *const *headers; /* "Name: value", a NULL behind; or NULL */
	const void *content;        /* to send, the caller's until done */
	size_t content_len;
	bool repeatable; /* of a POST: it may be sent twice */

	uint64_t max_bytes; /* of a 2xx body, beyond: STATUS_TOO_LARGE */
	bool patient;       /* it waits for a slow host, however many do */
	bool names_final;   /* a name that isn't found isn't looked up again */
	/* Before each try, and where it has to wait for another; may be
	 * NULL. */
	int (*restart)(struct http_request *, struct status *);
	void (*release)(struct http_request *);
	/* Takes a 2xx body as it comes; NULL: it is collected in `body`. */
	int (*data)(struct http_request *, const void *, size_t,
	    struct status *);
	/* Judges a whole answer that is no redirect; NULL: http_judge(). A
	 * failure that may succeed later is tried again. */
	int (*check)(struct http_request *, struct status *);
	/* Begins, after check has found nothing wrong, what the loop can't wait
	 * for, such as a look at the whole body in another thread. Until
	 * http_worked() the request is under way and keeps its place in the
	 * windows, which so limit what waits there. NULL: nothing. */
	void (*work)(struct http_request *);
	/* The end; why is NULL if all went well. May free the request. */
	void (*done)(struct http_request *, struct status *why);
	void *ctx;

	/* Of the answer, for check and done. */
	long code;
	struct buf body;
	uint64_t received; /* bytes of the body */

	/* http's own. */
	struct buf url;
	struct http_host *host;
	struct http_try *at_work; /* NULL: it isn't */
	struct http_request *next;
	unsigned tries, redirects;
	bool damaged;   /* an answer was, so another won't be asked for */
	bool as_get;    /* a redirect made it a GET */
	bool elsewhere; /* a redirect led to another origin */
	uint64_t first_ms, due_ms, waited_ms;
	struct status why;
};

/* Release what http keeps in a request, after done or before http_start(). */
void http_free(struct http_request *);

/* The loop and the options' strings stay the caller's. NULL: STATUS_SYSTEM. */
struct http *http_open(struct loop *, const struct http_options *,
    struct status *);

/* Queue a request; done is called by the loop, never from here. The URL is
 * copied; NULL tells that there was no memory for it. After a redirect to
 * another origin only the headers Accept* and Content-* are sent. A method or
 * a header that can't be sent is STATUS_BAD_SYNTAX. */
void http_start(struct http *, struct http_request *, const char *url);

/* The same, not before so long. */
void http_start_after(struct http *, struct http_request *, const char *url,
    uint64_t ms);

/* What `work` began has ended: well, if why is NULL. A failure that may succeed
 * later is tried again. In the loop's thread, and not from `work`. */
void http_worked(struct http *, struct http_request *,
    const struct status *why);

/* Judge an answer by its code: 0, or -1: STATUS_NOT_FOUND (404, 410),
 * STATUS_RATE_LIMITED, STATUS_UNSUPPORTED (501), STATUS_HOST_ERROR (408, 425,
 * 5xx), STATUS_REFUSED, STATUS_BAD_ANSWER (neither success nor failure). */
int http_judge(const struct http_request *, struct status *);

/* Begin no more tries, until this is taken back; those under way go on. */
void http_hold(struct http *, bool hold);

/* How it stands, for progress. */
struct http_state {
	uint64_t bytes;      /* of bodies, received so far */
	unsigned active;     /* requests under way */
	const char *slowest; /* host of the slowest of them, but for those
			      * that have just begun; NULL: none */
	double rate;         /* its bytes a second */
};
void http_get_state(struct http *, struct http_state *);

/* Requests that are queued or under way end without done. Before
 * loop_close(). */
void http_close(struct http *);

#endif
