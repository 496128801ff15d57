#include "config.h"

#include "libcar/base/clock.h"
#include "libcar/net/http_private.h"

/*
 * From a request to the queue of its host, or to the list of those that have
 * failed. Callers may hold the request in the middle of something, so nothing
 * here ends it at once.
 */

void
http_queue_fail(struct http *h, struct http_request *r)
{
	r->next = h->failed;
	h->failed = r;
}

/* Why a host isn't asked, and for how long. */
static int
left_alone(const struct http_host *host, uint64_t now_ms, struct status *st)
{
	*st = host->down;
	st->after_ms = host->down_until_ms - now_ms;
	return status_prefix(st, "%s is left alone: ", host->origin);
}

int
http_queue_add(struct http *h, struct http_request *r, const char *url,
    struct status *st)
{
	size_t len = url == NULL ? 0 : strlen(url);
	uint64_t now_ms = clock_monotonic_ms();
	char origin[HTTP_MAX_URL + 16];

	if (url == NULL)
		return status_no_memory(st);
	if (len >= HTTP_MAX_URL)
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "URL of more than %d bytes", HTTP_MAX_URL);
	if (http_guard_origin(&h->options, url, origin, sizeof(origin), st) ==
	    -1)
		return -1;
	r->url.len = 0;
	buf_put(&r->url, url, len + 1);
	r->host = http_host_get(&h->hosts, origin);
	if (r->url.failed || r->host == NULL)
		return status_no_memory(st);
	if (r->host->down_until_ms > now_ms)
		return left_alone(r->host, now_ms, st);
	if (r->due_ms > 0)
		http_host_delay(r->host, r);
	else
		http_host_append(r->host, r);
	return 0;
}

void
http_queue_shut(struct http *h, struct http_host *host, uint64_t for_ms,
    const struct status *why)
{
	uint64_t now_ms = clock_monotonic_ms();
	struct http_request *r, *next;

	host->down_until_ms = now_ms + for_ms;
	host->down = *why;
	for (r = http_host_flush(host); r != NULL; r = next) {
		next = r->next;
		left_alone(host, now_ms, &r->why);
		http_queue_fail(h, r);
	}
}
