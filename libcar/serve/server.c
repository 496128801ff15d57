#include "config.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/serve/exchange.h"
#include "libcar/serve/readers.h"
#include "libcar/serve/recount.h"
#include "libcar/serve/routes.h"
#include "libcar/serve/server.h"
#include "libcar/serve/watch.h"

/*
 * The daemon of libmicrohttpd: its threads and limits, and its callbacks.
 *
 * A struct pending is one request from its first line until its answer was
 * sent. libmicrohttpd calls on_request() first with the headers, then for each
 * part of the body, and a last time without. An answer that is queued in the
 * first call would close the connection.
 */

#define HEADER_BYTES 24576 /* of a connection: the request's head, buffers */
#define BODY_BYTES 65536   /* maximum of a POST; an operation has 7,500 */
#define WAIT_STEP_MS 5
#define WAIT_LAST_MS 1000

struct serve_server {
	struct MHD_Daemon *daemon;
	struct serve_exchange exchange;
	struct serve_gate repos;
	struct serve_upstream *upstream; /* NULL: none */
	struct serve_watch *watch;
	const char **names;
	int fd;
};

struct pending {
	struct serve_server *server;
	double began;
	bool begun, too_large;
	struct buf body;
	struct serve_done done;
	struct MHD_Connection *connection; /* passed on: suspended until */
	struct serve_upstream_job job;     /* this job is done */
	size_t target_len;
	char target[];
};

/* Clients that are slow */

static void
on_connection(void *arg, struct MHD_Connection *c, void **ctx,
    enum MHD_ConnectionNotificationCode code)
{
	struct serve_server *s = arg;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(c,
		    MHD_CONNECTION_INFO_CONNECTION_FD);
		*ctx = serve_watch_add(s->watch, info->connect_fd);
	} else if (*ctx != NULL) {
		serve_watch_remove(s->watch, *ctx);
		*ctx = NULL;
	}
}

/* The client has to send something now, or it has sent all. */
static void
expect(struct MHD_Connection *c, bool something)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	if (info == NULL || info->socket_context == NULL)
		return;
	if (something)
		serve_watch_expect(info->socket_context);
	else
		serve_watch_rest(info->socket_context);
}

/* Requests */

/* The first line has come; the target isn't decoded yet. */
static void *
on_target(void *arg, const char *target, struct MHD_Connection *c)
{
	struct serve_server *s = arg;
	size_t len = strlen(target);
	struct pending *p = malloc(sizeof(*p) + len);

	(void)c;
	if (p == NULL)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->server = s;
	p->began = clock_monotonic();
	p->done.route = serve_routes_count();
	p->target_len = len;
	memcpy(p->target, target, len);
	serve_traffic_begin(s->exchange.traffic);
	return p;
}

/* We decode the target ourselves: leave libmicrohttpd's copy as it is. */
static size_t
no_unescape(void *arg, struct MHD_Connection *c, char *text)
{
	(void)arg;
	(void)c;
	return strlen(text);
}

static struct slice
header(struct MHD_Connection *c, const char *name)
{
	return slice_of(MHD_lookup_connection_value(c, MHD_HEADER_KIND, name));
}

/* In another thread: on_request() is called once more. */
static void
on_passed(void *arg)
{
	struct pending *p = arg;

	MHD_resume_connection(p->connection);
}

/* Suspend before it is sent, because it may be done at once. */
static enum MHD_Result
pass_on(struct pending *p, struct MHD_Connection *c, const struct slice *did)
{
	p->connection = c;
	memcpy(p->job.did, did->at, did->len);
	p->job.body = slice_make(p->body.data, p->body.len);
	p->job.done = on_passed;
	p->job.arg = p;
	MHD_suspend_connection(c);
	if (serve_upstream_send(p->server->upstream, &p->job) == -1)
		MHD_resume_connection(c);
	return MHD_YES;
}

static enum MHD_Result
answer(struct pending *p, struct MHD_Connection *c, const char *method)
{
	struct serve_request r;
	enum MHD_Result rc;

	r.method = serve_request_method(method);
	r.host = header(c, "Host");
	r.accept = header(c, "Accept");
	r.if_none_match = header(c, "If-None-Match");
	r.content_type = header(c, "Content-Type");
	r.user_agent = header(c, "User-Agent");
	r.body = slice_make(p->body.data, p->body.len);
	/* A proxy may take another end of this request for the right one, and
	 * what follows for the next request: RFC 9112, 6.1. */
	p->done.ambiguous = header(c, "Content-Length").at != NULL &&
	    header(c, "Transfer-Encoding").at != NULL;
	p->done.too_large = p->too_large || p->body.failed;
	rc = serve_exchange(&p->server->exchange, c, &r, p->target,
	    p->target_len, &p->done);
	return p->done.pass_on ? pass_on(p, c, &r.segments[0]) : rc;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *c, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **ctx)
{
	struct pending *p = *ctx;

	(void)arg;
	(void)url;
	(void)version;
	if (p == NULL)
		return MHD_NO; /* no memory */
	if (!p->begun) {
		p->begun = true;
		expect(c, true);
		return MHD_YES;
	}
	if (p->connection != NULL)
		return serve_exchange_passed(&p->server->exchange, c, &p->job,
		    &p->done);
	if (*upload_len == 0) {
		expect(c, false);
		return answer(p, c, method);
	}
	if (p->body.len + *upload_len > BODY_BYTES)
		p->too_large = true;
	else
		buf_put(&p->body, upload, *upload_len);
	*upload_len = 0;
	return MHD_YES;
}

