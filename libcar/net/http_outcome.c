#include "config.h"

#include <sodium.h>
#include <stdlib.h>

#include "libcar/base/clock.h"
#include "libcar/net/http_method_private.h"
#include "libcar/net/http_private.h"

/*
 * Decides what follows an attempt: the end of the request, a redirect, or
 * another attempt after a pause; and what the answer means for other requests
 * to the host.
 */

/* Between half of it and all of it. */
static uint64_t
jitter(uint64_t ms)
{
	return ms / 2 + randombytes_uniform((uint32_t)(ms / 2 + 1));
}

/* The pause before attempt n + 1. */
static uint64_t
pause_ms(const struct http *h, unsigned n)
{
	uint64_t ms = h->options.retry_delay_ms;

	while (n-- > 1 && ms < HTTP_MAX_PAUSE_MS)
		ms *= 2;
	return jitter(ms < HTTP_MAX_PAUSE_MS ? ms : HTTP_MAX_PAUSE_MS);
}

static void
finish(struct http_request *r, struct status *why)
{
	r->done(r, why);
}

static void
hold_host(struct http_host *host, uint64_t ms)
{
	uint64_t until = clock_monotonic_ms() + ms;

	if (host->not_before_ms < until)
		host->not_before_ms = until;
}

/* May the request be sent again? */
static bool
may_repeat(const struct http_try *t, const struct http_request *r)
{
	return !t->sent || http_method_may_repeat(r);
}

static void
tell_wait(const struct http *h, const struct http_request *r, unsigned attempt,
    uint64_t ms)
{
	const struct http_wait wait = { .origin = r->host->origin,
		.attempt = attempt,
		.of = h->options.retries + 1,
		.ms = ms };

	if (h->options.waits != NULL)
		h->options.waits(&wait);
}

/* Rate limits */

/* How long to leave the host alone after it limited its rate. */
static uint64_t
limit_ms(const struct http *h, const struct http_try *t, struct http_host *host)
{
	int64_t ms = http_answer_wait_ms(&t->answer, true, clock_wall_ms());
	uint64_t least = h->options.retry_delay_ms;

	/* Concurrent requests count once. */
	host->limits += t->started_ms >= host->limited_ms;
	host->limited_ms = clock_monotonic_ms();
	if (ms < 0)
		return pause_ms(h, host->limits);
	return ((uint64_t)ms > least ? (uint64_t)ms : least) + jitter(least);
}

/* Has the host served no request for as long as this one has waited? Then those
 * that wait behind it in the queue needn't try in turn. */
static bool
serves_nobody(const struct http_request *r)
{
	return r->host->served_ms + r->waited_ms < clock_monotonic_ms();
}

/* Send the request again later, or end it. */
static void
limited(struct http *h, const struct http_try *t, struct http_request *r,
    struct status *st)
{
	uint64_t ms = limit_ms(h, t, r->host);
	bool over = r->waited_ms + ms > h->options.max_wait_ms;

	r->tries--;
	st->after_ms = ms;
	if (ms > h->options.max_wait_ms || (over && serves_nobody(r))) {
		http_queue_shut(h, r->host, ms, st);
		finish(r, st);
	} else if (over || !may_repeat(t, r)) {
		hold_host(r->host, ms);
		finish(r, st);
	} else {
		r->waited_ms += ms;
		tell_wait(h, r, 0, ms);
		hold_host(r->host, ms);
		http_queue_back(h, r);
	}
}

/* Failures */

/* Was the host not reached at all? */
static bool
is_unreached(const struct http_try *t, const struct status *st)
{
	return !t->answered &&
	    (st->code == STATUS_DNS || st->code == STATUS_TLS ||
		st->code == STATUS_CONNECTION || st->code == STATUS_TIMEOUT);
}

static void
try_again(struct http *h, const struct http_try *t, struct http_request *r,
    struct status *st)
{
	uint64_t ms = pause_ms(h, r->tries);
	int64_t asked = t->answered ?
	    http_answer_wait_ms(&t->answer, false, clock_wall_ms()) :
	    -1;
	bool repeat = may_repeat(t, r);
	bool over = !repeat || r->tries > h->options.retries ||
	    asked > (int64_t)h->options.max_wait_ms ||
	    (r->names_final && st->code == STATUS_DNS);

	if (asked > (int64_t)ms)
		ms = asked;
	if (over && asked > 0)
		st->after_ms = asked;
	if (over) {
		if (repeat && is_unreached(t, st) &&
		    r->host->last_answer_ms < r->first_ms)
			http_queue_shut(h, r->host, HTTP_DOWN_MS, st);
		finish(r, st);
		return;
	}
	tell_wait(h, r, r->tries, ms);
	if (is_unreached(t, st)) {
		hold_host(r->host, ms);
		http_queue_back(h, r);
	} else {
		http_queue_release(r);
		r->due_ms = clock_monotonic_ms() + ms;
		http_host_delay(&h->hosts, r->host, r);
	}
}

