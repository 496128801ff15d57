#include "config.h"

#include "libcar/net/http_multi_private.h"

/*
 * libcurl says which sockets to watch and when to call it. It hears only about
 * sockets that are ready, so a turn doesn't cost more with many transfers.
 */

/* Usually a lack of memory, but libcurl knows the reason. */
static int
set_status(struct status *st, CURLMcode code)
{
	return status_set(st, STATUS_SYSTEM, 0, "libcurl: %s",
	    curl_multi_strerror(code));
}

static void
end_transfers(struct http_multi *m)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(m->curl, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			m->ended(m->ctx, message->easy_handle,
			    message->data.result);
}

static void
tell_curl(struct http_multi *m, curl_socket_t fd, int events)
{
	struct status st;
	CURLMcode code;
	int running;

	code = curl_multi_socket_action(m->curl, fd, events, &running);
	if (code != CURLM_OK) {
		set_status(&st, code);
		loop_fail(m->loop, &st);
	}
	end_transfers(m);
}

/* Send what ended() adds at once, before the next ready socket: so the hosts
 * work in the meantime. */
static void
act(struct http_multi *m, curl_socket_t fd, int events)
{
	tell_curl(m, fd, events);
	while (m->added) {
		m->added = false;
		tell_curl(m, CURL_SOCKET_TIMEOUT, 0);
	}
}

static void
on_ready(void *ctx, int fd, unsigned events)
{
	act(ctx, fd,
	    (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
		(events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_due(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

/* Callbacks of libcurl, which mustn't call libcurl */

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *own)
{
	struct http_multi *m = ctx;
	unsigned events = 0;

	(void)easy;
	(void)own;
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= LOOP_READ;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= LOOP_WRITE;
	loop_watch(m->loop, fd, events, on_ready, m);
	return 0;
}

static int
set_timer(CURLM *curl, long ms, void *ctx)
{
	struct http_multi *m = ctx;

	(void)curl;
	if (ms == -1)
		loop_timer_cancel(&m->timer);
	else
		loop_timer_set(m->loop, &m->timer, (uint64_t)ms);
	return 0;
}

int
http_multi_open(struct http_multi *m, struct loop *loop, unsigned idle,
    void (*ended)(void *, CURL *, CURLcode), void *ctx, struct status *st)
{
	*m = (struct http_multi){
		.curl = curl_multi_init(),
		.loop = loop,
		.timer = { .due = on_due, .ctx = m },
		.ended = ended,
		.ctx = ctx,
	};
	if (m->curl == NULL)
		return status_no_memory(st);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)idle);
	return 0;
}

int
http_multi_add(struct http_multi *m, CURL *easy, struct status *st)
{
	CURLMcode code = curl_multi_add_handle(m->curl, easy);

	if (code != CURLM_OK)
		return set_status(st, code);
	m->added = true;
	return 0;
}

void
http_multi_remove(struct http_multi *m, CURL *easy)
{
	curl_multi_remove_handle(m->curl, easy);
}

void
http_multi_close(struct http_multi *m)
{
	curl_multi_cleanup(m->curl);
	loop_timer_cancel(&m->timer);
	m->curl = NULL;
}
