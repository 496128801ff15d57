#include "config.h"

#include "libcar/base/clock.h"
#include "libcar/net/http_private.h"

/*
 * Puts requests into the queues of their hosts, or into the list of those that
 * have failed. Nothing here calls a request's done, because the caller may
 * still be using the request.
 */

void
http_queue_fail(struct http *h, struct http_request *r)
{
	r->next = h->failed;
	h->failed = r;
}

/* Say why requests to this host fail, and for how long. */
static int
left_alone(const struct http_host *host, uint64_t now_ms, struct status *st)
{
	*st = host->down;
	st->after_ms = host->down_until_ms - now_ms;
	return status_prefix(st, "%s is left alone: ", host->origin);
}

/* A host that still answers requests, though slowly, isn't stuck. */
static bool
is_stuck(const struct http *h, const struct http_host *host, uint64_t now_ms)
{
	uint64_t since = host->slow_since_ms > host->last_answer_ms ?
	    host->slow_since_ms :
	    host->last_answer_ms;

	return host->slow &&
	    now_ms - since >= HTTP_SLOW_PATIENCE * http_stretch_ms(h);
}

void
http_queue_trim(struct http *h, struct http_host *host, uint64_t now_ms)
{
	unsigned max = h->options.max_slow, over;
	struct http_request *r, *next;

	if (max == 0 || h->hosts.slow_queued <= max ||
	    !is_stuck(h, host, now_ms))
		return;
	over = h->hosts.slow_queued - max;
	r = http_host_drop(&h->hosts, host,
	    host->queued > over ? host->queued - over : 0);
	for (; r != NULL; r = next) {
		next = r->next;
		status_set(&r->why, STATUS_TIMEOUT, 0,
		    "%s is slow, and too many requests wait for slow hosts",
		    host->origin);
		r->why.after_ms = HTTP_DOWN_MS;
		http_queue_fail(h, r);
	}
	http_host_place(&h->hosts, host);
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
	/* A request that is due when the host is tried again can wait. */
	if (r->host->down_until_ms > now_ms &&
	    r->host->down_until_ms > r->due_ms)
		return left_alone(r->host, now_ms, st);
	if (r->due_ms > 0)
		http_host_delay(&h->hosts, r->host, r);
	else
		http_host_append(&h->hosts, r->host, r);
	http_queue_trim(h, r->host, now_ms);
	return 0;
}

void
http_queue_release(struct http_request *r)
{
	buf_free(&r->body);
	if (r->release != NULL)
		r->release(r);
}

void
http_queue_back(struct http *h, struct http_request *r)
{
	http_queue_release(r);
	http_host_prepend(&h->hosts, r->host, r);
}

bool
http_queue_fewer(struct http *h, struct http_request *r, unsigned others)
{
	if (others == 0)
		return false;
	if (h->hosts.parallel > others)
		h->hosts.parallel = others;
	r->tries--;
	http_queue_back(h, r);
	return true;
}

void
http_queue_shut(struct http *h, struct http_host *host, uint64_t for_ms,
    const struct status *why)
{
	uint64_t now_ms = clock_monotonic_ms();
	struct http_request *r, *next;

	host->down_until_ms = now_ms + for_ms;
	host->down = *why;
	for (r = http_host_flush(&h->hosts, host); r != NULL; r = next) {
		next = r->next;
		left_alone(host, now_ms, &r->why);
		http_queue_fail(h, r);
	}
}