static void
on_completed(void *arg, struct MHD_Connection *c, void **ctx,
    enum MHD_RequestTerminationCode code)
{
	struct serve_server *s = arg;
	struct pending *p = *ctx;
	double at;

	(void)code;
	expect(c, true);
	if (p == NULL)
		return;
	/* A client that left before its request was complete has no answer. */
	at = p->done.at > 0 ? p->done.at : clock_monotonic();
	serve_traffic_end(s->exchange.traffic, p->done.route, p->done.status,
	    (uint64_t)((at - p->began) * 1e6));
	buf_free(&p->body);
	buf_free(&p->job.answer);
	free(p);
	*ctx = NULL;
}

static int
start_daemon(struct serve_server *s, const struct serve_limits *l,
    struct status *st)
{
	unsigned per_client = l->per_client > 0 ? l->per_client : 0;
	unsigned threads = l->threads > 1 ? l->threads : 0;

	s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD |
		MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, s->fd,
	    MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_LIMIT,
	    l->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_client,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)(l->idle_ms / 1000),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
	    MHD_OPTION_URI_LOG_CALLBACK, on_target, s,
	    MHD_OPTION_UNESCAPE_CALLBACK, no_unescape, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_END);
	if (s->daemon == NULL)
		return status_errno(st, "can't start the server");
	return 0;
}

/* No connection may be suspended when the daemon stops. But until then, its
 * connections may still pass operations on. */
static void
stop_upstream(struct serve_server *s)
{
	if (s->upstream != NULL)
		serve_upstream_stop(s->upstream);
}

static void
release(struct serve_server *s)
{
	stop_upstream(s);
	if (s->daemon != NULL)
		MHD_stop_daemon(s->daemon);
	if (s->upstream != NULL)
		serve_upstream_close(s->upstream);
	if (s->watch != NULL)
		serve_watch_close(s->watch);
	close(s->fd);
	if (s->exchange.recount != NULL)
		serve_recount_stop(s->exchange.recount);
	if (s->exchange.readers != NULL)
		serve_readers_close(s->exchange.readers);
	serve_traffic_free(s->exchange.traffic);
	free(s->names);
	free(s);
}

static int
make_traffic(struct serve_server *s, struct status *st)
{
	size_t i, n = serve_routes_count();

	s->names = calloc(n, sizeof(*s->names));
	if (s->names == NULL)
		return status_no_memory(st);
	for (i = 0; i < n; i++)
		s->names[i] = serve_routes_at(i)->name;
	s->exchange.traffic = serve_traffic_make(s->names, n);
	return s->exchange.traffic != NULL ? 0 : status_no_memory(st);
}

static int
open_upstream(struct serve_server *s, const struct serve_setup *setup,
    struct status *st)
{
	if (setup->upstream == NULL)
		return 0;
	return serve_upstream_open(&s->upstream, setup->upstream, setup->agent,
	    st);
}

int
serve_server_start(struct serve_server **out, int fd,
    const struct serve_setup *setup, const struct serve_limits *limits,
    void (*report)(const struct status *), struct status *st)
{
	struct serve_server *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		close(fd);
		return status_no_memory(st);
	}
	s->fd = fd;
	s->exchange.setup = setup;
	s->exchange.report = report;
	s->exchange.repos = &s->repos;
	/* The other half of the threads goes on. */
	s->repos.limit = limits->threads > 3 ? limits->threads / 2 : 1;
	if (serve_watch_open(&s->watch, limits->idle_ms, st) == -1 ||
	    make_traffic(s, st) == -1 || open_upstream(s, setup, st) == -1 ||
	    serve_readers_open(&s->exchange.readers, setup, st) == -1 ||
	    serve_recount_start(&s->exchange.recount, s->exchange.readers,
		s->exchange.traffic, report, st) == -1 ||
	    start_daemon(s, limits, st) == -1) {
		release(s);
		return -1;
	}
	*out = s;
	return 0;
}

static void
wait_for_requests(struct serve_server *s, uint64_t ms)
{
	uint64_t until = clock_monotonic_ms() + ms;

	while (serve_traffic_open(s->exchange.traffic) > 0 &&
	    clock_monotonic_ms() < until)
		clock_sleep_ms(WAIT_STEP_MS);
}

/* What was passed on is answered when upstream has ended. */
void
serve_server_stop(struct serve_server *s, uint64_t wait_ms)
{
	MHD_quiesce_daemon(s->daemon);
	wait_for_requests(s, wait_ms);
	stop_upstream(s);
	wait_for_requests(s, WAIT_LAST_MS);
	release(s);
}
