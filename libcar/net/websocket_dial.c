#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/net/http_try_private.h"
#include "libcar/net/websocket_dial_private.h"
#include "libcar/net/xrpc.h"

/*
 * libcurl connects (CURLOPT_CONNECT_ONLY) on a multi handle, so that the loop
 * goes on meanwhile. Then we watch the socket, send the request and read the
 * answer. libcurl calls back from inside itself when it has connected; a timer
 * of 0 ms takes the next step outside of it, where the handle may be freed.
 */

#define READ_BYTES 4096

static void on_connected(void *ctx, CURL *easy, CURLcode code);
static void exchange(void *ctx, int fd, unsigned events);

static void
unwatch(struct websocket_dial *d)
{
	if (d->connected)
		loop_watch(d->loop, d->fd, 0, NULL, NULL);
	d->connected = false;
}

static void
hang_up(struct websocket_dial *d)
{
	unwatch(d);
	if (d->easy != NULL)
		http_multi_remove(&d->multi, d->easy);
	curl_easy_cleanup(d->easy);
	d->easy = NULL;
}

static void
finish(struct websocket_dial *d, const struct status *why)
{
	loop_timer_cancel(&d->late);
	loop_timer_cancel(&d->soon);
	if (why != NULL)
		hang_up(d);
	else
		unwatch(d);
	d->done(d->ctx, why);
}

/* Connect */

static void
set_options(struct websocket_dial *d)
{
	CURL *c = d->easy;

	curl_easy_setopt(c, CURLOPT_URL, d->url.http);
	d->guard = (struct http_guard){ .options = &d->options,
		.url = d->url.shown };
	http_guard_set(&d->guard, c);
	curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	/* TLS would choose HTTP/2, which has no Upgrade. */
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	/* Through a proxy, also for ws. */
	curl_easy_setopt(c, CURLOPT_HTTPPROXYTUNNEL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, d->options.agent);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* The end of an attempt mustn't wait for a name server. */
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
#endif
}

static int
connect_to(struct websocket_dial *d, struct status *st)
{
	if ((d->easy = curl_easy_init()) == NULL)
		return status_no_memory(st);
	set_options(d);
	if (http_multi_add(&d->multi, d->easy, st) == 0)
		return 0;
	curl_easy_cleanup(d->easy);
	d->easy = NULL;
	return -1;
}

static void
on_connected(void *ctx, CURL *easy, CURLcode code)
{
	struct websocket_dial *d = ctx;

	(void)easy;
	d->code = code;
	loop_timer_set(d->loop, &d->soon, 0);
}

static void
fail_connect(struct websocket_dial *d)
{
	struct status st;

	if (http_guard_refused(&d->guard))
		st = d->guard.st;
	else
		status_set(&st, http_try_status(d->code), 0, "%s: %s",
		    d->url.shown, curl_easy_strerror(d->code));
	finish(d, &st);
}

static void
begin_handshake(void *ctx)
{
	uint8_t random[WEBSOCKET_HANDSHAKE_RANDOM];
	struct websocket_dial *d = ctx;

	if (d->code != CURLE_OK) {
		fail_connect(d);
		return;
	}
	curl_easy_getinfo(d->easy, CURLINFO_ACTIVESOCKET, &d->fd);
	randombytes_buf(random, sizeof(random));
	websocket_handshake_begin(&d->handshake, random);
	d->in.len = d->out.len = d->sent = 0;
	websocket_handshake_write(&d->handshake, &d->url, d->options.agent,
	    &d->out);
	d->connected = true;
	exchange(d, d->fd, 0);
}

/* The end of a handshake */

static void
redirect(struct websocket_dial *d)
{
	struct status st;

	hang_up(d);
	if (++d->redirects > HTTP_MAX_REDIRECTS)
		status_set(&st, STATUS_BAD_ANSWER, 0,
		    "%s: more than %d redirects", d->url.shown,
		    HTTP_MAX_REDIRECTS);
	else if (websocket_url_follow(&d->url, d->handshake.location,
		     d->options.allow_private, &st) == 0 &&
	    connect_to(d, &st) == 0)
		return;
	finish(d, &st);
}

/* The answer is an error of HTTP, perhaps with an error of XRPC in its body. */
static void
refused(struct websocket_dial *d)
{
	const struct websocket_handshake *h = &d->handshake;
	struct http_request r = { .code = h->code };
	struct status st;
	int64_t wait = http_answer_wait_ms(&h->wait, h->code == 429,
	    clock_wall_ms());

	r.url = (struct buf){ .data = d->url.shown };
	r.body = (struct buf){ .data = d->in.data + h->header,
		.len = websocket_handshake_body(h, d->in.data + h->header,
		    d->in.len - h->header) };
	if (xrpc_judge(&r, &st) == 0)
		status_set(&st, STATUS_BAD_ANSWER, 0,
		    "%s: not a WebSocket: HTTP status %ld", d->url.shown,
		    h->code);
	if (wait > 0)
		st.after_ms = (uint64_t)wait;
	finish(d, &st);
}

