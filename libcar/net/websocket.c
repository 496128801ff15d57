#include "config.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "libcar/base/buf.h"
#include "libcar/base/clock.h"
#include "libcar/net/http_try_private.h"
#include "libcar/net/websocket.h"
#include "libcar/net/websocket_dial_private.h"

/*
 * websocket_dial.c opens the connection; wslay reads and writes the frames: it
 * checks them and their UTF-8, answers pings and closes. wslay would keep each
 * fragment in memory of its own, 64 bytes for a fragment of one byte, so we
 * join them and count them against the limit. wslay takes its bytes, in pieces
 * of 4 KB, from one large read of libcurl. TLS may hold bytes that epoll can't
 * see, so we read until libcurl says CURLE_AGAIN, or go on at the next turn if
 * this one has read enough.
 *
 * Callbacks may close: while one runs, websocket_close() only marks, and
 * pump() frees.
 */

#define READ_BYTES ((size_t)64 << 10)
#define TURN_BYTES ((size_t)1 << 20) /* then others have their turn */
#define MAX_QUEUED 64                /* pongs that wait to be sent */
#define REASON_BYTES 124

struct websocket {
	struct loop *loop;
	struct websocket_options options;
	struct websocket_dial dial;
	struct wslay_event_context *frames; /* NULL: not open */
	struct loop_timer soon, alive;
	bool paused, drained, pinged, ended;
	bool inside, closed; /* in a callback; to be freed after it */
	uint64_t heard_ms;
	size_t turn; /* bytes read in this turn of the loop */
	char *bytes; /* READ_BYTES; those between at and len come next */
	size_t at, len;
	struct buf message;        /* the fragments so far */
	bool control;              /* this frame isn't a fragment */
	char reason[REASON_BYTES]; /* why the host closed */
	struct status lost;        /* why the connection failed */
};

static void
release(struct websocket *w)
{
	loop_timer_cancel(&w->soon);
	loop_timer_cancel(&w->alive);
	if (w->frames != NULL) {
		loop_watch(w->loop, w->dial.fd, 0, NULL, NULL);
		wslay_event_context_free(w->frames);
	}
	websocket_dial_end(&w->dial);
	buf_free(&w->message);
	free(w->bytes);
	free(w);
	curl_global_cleanup();
}

/* Send a close, unless the connection has ended, and free everything. */
static void
hang_up(struct websocket *w)
{
	if (w->frames != NULL && !w->ended && w->lost.code == STATUS_OK) {
		wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE,
		    NULL, 0);
		wslay_event_send(w->frames);
	}
	release(w);
}

/* Stop watching the socket, and report the end; the caller closes. */
static void
finish(struct websocket *w, const struct status *why)
{
	struct status st = *why;

	w->ended = true;
	loop_timer_cancel(&w->soon);
	loop_timer_cancel(&w->alive);
	if (w->frames != NULL)
		loop_watch(w->loop, w->dial.fd, 0, NULL, NULL);
	w->options.ended(w->options.ctx, &st);
}

/* Bytes for wslay */

static bool
may_read(const struct websocket *w)
{
	return !w->paused && !w->closed && w->lost.code == STATUS_OK &&
	    w->turn < TURN_BYTES &&
	    wslay_event_get_queued_msg_count(w->frames) < MAX_QUEUED;
}

/* Fill the buffer. 0: nothing more for now; -1: w->lost says why. */
static int
refill(struct websocket *w)
{
	CURLcode code;
	size_t n = 0;

	if (w->dial.rest_len > 0) {
		n = w->dial.rest_len < READ_BYTES ? w->dial.rest_len :
						    READ_BYTES;
		memcpy(w->bytes, w->dial.rest, n);
		w->dial.rest += n;
		w->dial.rest_len -= n;
		code = CURLE_OK;
	} else
		code = curl_easy_recv(w->dial.easy, w->bytes, READ_BYTES, &n);
	w->drained = code == CURLE_AGAIN;
	if (w->drained)
		return 0;
	if (code != CURLE_OK || n == 0)
		return status_set(&w->lost, STATUS_CONNECTION, 0, "%s: %s",
		    w->dial.url.shown,
		    code == CURLE_OK ? "connection cut" :
				       curl_easy_strerror(code));
	w->at = 0;
	w->len = n;
	w->turn += n;
	w->heard_ms = clock_monotonic_ms();
	w->pinged = false;
	return 1;
}