/* May another attempt succeed? */
static bool
may_succeed(struct http_request *r, const struct status *st)
{
	enum status_again again = status_again(st->code);
	bool first = !r->damaged;

	if (again == STATUS_ONCE_AGAIN)
		r->damaged = true;
	return again == STATUS_OFTEN_AGAIN ||
	    (again == STATUS_ONCE_AGAIN && first);
}

static void
failed(struct http *h, const struct http_try *t, struct http_request *r,
    struct status *st)
{
	if (may_succeed(r, st))
		try_again(h, t, r, st);
	else
		finish(r, st);
}

void
http_outcome_worked(struct http *h, const struct http_try *t,
    struct http_request *r, const struct status *why)
{
	struct status st;

	if (why == NULL) {
		finish(r, NULL);
		return;
	}
	st = *why;
	failed(h, t, r, &st);
}

/* Answers */

int
http_judge(const struct http_request *r, struct status *st)
{
	static const struct {
		long code;
		enum status_code status;
	} codes[] = {
		{ 404, STATUS_NOT_FOUND },
		{ 408, STATUS_HOST_ERROR },
		{ 410, STATUS_NOT_FOUND },
		{ 425, STATUS_HOST_ERROR },
		{ 429, STATUS_RATE_LIMITED },
		{ 501, STATUS_UNSUPPORTED },
	};
	enum status_code status = STATUS_BAD_ANSWER;
	size_t i;

	if (r->code / 100 == 2)
		return 0;
	if (r->code / 100 == 4)
		status = STATUS_REFUSED;
	else if (r->code / 100 == 5)
		status = STATUS_HOST_ERROR;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == r->code)
			status = codes[i].status;
	return status_set(st, status, 0, "%s: HTTP status %ld", r->url.data,
	    r->code);
}

static void
redirect(struct http *h, struct http_request *r, const char *url)
{
	const struct http_host *from = r->host;
	struct status st;
	int rc = 0;

	r->tries = 0;
	r->due_ms = 0;
	if (++r->redirects > HTTP_MAX_REDIRECTS)
		rc = status_set(&st, STATUS_BAD_ANSWER, 0,
		    "%s: more than %d redirects", r->url.data,
		    HTTP_MAX_REDIRECTS);
	if (rc == -1 || http_queue_add(h, r, url, &st) == -1)
		finish(r, &st);
	else
		http_method_redirect(r, r->code, r->host != from);
}

/* The request keeps its place in the windows. */
static void
begin_work(struct http *h, struct http_try *t, struct http_request *r)
{
	t->request = r;
	r->at_work = t;
	http_host_work(&h->hosts, r->host, 1);
	r->work(r);
}

/* The answer is complete and isn't a redirect. */
static void
judge(struct http *h, struct http_try *t, struct http_request *r)
{
	struct status st;
	int rc = r->check != NULL ? r->check(r, &st) : http_judge(r, &st);

	r->type = NULL;
	if (rc == -1 && st.code == STATUS_RATE_LIMITED) {
		limited(h, t, r, &st);
		return;
	}
	r->host->limits = 0;
	r->host->served_ms = clock_monotonic_ms();
	if (rc == 0 && r->work != NULL)
		begin_work(h, t, r);
	else if (rc == 0)
		finish(r, NULL);
	else
		failed(h, t, r, &st);
}

static void
answered(struct http *h, struct http_try *t, struct http_request *r)
{
	int64_t wait = http_answer_wait_ms(&t->answer, false, clock_wall_ms());
	char *url = http_try_redirect(t, r);

	r->host->last_answer_ms = clock_monotonic_ms();
	r->says_rate = t->answer.remaining != -1;
	if (wait > 0 && wait <= (int64_t)h->options.max_wait_ms)
		hold_host(r->host, wait);
	if (url != NULL)
		redirect(h, r, url);
	else
		judge(h, t, r);
	free(url);
}

void
http_outcome(struct http *h, struct http_try *t, struct http_request *r,
    CURLcode code)
{
	struct status st;

	if (http_try_end(t, code, &st)) {
		answered(h, t, r);
		return;
	}
	if (st.no_files && http_queue_fewer(h, r, h->hosts.active - 1))
		return;
	if (t->answered)
		r->host->last_answer_ms = clock_monotonic_ms();
	failed(h, t, r, &st);
}