static void
opened(struct websocket_dial *d)
{
	struct status st;

	d->rest = d->in.data + d->handshake.header;
	d->rest_len = d->in.len - d->handshake.header;
	if (websocket_handshake_check(&d->handshake, &st) == 0)
		finish(d, NULL);
	else {
		status_prefix(&st, "%s: ", d->url.shown);
		finish(d, &st);
	}
}

/* Judge the answer, whose header is whole. false: wait for the rest of its
 * body. end: the host sends no more. */
static bool
judge(struct websocket_dial *d, bool end)
{
	const struct websocket_handshake *h = &d->handshake;

	if (h->code == 101)
		opened(d);
	else if (websocket_handshake_is_redirect(h))
		redirect(d);
	else if (end ||
	    websocket_handshake_has_body(h, d->in.data + h->header,
		d->in.len - h->header))
		refused(d);
	else
		return false;
	return true;
}

/* Send and read */

static int
failed(struct websocket_dial *d, CURLcode code, struct status *st)
{
	return status_set(st, http_try_status(code), 0, "%s: %s", d->url.shown,
	    curl_easy_strerror(code));
}

static int
send_request(struct websocket_dial *d, struct status *st)
{
	CURLcode code = CURLE_OK;
	size_t n;

	if (d->out.failed)
		return status_no_memory(st);
	while (code == CURLE_OK && d->sent < d->out.len) {
		code = curl_easy_send(d->easy, d->out.data + d->sent,
		    d->out.len - d->sent, &n);
		if (code == CURLE_OK)
			d->sent += n;
	}
	return code == CURLE_OK || code == CURLE_AGAIN ? 0 :
							 failed(d, code, st);
}

static int
read_header(struct websocket_dial *d, struct status *st)
{
	if (d->handshake.header > 0 ||
	    websocket_handshake_read(&d->handshake, d->in.data, d->in.len,
		st) == 0)
		return 0;
	return status_prefix(st, "%s: ", d->url.shown);
}

enum step {
	STEP_FAILED = -1,
	STEP_WAIT, /* the socket has nothing more */
	STEP_MORE, /* read again */
	STEP_OVER, /* the dial may be freed */
};

static enum step
read_answer(struct websocket_dial *d, struct status *st)
{
	char *room = buf_reserve(&d->in, READ_BYTES);
	CURLcode code;
	size_t n = 0;

	if (room == NULL)
		return status_no_memory(st), STEP_FAILED;
	code = curl_easy_recv(d->easy, room, READ_BYTES, &n);
	if (code == CURLE_AGAIN)
		return STEP_WAIT;
	d->in.len += n;
	if (code != CURLE_OK && d->handshake.header == 0)
		return failed(d, code, st), STEP_FAILED;
	if (read_header(d, st) == -1)
		return STEP_FAILED;
	if (d->handshake.header > 0 && judge(d, code != CURLE_OK || n == 0))
		return STEP_OVER;
	if (n > 0)
		return STEP_MORE;
	status_set(st, STATUS_CONNECTION, 0, "%s: closed during the handshake",
	    d->url.shown);
	return STEP_FAILED;
}

static void
exchange(void *ctx, int fd, unsigned events)
{
	struct websocket_dial *d = ctx;
	struct status st;
	enum step step = STEP_FAILED;

	(void)events;
	if (send_request(d, &st) == 0)
		do
			step = read_answer(d, &st);
		while (step == STEP_MORE);
	if (step == STEP_FAILED)
		finish(d, &st);
	if (step == STEP_WAIT)
		loop_watch(d->loop, fd,
		    LOOP_READ | (d->sent < d->out.len ? LOOP_WRITE : 0),
		    exchange, d);
}

static void
on_late(void *ctx)
{
	struct websocket_dial *d = ctx;
	struct status st;

	status_set(&st, STATUS_TIMEOUT, 0, "%s: no WebSocket after %llu ms",
	    d->url.shown, (unsigned long long)d->options.timeout_ms);
	finish(d, &st);
}

int
websocket_dial_begin(struct websocket_dial *d, struct loop *loop,
    const struct websocket_options *o, const char *url,
    void (*done)(void *, const struct status *), void *ctx, struct status *st)
{
	*d = (struct websocket_dial){
		.loop = loop,
		.options = { .agent = o->agent,
		    .allow_private = o->allow_private,
		    .proxy = o->proxy,
		    .timeout_ms = o->open_ms },
		.soon = { .due = begin_handshake, .ctx = d },
		.late = { .due = on_late, .ctx = d },
		.done = done,
		.ctx = ctx,
	};
	if (websocket_url_parse(&d->url, url, o->allow_private, st) == -1)
		return -1;
	if (http_multi_open(&d->multi, loop, 1, on_connected, d, st) == 0 &&
	    connect_to(d, st) == 0) {
		loop_timer_set(loop, &d->late, o->open_ms);
		return 0;
	}
	websocket_dial_end(d);
	return -1;
}

void
websocket_dial_end(struct websocket_dial *d)
{
	if (d->loop == NULL)
		return;
	hang_up(d);
	loop_timer_cancel(&d->soon);
	loop_timer_cancel(&d->late);
	if (d->multi.curl != NULL)
		http_multi_close(&d->multi);
	websocket_url_free(&d->url);
	buf_free(&d->in);
	buf_free(&d->out);
	*d = (struct websocket_dial){ .loop = NULL };
}
