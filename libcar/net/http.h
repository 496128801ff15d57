/*
 * http: many concurrent requests, polite to their hosts.
 *
 * * It runs on a loop (loop.h). A request waits in its host's queue until the
 * windows have room. The windows limit the number of concurrent requests in all
 * and to each host, and the number of hosts. A redirect counts as a request to
 * its own host.
 *
 * * If another attempt may help (status_again), http retries the request after
 * a pause that doubles and has jitter. If a host limits its rate (429,
 * RateLimit-*, Retry-After), http asks it nothing for the time it names; this
 * doesn't count as an attempt. Requests in the host's queue fail if that time
 * is longer than max_wait_ms, or if the host has given no other answer while
 * one request waited that long. If a host can't be reached in all attempts of
 * one request, it is down for HTTP_DOWN_MS: its requests fail at once. A POST,
 * or another request whose method isn't idempotent, isn't sent again once the
 * host may have received it, unless its caller allows that.
 *
 * * http asks for the body without compression. If the host compresses the body
 * anyway (Content-Encoding), it is decoded, and its limit counts the decoded
 * bytes. An encoding that libcurl doesn't know is STATUS_BAD_ANSWER.
 *
 * * If an attempt can't open a file because too many are open, and others are
 * under way, it waits, and the number of concurrent attempts is reduced to
 * theirs.
 *
 * * Unless allow_private is set, only https to public addresses (address.h) is
 * allowed; the address is checked when the socket is opened. The environment's
 * proxies aren't used. With `proxy`, the proxy has to check addresses.
 *
 * * A host can slow only itself. An attempt is slow if it receives fewer than
 * HTTP_SLOW_BYTES a second over HTTP_SLOW_MS (or over a sixth of stall_ms, if
 * that is less), counted from the look-up of the host's name; its host is then
 * slow, too. While other hosts wait, all slow hosts together have at most half
 * of the attempts and half of the hosts. A slow attempt beyond that gives way:
 * it doesn't count, and starts again in its turn. If more than max_slow
 * requests wait for slow hosts, the excess fails as STATUS_TIMEOUT, if its host
 * has answered no request for HTTP_SLOW_PATIENCE stretches of that time.
 *
 * * http_guard.c checks addresses, http_answer.c reads what a header says about
 * waiting, http_outcome.c decides what follows from an answer, http_host.c
 * keeps the queues, http_slow.c makes slow hosts give way.
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
	uint64_t timeout_ms;     /* for one attempt */
	uint64_t stall_ms;       /* abort after this long below the rate */
	uint64_t retry_delay_ms; /* the first pause */
	uint64_t max_wait_ms;    /* for rate limits, one request */
	unsigned max_slow;       /* waiting requests; 0: no limit */
	bool allow_private;
	const char *proxy;                       /* NULL: none */
	void (*waits)(const struct http_wait *); /* may be NULL */
};

/* The caller owns a request, and doesn't move it from http_start() until done
 * is called. */
struct http_request {
	const char *method; /* upper case; NULL: GET */
	const char *const
	    *headers;        /* "Name: value", ends with a NULL; or NULL */
	const void *content; /* to send; borrowed until done */
	size_t content_len;
	bool repeatable; /* a POST may be sent twice */

	uint64_t max_bytes; /* of a 2xx body; more: STATUS_TOO_LARGE */
	bool patient;       /* exempt from max_slow */
	bool names_final;   /* don't retry if the name isn't found */
	/* restart: called before each attempt. release: called when the
	 * request has to wait for another one. Both may be NULL. */
	int (*restart)(struct http_request *, struct status *);
	void (*release)(struct http_request *);
	/* Takes a 2xx body as it comes; NULL: it is collected in `body`. */
	int (*data)(struct http_request *, const void *, size_t,
	    struct status *);
	/* Judges a complete answer that isn't a redirect; NULL: http_judge().
	 * A failure that may succeed later is retried. */
	int (*check)(struct http_request *, struct status *);
	/* Starts work in another thread after check has succeeded, such as
	 * verifying the body. Until http_worked() the request keeps its place
	 * in the windows, so they limit this work too. May be NULL. */
	void (*work)(struct http_request *);
	/* The end; why is NULL on success. May free the request. */
	void (*done)(struct http_request *, struct status *why);
	void *ctx;

	/* The answer, for check and done. */
	long code;
	struct buf body;
	uint64_t received; /* bytes of the body */
	bool says_rate;    /* the host said how many requests are left */
	const char *type;  /* its Content-Type, only for check; or NULL */

	/* http's own. */
	struct buf url;
	struct http_host *host;
	struct http_try *at_work; /* NULL: no work runs */
	struct http_request *next;
	unsigned tries, redirects;
	bool damaged;   /* one answer was; a second one is final */
	bool as_get;    /* a redirect turned it into a GET */
	bool elsewhere; /* a redirect led to another origin */
	uint64_t first_ms, due_ms, waited_ms;
	struct status why;
};

/* Release http's part of a request, after done or before http_start(). */
void http_free(struct http_request *);

/* The loop and the options' strings are borrowed. NULL: STATUS_SYSTEM. */
struct http *http_open(struct loop *, const struct http_options *,
    struct status *);

/* Queue a request; the loop calls done, never this function. The URL is copied;
 * NULL means that memory for it was missing. After a redirect to another origin
 * only the headers Accept* and Content-* are sent. A method or a header that
 * can't be sent is STATUS_BAD_SYNTAX. */
void http_start(struct http *, struct http_request *, const char *url);

/* The same, after at least this many milliseconds. */
void http_start_after(struct http *, struct http_request *, const char *url,
    uint64_t ms);

/* The work has ended; why is NULL on success. A failure that may succeed later
 * is retried. Call it in the loop's thread, but not from `work`. */
void http_worked(struct http *, struct http_request *,
    const struct status *why);

/* Judge an answer by its code. 0, or -1: STATUS_NOT_FOUND (404, 410),
 * STATUS_RATE_LIMITED, STATUS_UNSUPPORTED (501), STATUS_HOST_ERROR (408, 425,
 * 5xx), STATUS_REFUSED, STATUS_BAD_ANSWER (neither success nor failure). */
int http_judge(const struct http_request *, struct status *);

/* Begin no more attempts until hold is false; those under way continue. */
void http_hold(struct http *, bool hold);

/* The current state, for progress. */
struct http_state {
	uint64_t bytes;      /* of bodies, received so far */
	unsigned active;     /* requests under way */
	const char *slowest; /* host of the slowest request that has run for a
			      * second; NULL: none */
	double rate;         /* its bytes a second */
};
void http_get_state(struct http *, struct http_state *);

/* Requests that are queued or under way end without a call of done. Call it
 * before loop_close(). */
void http_close(struct http *);

#endif
