#include "config.h"

#include <poll.h>
#include <sodium.h>
#include <stdlib.h>

#include "libcar/net/clock.h"
#include "libcar/net/http_private.h"

/*
 * The loop over libcurl's multi interface: tries begin as the windows have
 * room, and their ends go to http_outcome().
 */

#define MAX_WATCHES 4
#define STEADY_MS 1000 /* a request has a rate after so long */

static int
no_memory(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0, "no memory");
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
	r->first_ms = r->waited_ms = 0;
	buf_free(&r->body);
	r->due_ms = ms > 0 ? clock_monotonic_ms() + ms : 0;
	if (http_queue_add(h, r, url, &r->why) == -1)
		http_queue_fail(h, r);
}

/* Tries */

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
	if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		t->request = NULL;
		return no_memory(st);
	}
	h->hosts.busy += r->host->active++ == 0;
	h->active++;
	return 0;
}

static void
end_try(struct http *h, struct http_try *t, CURLcode code)
{
	struct http_request *r = t->request;

	curl_multi_remove_handle(h->multi, t->easy);
	h->active--;
	h->hosts.busy -= --r->host->active == 0;
	http_outcome(h, t, r, code);
}

/* The loop */

static void
tell_failed(struct http *h)
{
	struct http_request *r;

	while ((r = h->failed) != NULL) {
		h->failed = r->next;
		r->done(r, &r->why);
	}
}

/* Begin what the windows have room for; how long until more may be. */
static uint64_t
begin_tries(struct http *h, uint64_t wait_ms)
{
	const struct http_options *o = &h->options;
	struct http_request *r;
	struct status st;

	while (!h->held && h->active < o->parallel &&
	    (r = http_host_next(&h->hosts, o->per_host,
		 h->hosts.busy < o->hosts, clock_monotonic_ms(), &wait_ms)) !=
		NULL)
		if (begin_try(h, r, &st) == -1)
			r->done(r, &st);
	return h->failed != NULL ? 0 : wait_ms;
}

/* True if there were any. */
static bool
end_tries(struct http *h)
{
	struct http_try *t;
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
		    (char **)&t);
		end_try(h, t, m->data.result);
		any = true;
	}
	return any;
}

/* What the watches want to be told of; each has its own row. */
struct watched {
	struct pollfd fds[MAX_WATCHES][HTTP_WATCH_FDS];
	size_t count[MAX_WATCHES];
};

static size_t
get_fds(struct http *h, struct watched *all, struct curl_waitfd *out,
    int *wait_ms)
{
	struct http_watch *w = h->watches;
	size_t i, j, n = 0;

	for (i = 0; w != NULL; w = w->next, i++) {
		all->count[i] = w->fds(w->ctx, all->fds[i]);
		for (j = 0; j < all->count[i]; j++) {
			out[n].fd = all->fds[i][j].fd;
			out[n++].events = all->fds[i][j].events;
		}
		if (w->timeout != NULL)
			*wait_ms = w->timeout(w->ctx, *wait_ms);
	}
	return n;
}

/* libcurl doesn't tell of a pipe's end, so they are looked at again. */
static void
process_fds(struct http *h, struct watched *all)
{
	struct http_watch *w = h->watches;
	size_t i;

	for (i = 0; w != NULL; w = w->next, i++) {
		if (all->count[i] > 0)
			poll(all->fds[i], all->count[i], 0);
		w->process(w->ctx, all->fds[i], all->count[i]);
	}
}

int
http_poll(struct http *h, int most_ms, struct status *st)
{
	struct curl_waitfd fds[MAX_WATCHES * HTTP_WATCH_FDS];
	struct watched all;
	int running, wait_ms;
	size_t n;

	tell_failed(h);
	wait_ms = begin_tries(h, most_ms);
	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		return no_memory(st);
	if (end_tries(h))
		wait_ms = 0;
	n = get_fds(h, &all, fds, &wait_ms);
	if (curl_multi_poll(h->multi, fds, n, wait_ms, NULL) != CURLM_OK)
		return status_errno(st, "can't wait for the network");
	process_fds(h, &all);
	return 0;
}

void
http_free(struct http_request *r)
{
	buf_free(&r->body);
	buf_free(&r->url);
}

void
http_hold(struct http *h, bool hold)
{
	h->held = hold;
}

void
http_watch(struct http *h, struct http_watch *w)
{
	w->next = h->watches;
	h->watches = w;
}

struct http *
http_open(const struct http_options *o, struct status *st)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL || sodium_init() == -1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		no_memory(st);
		return NULL;
	}
	h->options = *o;
	h->multi = curl_multi_init();
	h->tries = calloc(o->parallel, sizeof(*h->tries));
	if (h->multi == NULL || h->tries == NULL) {
		http_close(h);
		no_memory(st);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS,
	    (long)o->parallel * 2 + 32);
	return h;
}

void
http_get_state(struct http *h, struct http_state *s)
{
	uint64_t now = clock_monotonic_ms();
	unsigned i;

	*s = (struct http_state){ .bytes = h->bytes, .active = h->active };
	for (i = 0; i < h->options.parallel; i++) {
		const struct http_try *t = &h->tries[i];
		double rate;

		if (t->request == NULL || now - t->started_ms < STEADY_MS)
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
			curl_multi_remove_handle(h->multi, h->tries[i].easy);
		http_try_free(&h->tries[i]);
	}
	curl_multi_cleanup(h->multi);
	http_host_free_all(&h->hosts);
	free(h->tries);
	free(h);
	curl_global_cleanup();
}
