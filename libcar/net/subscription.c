#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/clock.h"
#include "libcar/net/subscription.h"
#include "libcar/net/websocket_url_private.h"

/*
 * Opens one WebSocket after another. A timer opens each of them, also the
 * first, so that the caller can set a cursor before. lose() alone decides what
 * a lost connection means.
 */

struct subscription {
	struct loop *loop;
	struct subscription_options options;
	struct buf url;           /* without a cursor; no NUL */
	bool query;               /* the URL has a query */
	struct websocket *socket; /* NULL: in a pause, or at the end */
	struct loop_timer timer;
	bool has_cursor, paused;
	bool was_open; /* a handshake has succeeded */
	uint64_t cursor;
	uint64_t opened_ms; /* 0: the connection isn't open */
	unsigned losses;    /* in a row */
};

/* Between half of it and all of it. */
static uint64_t
jitter(uint64_t ms)
{
	return ms / 2 + randombytes_uniform((uint32_t)(ms / 2 + 1));
}

static uint64_t
next_pause(const struct subscription *s, const struct status *why)
{
	uint64_t ms = s->options.pause_ms;
	unsigned n = s->losses;

	while (n-- > 0 && ms < s->options.max_pause_ms)
		ms *= 2;
	if (ms > s->options.max_pause_ms)
		ms = s->options.max_pause_ms;
	ms = jitter(ms);
	return why->after_ms > ms ? why->after_ms + jitter(ms) : ms;
}

static bool
is_final(const struct subscription *s, const struct status *why)
{
	if (why->code == STATUS_PRIVATE_ADDRESS ||
	    (why->code == STATUS_REFUSED && why->name[0] != '\0'))
		return true;
	if (why->code == STATUS_SYSTEM)
		return !why->no_files;
	return !s->was_open && status_again(why->code) == STATUS_NOT_AGAIN;
}

/* The connection is lost. The callbacks at the end may free the
 * subscription. */
static void
lose(struct subscription *s, const struct status *why)
{
	uint64_t now = clock_monotonic_ms(), ms;

	if (s->opened_ms != 0 && now - s->opened_ms >= SUBSCRIPTION_STEADY_MS)
		s->losses = 0;
	s->opened_ms = 0;
	if (is_final(s, why)) {
		s->options.ended(s->options.ctx, why);
		return;
	}
	ms = next_pause(s, why);
	s->losses++;
	loop_timer_set(s->loop, &s->timer, ms);
	if (s->options.lost != NULL)
		s->options.lost(s->options.ctx, why, ms);
}

static void
drop(struct subscription *s, const struct status *why)
{
	struct status st = *why;

	websocket_close(s->socket);
	s->socket = NULL;
	lose(s, &st);
}

/* Callbacks of the WebSocket */

static void
on_opened(void *ctx)
{
	struct subscription *s = ctx;

	s->was_open = true;
	s->opened_ms = clock_monotonic_ms();
	if (s->paused)
		websocket_pause(s->socket, true);
	if (s->options.opened != NULL)
		s->options.opened(s->options.ctx);
}

static void
on_message(void *ctx, const void *bytes, size_t len, bool text)
{
	struct subscription *s = ctx;

	s->losses = 0;
	s->options.message(s->options.ctx, bytes, len, text);
}

static void
on_ended(void *ctx, const struct status *why)
{
	drop(ctx, why);
}

static int
begin(struct subscription *s, const char *url, struct status *st)
{
	struct websocket_options o = s->options.websocket;

	o.opened = on_opened;
	o.message = on_message;
	o.ended = on_ended;
	o.ctx = s;
	s->socket = websocket_open(s->loop, &o, url, st);
	return s->socket != NULL ? 0 : -1;
}

static void
attempt(void *ctx)
{
	struct subscription *s = ctx;
	struct buf url = { .len = 0 };
	char cursor[40] = "";
	struct status st;
	int rc;

	if (s->has_cursor)
		snprintf(cursor, sizeof(cursor), "%ccursor=%llu",
		    s->query ? '&' : '?', (unsigned long long)s->cursor);
	buf_put(&url, s->url.data, s->url.len);
	buf_put(&url, cursor, strlen(cursor) + 1);
	rc = url.failed ? status_no_memory(&st) : begin(s, url.data, &st);
	buf_free(&url);
	if (rc == -1)
		lose(s, &st);
}

/* For the caller */

static int
take_url(struct subscription *s, const char *text, struct status *st)
{
	struct websocket_url url = { .shown = NULL };
	const char *path = s->options.path;

	if (websocket_url_parse(&url, text, s->options.websocket.allow_private,
		st) == -1)
		return -1;
	s->query = url.query != NULL;
	buf_puts(&s->url, url.shown);
	if (path != NULL && strcmp(url.path, "/") == 0 && !s->query) {
		s->url.len--;
		buf_puts(&s->url, path);
	}
	websocket_url_free(&url);
	return s->url.failed ? status_no_memory(st) : 0;
}

struct subscription *
subscription_open(struct loop *loop, const struct subscription_options *o,
    const char *url, struct status *st)
{
	struct subscription *s = calloc(1, sizeof(*s));

	if (s == NULL || sodium_init() == -1) {
		free(s);
		status_no_memory(st);
		return NULL;
	}
	s->loop = loop;
	s->options = *o;
	if (s->options.pause_ms == 0)
		s->options.pause_ms = SUBSCRIPTION_PAUSE_MS;
	if (s->options.max_pause_ms == 0)
		s->options.max_pause_ms = SUBSCRIPTION_MAX_PAUSE_MS;
	s->timer = (struct loop_timer){ .due = attempt, .ctx = s };
	if (take_url(s, url, st) == -1) {
		subscription_close(s);
		return NULL;
	}
	loop_timer_set(loop, &s->timer, 0);
	return s;
}

void
subscription_set_cursor(struct subscription *s, uint64_t cursor)
{
	s->has_cursor = true;
	s->cursor = cursor;
}

void
subscription_drop(struct subscription *s, const struct status *why)
{
	if (s->socket != NULL)
		drop(s, why);
}

void
subscription_pause(struct subscription *s, bool stop)
{
	s->paused = stop;
	if (s->socket != NULL)
		websocket_pause(s->socket, stop);
}

void
subscription_close(struct subscription *s)
{
	if (s == NULL)
		return;
	loop_timer_cancel(&s->timer);
	websocket_close(s->socket);
	buf_free(&s->url);
	free(s);
}
