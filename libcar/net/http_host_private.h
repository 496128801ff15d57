/*
 * http_host: the hosts of http, their queues and windows.
 */
#ifndef LIBCAR_NET_HTTP_HOST_PRIVATE_H
#define LIBCAR_NET_HTTP_HOST_PRIVATE_H

#include "libcar/net/http.h"

struct http_host {
	struct http_host *next; /* of the list that is taken in turn */
	char *origin;           /* https://host:port */
	struct http_request *queue, **queue_end;
	struct http_request *later; /* to be tried again, by due_ms */
	unsigned active;
	unsigned turn;          /* tries begun since it was idle */
	uint64_t limited_ms;    /* when it last said: too many */
	unsigned limits;        /* answers in a row that said: too many */
	uint64_t not_before_ms; /* nothing is asked of it until then */
	uint64_t last_answer_ms;
	uint64_t down_until_ms;
	struct status down; /* why */
};

#define HTTP_HOST_TURN 4

struct http_hosts {
	struct http_host *first, **end;
	unsigned busy; /* hosts with something under way */
	void *by_origin;
};

/* The host of an origin, made if need be; NULL: no memory. */
struct http_host *http_host_get(struct http_hosts *, const char *origin);

void http_host_append(struct http_host *, struct http_request *);
void http_host_prepend(struct http_host *, struct http_request *);
/* Once its due_ms has come. */
void http_host_delay(struct http_host *, struct http_request *);

/*
 * Take the next request that is due from a host whose turn it is: `room` says
 * whether a host with nothing under way may begin. Where there is no room, and
 * one waits for it, a host that had HTTP_HOST_TURN tries for each place of its
 * window gets no more until it is idle. NULL: none; *wait_ms is then lowered to
 * when there may be one. Hosts that nothing is known of any more are forgotten.
 */
struct http_request *http_host_next(struct http_hosts *, unsigned per_host,
    bool room, uint64_t now_ms, uint64_t *wait_ms);

/* All requests that wait for the host, out of its queues. */
struct http_request *http_host_flush(struct http_host *);

void http_host_free_all(struct http_hosts *);

#endif
