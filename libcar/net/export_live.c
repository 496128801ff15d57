#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "libcar/base/clock.h"
#include "libcar/net/export_live.h"

/*
 * Either a page is asked for, or the stream is open. lose() alone goes from the
 * stream to pages, and export_live_wait() from pages to the stream.
 */

/* Between half of it and all of it. */
static uint64_t
jitter(uint64_t ms)
{
	return ms / 2 + randombytes_uniform((uint32_t)(ms / 2 + 1));
}

/* The pause after so many losses in a row. */
static uint64_t
pause_after(unsigned n)
{
	uint64_t ms = EXPORT_LIVE_PAUSE_MS;

	while (n-- > 0 && ms < EXPORT_LIVE_MAX_PAUSE_MS)
		ms *= 2;
	return jitter(
	    ms < EXPORT_LIVE_MAX_PAUSE_MS ? ms : EXPORT_LIVE_MAX_PAUSE_MS);
}

/* The stream has ended. Pages bring what is missing, and until the stream may
 * be opened again also what is new. */
static void
lose(struct export_live *l, const struct status *why)
{
	uint64_t pause_ms = pause_after(l->losses++);
	struct status st = *why;

	if (!l->was_open && status_again(why->code) == STATUS_NOT_AGAIN)
		pause_ms = EXPORT_LIVE_REFUSED_MS;
	if (why->after_ms > pause_ms)
		pause_ms = why->after_ms;
	l->next_ms = clock_monotonic_ms() + pause_ms;
	websocket_close(l->socket);
	l->socket = NULL;
	l->lost(l, &st, 0);
	export_next(l->export, 0);
}

static void
on_opened(void *ctx)
{
	struct export_live *l = ctx;

	l->was_open = true;
	if (l->opened != NULL)
		l->opened(l);
}

static void
on_message(void *ctx, const void *bytes, size_t len, bool text)
{
	struct export_live *l = ctx;
	struct status st;

	(void)text;
	if (l->socket == NULL)
		return;
	if (export_take(l->export, bytes, len, &st) == -1) {
		status_prefix(&st, "%s%s: ", l->export->origin,
		    EXPORT_LIVE_PATH);
		l->broken(l, &st);
		lose(l, &st);
		return;
	}
	l->losses = 0;
	if (!export_is_full(l->export))
		return;
	export_live_free(l);
	l->full(l);
}

static void
on_ended(void *ctx, const struct status *why)
{
	lose(ctx, why);
}

static int
open_stream(struct export_live *l, struct status *st)
{
	struct websocket_options o = l->websocket;
	struct buf url = { .len = 0 };
	char query[32];
	int rc = 0;

	snprintf(query, sizeof(query), "?cursor=%" PRIu64,
	    l->export->known.last);
	buf_puts(&url, l->export->origin);
	buf_puts(&url, EXPORT_LIVE_PATH);
	buf_put(&url, query, strlen(query) + 1);
	o.opened = on_opened;
	o.message = on_message;
	o.ended = on_ended;
	o.ctx = l;
	l->was_open = false;
	if (url.failed)
		rc = status_no_memory(st);
	else if ((l->socket = websocket_open(l->loop, &o, url.data, st)) ==
	    NULL)
		rc = -1;
	buf_free(&url);
	return rc;
}

void
export_live_wait(struct export_live *l)
{
	struct status st;

	l->failures = 0;
	if (!l->stream || clock_monotonic_ms() < l->next_ms)
		export_next(l->export, EXPORT_LIVE_POLL_MS);
	else if (open_stream(l, &st) == -1)
		lose(l, &st);
}

bool
export_live_failed(struct export_live *l, const struct status *why)
{
	uint64_t ms = pause_after(l->failures++);

	if (!status_retry(why->code))
		return false;
	if (why->after_ms > ms)
		ms = why->after_ms;
	l->lost(l, why, ms);
	export_next(l->export, ms);
	return true;
}

void
export_live_free(struct export_live *l)
{
	websocket_close(l->socket);
	l->socket = NULL;
}