static ssize_t
give(struct wslay_event_context *frames, uint8_t *to, size_t cap, int flags,
    void *ctx)
{
	struct websocket *w = ctx;
	int rc = 1;
	size_t n;

	(void)flags;
	if (!may_read(w))
		rc = 0;
	else if (w->at == w->len)
		rc = refill(w);
	if (rc != 1) {
		wslay_event_set_error(frames,
		    rc == 0 ? WSLAY_ERR_WOULDBLOCK :
			      WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	n = w->len - w->at < cap ? w->len - w->at : cap;
	memcpy(to, w->bytes + w->at, n);
	w->at += n;
	return (ssize_t)n;
}

static ssize_t
take(struct wslay_event_context *frames, const uint8_t *from, size_t len,
    int flags, void *ctx)
{
	struct websocket *w = ctx;
	CURLcode code;
	size_t n = 0;

	(void)flags;
	code = curl_easy_send(w->dial.easy, from, len, &n);
	if (code == CURLE_OK)
		return (ssize_t)n;
	if (code != CURLE_AGAIN)
		status_set(&w->lost, STATUS_CONNECTION, 0, "%s: %s",
		    w->dial.url.shown, curl_easy_strerror(code));
	wslay_event_set_error(frames,
	    code == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK :
				  WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static int
make_mask(struct wslay_event_context *frames, uint8_t *to, size_t len,
    void *ctx)
{
	(void)frames;
	(void)ctx;
	randombytes_buf(to, len);
	return 0;
}

/* Messages from wslay */

/* A close has a code of two bytes, and a reason with any characters. */
static void
take_reason(struct websocket *w, const uint8_t *bytes, size_t len)
{
	size_t i, n = 0;

	for (i = 2; i < len && n + 1 < sizeof(w->reason); i++)
		w->reason[n++] = (char)(bytes[i] < ' ' ? '?' : bytes[i]);
	w->reason[n] = '\0';
}

static void
on_frame(struct wslay_event_context *frames,
    const struct wslay_event_on_frame_recv_start_arg *f, void *ctx)
{
	struct websocket *w = ctx;

	w->control = wslay_is_ctrl_frame(f->opcode);
	if (w->control ||
	    f->payload_length <= w->options.max_message - w->message.len)
		return;
	wslay_event_queue_close(frames, WSLAY_CODE_MESSAGE_TOO_BIG, NULL, 0);
	wslay_event_shutdown_read(frames);
}

static void
on_bytes(struct wslay_event_context *frames,
    const struct wslay_event_on_frame_recv_chunk_arg *c, void *ctx)
{
	struct websocket *w = ctx;

	if (!w->control && !w->closed && wslay_event_get_read_enabled(frames))
		buf_put(&w->message, c->data, c->data_length);
	if (w->message.failed)
		status_no_memory(&w->lost);
}

static void
on_message(struct wslay_event_context *frames,
    const struct wslay_event_on_msg_recv_arg *m, void *ctx)
{
	struct websocket *w = ctx;

	if (m->opcode == WSLAY_CONNECTION_CLOSE)
		take_reason(w, m->msg, m->msg_length);
	if (wslay_is_ctrl_frame(m->opcode) || w->closed ||
	    w->lost.code != STATUS_OK || !wslay_event_get_read_enabled(frames))
		return;
	w->options.message(w->options.ctx, w->message.data, w->message.len,
	    m->opcode == WSLAY_TEXT_FRAME);
	w->message.len = 0;
}

/* The end */

static int
closed_by_host(const struct websocket *w, struct status *st)
{
	unsigned code = wslay_event_get_status_code_received(w->frames);

	return status_set(st, STATUS_CONNECTION, 0,
	    "%s: the host closed the connection: %u%s%s", w->dial.url.shown,
	    code, w->reason[0] != '\0' ? " " : "", w->reason);
}

/* wslay stops reading, and has queued a close that says why. */
static int
bad_frame(const struct websocket *w, struct status *st)
{
	const char *url = w->dial.url.shown;

	switch (wslay_event_get_status_code_sent(w->frames)) {
	case WSLAY_CODE_MESSAGE_TOO_BIG:
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "%s: message of more than %zu bytes", url,
		    w->options.max_message);
	case WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA:
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: text that isn't UTF-8", url);
	default:
		return status_set(st, STATUS_BAD_ANSWER, 0,
		    "%s: frame that RFC 6455 forbids", url);
	}
}

/* 0: the connection goes on. */
static int
judge(const struct websocket *w, int rc, struct status *st)
{
	if (w->lost.code != STATUS_OK)
		*st = w->lost;
	else if (rc == WSLAY_ERR_NOMEM)
		status_no_memory(st);
	else if (wslay_event_get_close_received(w->frames))
		closed_by_host(w, st);
	else if (rc != 0 || !wslay_event_get_read_enabled(w->frames))
		bad_frame(w, st);
	else
		return 0;
	return -1;
}

static void pump(struct websocket *w);

static void
on_ready(void *ctx, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	pump(ctx);
}

/* Continue when the socket is ready, or at the next turn if there are bytes
 * left. Don't watch the socket while nothing may be read. */
static void
wait_for_more(struct websocket *w)
{
	unsigned events = 0;

	w->turn = 0;
	if (wslay_event_want_write(w->frames))
		events |= LOOP_WRITE;
	if (may_read(w) && w->drained)
		events |= LOOP_READ;
	else if (may_read(w))
		loop_timer_set(w->loop, &w->soon, 0);
	loop_watch(w->loop, w->dial.fd, events, on_ready, w);
}

static void
pump(struct websocket *w)
{
	struct status st;
	int rc = 0, sent = 0;

	w->inside = true;
	if (wslay_event_want_read(w->frames))
		rc = wslay_event_recv(w->frames);
	if (w->lost.code == STATUS_OK && wslay_event_want_write(w->frames))
		sent = wslay_event_send(w->frames);
	w->inside = false;
	if (w->closed)
		hang_up(w);
	else if (judge(w, rc != 0 ? rc : sent, &st) == -1)
		finish(w, &st);
	else
		wait_for_more(w);
}

static void
on_soon(void *ctx)
{
	pump(ctx);
}

/* Is the host alive? */

static void
send_ping(struct websocket *w)
{
	static const struct wslay_event_msg ping = { .opcode = WSLAY_PING };

	w->pinged = true;
	wslay_event_queue_msg(w->frames, &ping);
	loop_timer_set(w->loop, &w->alive, w->options.pong_ms);
	pump(w);
}

static void
on_alive(void *ctx)
{
	struct websocket *w = ctx;
	uint64_t quiet = clock_monotonic_ms() - w->heard_ms;
	struct status st;

	if (w->paused)
		loop_timer_set(w->loop, &w->alive, w->options.silence_ms);
	else if (w->pinged) {
		status_set(&st, STATUS_TIMEOUT, 0, "%s: no answer to a ping",
		    w->dial.url.shown);
		finish(w, &st);
	} else if (quiet < w->options.silence_ms)
		loop_timer_set(w->loop, &w->alive,
		    w->options.silence_ms - quiet);
	else
		send_ping(w);
}

/* Open and close */

static int
begin_frames(struct websocket *w, struct status *st)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = give,
		.send_callback = take,
		.genmask_callback = make_mask,
		.on_frame_recv_start_callback = on_frame,
		.on_frame_recv_chunk_callback = on_bytes,
		.on_msg_recv_callback = on_message,
	};

	if ((w->bytes = malloc(READ_BYTES)) == NULL ||
	    wslay_event_context_client_init(&w->frames, &callbacks, w) != 0)
		return status_no_memory(st);
	wslay_event_config_set_no_buffering(w->frames, 1);
	wslay_event_config_set_max_recv_msg_length(w->frames,
	    w->options.max_message);
	w->heard_ms = clock_monotonic_ms();
	loop_timer_set(w->loop, &w->alive, w->options.silence_ms);
	return 0;
}

static void
on_dialed(void *ctx, const struct status *why)
{
	struct websocket *w = ctx;
	struct status st;

	if (why != NULL) {
		finish(w, why);
		return;
	}
	if (begin_frames(w, &st) == -1) {
		finish(w, &st);
		return;
	}
	w->inside = true;
	if (w->options.opened != NULL)
		w->options.opened(w->options.ctx);
	w->inside = false;
	if (w->closed)
		hang_up(w);
	else
		pump(w);
}

static void
set_defaults(struct websocket_options *o)
{
	if (o->open_ms == 0)
		o->open_ms = WEBSOCKET_OPEN_MS;
	if (o->silence_ms == 0)
		o->silence_ms = WEBSOCKET_SILENCE_MS;
	if (o->pong_ms == 0)
		o->pong_ms = WEBSOCKET_PONG_MS;
	if (o->max_message == 0)
		o->max_message = WEBSOCKET_MAX_MESSAGE;
}

struct websocket *
websocket_open(struct loop *loop, const struct websocket_options *o,
    const char *url, struct status *st)
{
	struct websocket *w = calloc(1, sizeof(*w));

	if (w == NULL || sodium_init() == -1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(w);
		status_no_memory(st);
		return NULL;
	}
	w->loop = loop;
	w->options = *o;
	set_defaults(&w->options);
	w->soon = (struct loop_timer){ .due = on_soon, .ctx = w };
	w->alive = (struct loop_timer){ .due = on_alive, .ctx = w };
	if (websocket_dial_begin(&w->dial, loop, &w->options, url, on_dialed, w,
		st) == 0)
		return w;
	release(w);
	return NULL;
}

/* After a pause, first take the bytes that were read before. */
void
websocket_pause(struct websocket *w, bool stop)
{
	if (w->paused && !stop) {
		w->heard_ms = clock_monotonic_ms();
		w->pinged = false;
		w->drained = false;
	}
	w->paused = stop;
	if (w->frames != NULL && !w->inside && !w->ended)
		wait_for_more(w);
}

void
websocket_close(struct websocket *w)
{
	if (w == NULL)
		return;
	w->closed = true;
	if (!w->inside)
		hang_up(w);
}
