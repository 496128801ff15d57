#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/net/http_host_private.h"

/*
 * The hosts are in a tree, to find one by its origin, and in a list, from
 * whose front the next request is taken: a host that had its turn goes to the
 * end. A host stays as long as it has requests or must be left alone.
 */

static int
by_origin(const void *a, const void *b)
{
	return strcmp(((const struct http_host *)a)->origin,
	    ((const struct http_host *)b)->origin);
}

static struct http_host *
new_host(struct http_hosts *hosts, const char *origin)
{
	struct http_host *host = calloc(1, sizeof(*host));

	if (host == NULL || (host->origin = strdup(origin)) == NULL ||
	    tsearch(host, &hosts->by_origin, by_origin) == NULL) {
		if (host != NULL)
			free(host->origin);
		free(host);
		return NULL;
	}
	host->queue_end = &host->queue;
	if (hosts->first == NULL)
		hosts->end = &hosts->first;
	*hosts->end = host;
	hosts->end = &host->next;
	return host;
}

struct http_host *
http_host_get(struct http_hosts *hosts, const char *origin)
{
	struct http_host want = { .origin = (char *)origin };
	void *found = tfind(&want, &hosts->by_origin, by_origin);

	return found != NULL ? *(struct http_host **)found :
			       new_host(hosts, origin);
}

void
http_host_append(struct http_host *host, struct http_request *r)
{
	r->next = NULL;
	*host->queue_end = r;
	host->queue_end = &r->next;
}

void
http_host_prepend(struct http_host *host, struct http_request *r)
{
	r->next = host->queue;
	if (host->queue == NULL)
		host->queue_end = &r->next;
	host->queue = r;
}

void
http_host_delay(struct http_host *host, struct http_request *r)
{
	struct http_request **at = &host->later;

	while (*at != NULL && (*at)->due_ms <= r->due_ms)
		at = &(*at)->next;
	r->next = *at;
	*at = r;
}

static struct http_request *
take(struct http_host *host, uint64_t now_ms)
{
	struct http_request *r = host->later;

	if (r != NULL && r->due_ms <= now_ms) {
		host->later = r->next;
		return r;
	}
	if ((r = host->queue) != NULL) {
		host->queue = r->next;
		if (r->next == NULL)
			host->queue_end = &host->queue;
	}
	return r;
}

/* When will this host have something to begin, if its window has room? */
static uint64_t
due(const struct http_host *host)
{
	uint64_t ms = UINT64_MAX;

	if (host->queue != NULL)
		ms = 0;
	else if (host->later != NULL)
		ms = host->later->due_ms;
	return ms > host->not_before_ms ? ms : host->not_before_ms;
}

static bool
is_forgotten(const struct http_host *host, uint64_t now_ms)
{
	return host->active == 0 && host->queue == NULL &&
	    host->later == NULL && host->not_before_ms <= now_ms &&
	    host->down_until_ms <= now_ms;
}

static void
free_host(struct http_hosts *hosts, struct http_host *host)
{
	tdelete(host, &hosts->by_origin, by_origin);
	free(host->origin);
	free(host);
}

/* Put a host at the end of the line. */
static void
rotate(struct http_hosts *hosts, struct http_host **at)
{
	struct http_host *host = *at;

	if (host->next == NULL)
		return;
	*at = host->next;
	host->next = NULL;
	*hosts->end = host;
	hosts->end = &host->next;
}

/* Drop hosts that nothing is known of. */
static void
forget(struct http_hosts *hosts, uint64_t now_ms)
{
	struct http_host **at = &hosts->first, *host;

	while ((host = *at) != NULL) {
		if (!is_forgotten(host, now_ms)) {
			at = &host->next;
			continue;
		}
		*at = host->next;
		if (host->next == NULL)
			hosts->end = at;
		free_host(hosts, host);
	}
}

static struct http_request *
take_turn(struct http_hosts *hosts, struct http_host **at, uint64_t now_ms)
{
	struct http_host *host = *at;

	host->turn = host->active == 0 ? 1 : host->turn + 1;
	rotate(hosts, at);
	return take(host, now_ms);
}

struct http_request *
http_host_next(struct http_hosts *hosts, unsigned per_host, bool room,
    uint64_t now_ms, uint64_t *wait_ms)
{
	struct http_host **at, **over = NULL, *host;
	bool others = false;
	uint64_t ms;

	forget(hosts, now_ms);
	for (at = &hosts->first; (host = *at) != NULL; at = &host->next) {
		if (host->active >= per_host)
			continue;
		if ((ms = due(host)) > now_ms) {
			if (ms - now_ms < *wait_ms)
				*wait_ms = ms - now_ms;
			continue;
		}
		if (host->active == 0 && !room)
			others = true;
		else if (room || host->turn < HTTP_HOST_TURN * per_host)
			return take_turn(hosts, at, now_ms);
		else if (over == NULL)
			over = at;
	}
	return over != NULL && !others ? take_turn(hosts, over, now_ms) : NULL;
}

struct http_request *
http_host_flush(struct http_host *host)
{
	struct http_request *all;

	*host->queue_end = host->later;
	all = host->queue;
	host->queue = host->later = NULL;
	host->queue_end = &host->queue;
	return all;
}

void
http_host_free_all(struct http_hosts *hosts)
{
	struct http_host *host;

	while ((host = hosts->first) != NULL) {
		hosts->first = host->next;
		free_host(hosts, host);
	}
	hosts->end = &hosts->first;
}
