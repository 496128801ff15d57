#include "config.h"

#include <sodium.h>
#include <stdlib.h>

#include "libcar/base/clock.h"
#include "libcar/net/http_method_private.h"
#include "libcar/net/http_private.h"

/*
 * Attempts begin when the windows have room, and http_outcome() takes their
 * ends. One timer serves all pauses: it is due when the next request may begin.
 */

#define STEADY_MS 1000 /* before that, a request has no rate */

/* Begin attempts at the loop's next turn. */
static void
begin_soon(struct http *h)
{
	loop_timer_set(h->loop, &h->timer, 0);
}

void
http_start(struct http *h, struct http_request *r, const char *url)
{
	http_start_after(h, r, url, 0);
}

void
http_start_after(struct http *h, struct http_request *r, const char *url,
    uint64_t ms)
{
	r->tries = r->redirects = 0;
	r->as_get = r->elsewhere = r->damaged = false;
	r->first_ms = r->waited_ms = 0;
	buf_free(&r->body);
	r->due_ms = ms > 0 ? clock_monotonic_ms() + ms : 0;
	if (http_method_check(r, &r->why) == -1 ||
	    http_queue_add(h, r, url, &r->why) == -1)
		http_queue_fail(h, r);
	begin_soon(h);
}

void
http_hold(struct http *h, bool hold)
{
	if (h->held && !hold)
		begin_soon(h);
	h->held = hold;
}

/* Attempts */

static struct http_try *
idle_try(struct http *h)
{
	struct http_try *t = h->tries;

	while (t->request != NULL)
		t++;
	return t;
}

static int
begin_try(struct http *h, struct http_request *r, struct status *st)
{
	struct http_try *t = idle_try(h);

	if (http_try_begin(t, &h->options, r, &h->bytes, st) == -1)
		return -1;
	if (http_multi_add(&h->multi, t->easy, st) == -1) {
		t->request = NULL;
		return -1;
	}
	http_host_begin(&h->hosts, r->host);
	http_slow_watch(h, t->started_ms);
	return 0;
}

static void
tell_failed(struct http *h)
{
	struct http_request *r;

	while ((r = h->failed) != NULL) {
		h->failed = r->next;
		r->done(r, &r->why);
	}
}

static void
begin_next(struct http *h, struct http_request *r)
{
	struct http_host *host = r->host;
	struct status st;

	if (begin_try(h, r, &st) == 0 ||
	    (st.no_files && http_queue_fewer(h, r, h->hosts.active)))
		return;
	http_host_place(&h->hosts, host);
	r->done(r, &st);
}

/* Begin what the windows have room for. Set the timer for when there may be
 * more: at the end of a pause, or when a slow attempt may give way. The end of
 * an attempt calls this, too. */
static void
begin_tries(void *ctx)
{
	struct http *h = ctx;
	uint64_t wait_ms = UINT64_MAX, now;
	struct http_request *r;

	tell_failed(h);
	do {
		now = clock_monotonic_ms();
		while (!h->held &&
		    (r = http_host_next(&h->hosts, now, &wait_ms)) != NULL)
			begin_next(h, r);
	} while (!h->held && http_slow_give_way(h, now, &wait_ms));
	if (h->failed != NULL)
		begin_soon(h);
	else if (wait_ms != UINT64_MAX)
		loop_timer_set(h->loop, &h->timer, wait_ms);
}

/* Free a place in the windows. Do it last, because a host without attempts may
 * be freed. */
static void
leave(struct http *h, struct http_host *host)
{
	http_host_end(&h->hosts, host);
	http_host_place(&h->hosts, host);
}

static void
end_try(void *ctx, CURL *easy, CURLcode code)
{
	struct http *h = ctx;
	struct http_host *host;
	struct http_request *r;
	struct http_try *t;
	char *private;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	t = (struct http_try *)(void *)private;
	r = t->request;
	host = r->host;
	http_multi_remove(&h->multi, easy);
	http_slow_ended(h, t, r);
	http_outcome(h, t, r, code); /* which may free the request */
	if (t->request == NULL)
		leave(h, host);
	begin_tries(h);
}

void
http_worked(struct http *h, struct http_request *r, const struct status *why)
{
	struct http_host *host = r->host;
	struct http_try *t = r->at_work;

	r->at_work = NULL;
	t->request = NULL;
	http_host_work(&h->hosts, host, -1);
	http_outcome_worked(h, t, r, why);
	leave(h, host);
	begin_soon(h);
}

void
http_free(struct http_request *r)
{
	buf_free(&r->body);
	buf_free(&r->url);
}

struct http *
http_open(struct loop *loop, const struct http_options *o, struct status *st)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL || sodium_init() == -1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		status_no_memory(st);
		return NULL;
	}
	h->options = *o;
	h->loop = loop;
	h->hosts.parallel = o->parallel;
	h->hosts.per_host = o->per_host;
	h->hosts.hosts = o->hosts;
	h->look_ms = UINT64_MAX;
	h->timer = (struct loop_timer){ .due = begin_tries, .ctx = h };
	if ((h->tries = calloc(o->parallel, sizeof(*h->tries))) == NULL)
		status_no_memory(st);
	else if (http_multi_open(&h->multi, loop,
		     o->idle > 0 ? o->idle : o->parallel * 2 + 32, end_try, h,
		     st) == 0)
		return h;
	http_close(h);
	return NULL;
}

void
http_get_state(struct http *h, struct http_state *s)
{
	uint64_t now = clock_monotonic_ms();
	unsigned i;

	*s = (struct http_state){ .bytes = h->bytes,
		.active = h->hosts.active };
	for (i = 0; i < h->options.parallel; i++) {
		const struct http_try *t = &h->tries[i];
		double rate;

		if (t->request == NULL || t->request->at_work != NULL ||
		    now - t->started_ms < STEADY_MS)
			continue;
		rate = t->request->received * 1000.0 / (now - t->started_ms);
		if (s->slowest == NULL || rate < s->rate) {
			s->slowest = t->request->host->origin;
			s->rate = rate;
		}
	}
}

void
http_close(struct http *h)
{
	unsigned i;

	if (h == NULL)
		return;
	for (i = 0; h->tries != NULL && i < h->options.parallel; i++) {
		if (h->tries[i].request != NULL)
			http_multi_remove(&h->multi, h->tries[i].easy);
		http_try_free(&h->tries[i]);
	}
	http_multi_close(&h->multi);
	loop_timer_cancel(&h->timer);
	http_host_free_all(&h->hosts);
	free(h->tries);
	free(h);
	curl_global_cleanup();
}
