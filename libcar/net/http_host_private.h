/*
 * http_host: the hosts of http, their queues and windows.
 *
 * Hosts take turns. A host with a request that may begin now is in one of the
 * lines below. A host that has to wait is in a heap, ordered by time. All other
 * hosts are in neither, so a turn costs the same however many hosts there are.
 *
 * Slow hosts (see http_slow.c) have a share of the places: while others wait,
 * all slow hosts together get at most half of the attempts and half of the
 * hosts. They slow only each other.
 */
#ifndef LIBCAR_NET_HTTP_HOST_PRIVATE_H
#define LIBCAR_NET_HTTP_HOST_PRIVATE_H

#include "libcar/net/http.h"

/* The line of a host that has a request to begin. */
enum http_host_line {
	HTTP_HOST_IDLE, /* no request is under way */
	HTTP_HOST_BUSY,
	HTTP_HOST_OVER, /* busy, and it had its turn */
	HTTP_HOST_LINES,
	HTTP_HOST_NO_LINE = HTTP_HOST_LINES
};

struct http_host {
	char *origin; /* https://host:port */
	struct http_request *queue, **queue_end;
	struct http_request *later; /* retries, by due_ms */
	unsigned queued;            /* in both, without patient requests */
	unsigned active;
	unsigned working; /* of them: the body has come, see http_host_work() */
	unsigned turn;    /* attempts begun since it was idle */
	bool slow;        /* its last attempts were slow */
	uint64_t slow_since_ms;
	uint64_t limited_ms;    /* when it last answered 429 */
	unsigned limits;        /* such answers in a row */
	uint64_t served_ms;     /* its last other answer */
	uint64_t not_before_ms; /* begin nothing until then */
	uint64_t last_answer_ms;
	uint64_t down_until_ms;
	struct status down; /* why */

	/* Its place in a line, or in the heap. */
	enum http_host_line line;
	bool line_slow; /* in the line of the slow ones */
	struct http_host *next, **link;
	uint64_t number; /* when it came there */
	uint64_t wake_ms;
	size_t heap_at; /* from 1; 0: not in the heap */
};

#define HTTP_HOST_TURN 4

/* All zero, except the windows. */
struct http_hosts {
	unsigned parallel, per_host, hosts; /* at least 1 */
	unsigned active, busy;              /* tries; hosts with any */
	unsigned slow_active; /* of slow hosts, except those at work */
	unsigned slow_busy;   /* slow hosts with any try */
	unsigned queued;      /* requests that wait */
	unsigned slow_queued; /* for slow hosts, except patient ones */

	struct {
		struct http_host *first, **end;
	} lines[2][HTTP_HOST_LINES]; /* [1]: of slow hosts */
	uint64_t number;
	struct http_host **heap;
	size_t heap_count, heap_cap;
	void *by_origin;
};

/* Find or make the host of an origin. NULL: no memory. */
struct http_host *http_host_get(struct http_hosts *, const char *origin);

void http_host_append(struct http_hosts *, struct http_host *,
    struct http_request *);
void http_host_prepend(struct http_hosts *, struct http_host *,
    struct http_request *);
/* Queue it for its due_ms. */
void http_host_delay(struct http_hosts *, struct http_host *,
    struct http_request *);

/* A time of the host has changed: put it into its line or the heap. Frees a
 * host that has no requests and no time to wait for. */
void http_host_place(struct http_hosts *, struct http_host *);

/* An attempt begins; an attempt has ended: then call http_host_place() when the
 * host isn't needed any more. */
void http_host_begin(struct http_hosts *, struct http_host *);
void http_host_end(struct http_hosts *, struct http_host *);

/* n = 1: the whole body of a try has come, and the request is at work, which
 * can't be slow; n = -1: the work has ended. */
void http_host_work(struct http_hosts *, struct http_host *, int n);

void http_host_set_slow(struct http_hosts *, struct http_host *, bool);

/*
 * Take the next request that is due from a host whose turn it is, if the
 * windows have room. If there is no room for another host, and one waits for
 * it, a host that had HTTP_HOST_TURN tries for each place of its window gets no
 * more until it is idle. NULL: none; *wait_ms is then lowered to when there may
 * be one.
 */
struct http_request *http_host_next(struct http_hosts *, uint64_t now_ms,
    uint64_t *wait_ms);

/* Does a host that isn't slow wait for room for an attempt, or for a host? */
bool http_host_wants_try(const struct http_hosts *);
bool http_host_wants_host(const struct http_hosts *);

/* Take all requests out of the host's queues. */
struct http_request *http_host_flush(struct http_hosts *, struct http_host *);

/* Take all requests out of its queue, except patient ones and the first `keep`
 * others. */
struct http_request *http_host_drop(struct http_hosts *, struct http_host *,
    unsigned keep);

void http_host_free_all(struct http_hosts *);

#endif
