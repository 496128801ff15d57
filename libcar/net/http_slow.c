#include "config.h"

#include "libcar/base/clock.h"
#include "libcar/net/http_method_private.h"
#include "libcar/net/http_private.h"

/*
 * Makes slow hosts give way. A host is known to be slow only after one of its
 * attempts was measured. So each slow host takes one place from the others for
 * one measurement, and then shares half of the places with other slow hosts.
 *
 * * A rate is measured over a stretch of time, then over the next one: a host
 * that begins fast and then stalls is found after at most two stretches.
 */

/* Is a transfer under way? That of a request at work is over. */
static bool
is_under_way(const struct http_try *t)
{
	return t->request != NULL && t->request->at_work == NULL;
}

void
http_slow_watch(struct http *h, uint64_t now_ms)
{
	uint64_t at = now_ms + http_stretch_ms(h);

	h->look_ms = at < h->look_ms ? at : h->look_ms;
}

static bool
is_slow(uint64_t bytes, uint64_t ms)
{
	return bytes * 1000 < HTTP_SLOW_BYTES * ms;
}

/* late: don't judge the attempt, only begin a new stretch. */
static void
measure(struct http *h, struct http_try *t, uint64_t now_ms, bool late)
{
	uint64_t ms = now_ms - t->mark_ms, bytes = t->request->received;

	if (ms >= http_stretch_ms(h)) {
		if (!late)
			t->slow = is_slow(bytes - t->mark_bytes, ms);
		t->mark_ms = now_ms;
		t->mark_bytes = bytes;
	}
	http_slow_watch(h, t->mark_ms);
}

/* Is this much later than planned? Then the program was stopped or waited for
 * the reader of its output, and bytes may still be in the sockets; or no
 * request waited, so nothing was measured. */
static bool
is_late(const struct http *h, uint64_t now_ms)
{
	return now_ms - h->look_ms >= http_stretch_ms(h);
}

static void
look(struct http *h, uint64_t now_ms)
{
	struct http_host *host;
	bool late;
	unsigned i;

	if (now_ms < h->look_ms)
		return;
	late = is_late(h, now_ms);
	h->look_ms = UINT64_MAX;
	for (i = 0; i < h->options.parallel; i++) {
		if (!is_under_way(&h->tries[i]))
			continue;
		measure(h, &h->tries[i], now_ms, late);
		host = h->tries[i].request->host;
		if (!h->tries[i].slow)
			continue;
		if (!host->slow) {
			http_host_set_slow(&h->hosts, host, true);
			host->slow_since_ms = now_ms;
		}
		http_queue_trim(h, host, now_ms);
	}
}

void
http_slow_ended(struct http *h, const struct http_try *t,
    const struct http_request *r)
{
	uint64_t ms = clock_monotonic_ms() - t->started_ms;

	if (t->answered && !t->slow &&
	    (ms < http_stretch_ms(h) || !is_slow(r->received, ms)))
		http_host_set_slow(&h->hosts, r->host, false);
}

/* Giving way */

/* Are all attempts of a host slow? */
static bool
is_slow_whole(const struct http *h, const struct http_host *host)
{
	unsigned i, n = 0;

	for (i = 0; i < h->options.parallel; i++)
		if (is_under_way(&h->tries[i]))
			n += h->tries[i].slow &&
			    h->tries[i].request->host == host;
	return n == host->active;
}

/* May this attempt give way, and is less lost than with the other one? To free
 * a place for a host, choose the host with the fewest attempts. */
static bool
is_less(const struct http *h, const struct http_try *t, bool whole,
    const struct http_try *than)
{
	const struct http_request *r = t->request, *best;

	if (!is_under_way(t) || !t->slow || !r->host->slow ||
	    !http_method_may_repeat(r) || (whole && !is_slow_whole(h, r->host)))
		return false;
	if (than == NULL)
		return true;
	best = than->request;
	if (whole && r->host->active != best->host->active)
		return r->host->active < best->host->active;
	return r->received < best->received;
}

static struct http_try *
find_least(const struct http *h, bool whole)
{
	struct http_try *least = NULL;
	unsigned i;

	for (i = 0; i < h->options.parallel; i++)
		if (is_less(h, &h->tries[i], whole, least))
			least = &h->tries[i];
	return least;
}

static void
give_way(struct http *h, struct http_try *t)
{
	struct http_request *r = t->request;

	http_multi_remove(&h->multi, t->easy);
	t->request = NULL;
	r->tries--;
	http_host_end(&h->hosts, r->host);
	http_queue_back(h, r);
}

bool
http_slow_give_way(struct http *h, uint64_t now_ms, uint64_t *wait_ms)
{
	const struct http_hosts *hosts = &h->hosts;
	struct http_try *t = NULL;

	look(h, now_ms);
	if (http_host_wants_try(hosts) &&
	    hosts->slow_active > hosts->parallel / 2)
		t = find_least(h, false);
	else if (http_host_wants_host(hosts) &&
	    hosts->slow_busy > hosts->hosts / 2)
		t = find_least(h, true);
	if (t != NULL)
		give_way(h, t);
	else if (hosts->queued > 0 && h->look_ms != UINT64_MAX)
		*wait_ms = h->look_ms - now_ms < *wait_ms ?
		    h->look_ms - now_ms :
		    *wait_ms;
	return t != NULL;
}
