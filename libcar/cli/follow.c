#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/follow.h"
#include "libcar/cli/message.h"
#include "libcar/cli/network.h"
#include "libcar/cli/output.h"
#include "libcar/cli/stop.h"
#include "libcar/cli/value.h"
#include "libcar/net/loop.h"
#include "libcar/net/server.h"
#include "libcar/net/subscription.h"
#include "libcar/stream/jetstream_url.h"

/*
 * One loop serves the subscriptions and the look-ups. While too many look-ups
 * are under way or too many messages wait, the subscriptions don't read, so the
 * services wait for us.
 */

#define LOOKUP_MS 30000            /* of one look-up */
#define LAST_MS (LOOKUP_MS + 5000) /* of those at the end, with their errors */
#define TURN_MS 200 /* how late a cursor line or a signal may be noticed */

struct following;

/* One of the streams. */
struct stream {
	struct following *all;
	struct cli_service *service;
	struct subscription *subscription; /* NULL: it has ended */
	struct server server;
	bool asking; /* whether it is a host; nothing is read before that */
	bool paused, warned;
};

struct following {
	const struct cli_follow *options;
	struct cli_events *events;
	uint64_t began; /* microseconds since 1970 */
	char path[128];
	struct loop *loop;
	struct http *http;
	struct resolve *resolve;
	struct identities identities;
	struct stream *streams;
	size_t active; /* streams that have not ended */
	bool over, refused;
};

/* Streams */

static void
end_stream(struct stream *s)
{
	if (s->subscription == NULL)
		return;
	subscription_close(s->subscription);
	s->subscription = NULL;
	s->all->active--;
}

/* Stop reading, or go on. */
static void
pause_streams(struct following *f)
{
	struct stream *s;
	unsigned i;
	bool pause;

	for (i = 0; i < f->events->services.count; i++) {
		s = &f->streams[i];
		pause = s->asking || cli_lookups_full(&f->events->lookups, i);
		if (s->subscription != NULL && pause != s->paused)
			subscription_pause(s->subscription, pause);
		s->paused = pause;
	}
}

/* Where the stream continues after a lost connection. Before the first event no
 * place is known, and 0 would be the oldest event. Several events of version 1
 * of Jetstream may have one number, so repeats are not skipped. */
static void
note_place(struct stream *s)
{
	uint64_t seq = s->service->cursor.seq;

	if (seq == 0)
		return;
	subscription_set_cursor(s->subscription, seq);
	if (!s->service->by_time)
		s->service->source.after = seq;
}

static bool
has_caught_up(const struct stream *s)
{
	return s->all->options->catch_up &&
	    s->service->cursor.at >= s->all->began;
}

static void
connect_again(struct stream *s)
{
	struct status why;

	status_set(&why, STATUS_BAD_FRAME, 0, "%s: message isn't DAG-CBOR",
	    s->service->origin);
	subscription_drop(s->subscription, &why);
}

/* A Jetstream sends text, other streams are binary. Without a warning, a wrong
 * option would look like a silent service. */
static void
warn_kind(struct stream *s, bool text)
{
	if (!s->warned && !cli_quiet)
		cli_warn("%s: ignoring %s messages; %s", s->service->origin,
		    text ? "text" : "binary",
		    text ? "a Jetstream needs --jetstream" :
			   "--jetstream is for services that send JSON");
	s->warned = true;
}

/* Messages that were read ahead come even when the program is over. */
static void
take_message(void *ctx, const void *bytes, size_t len, bool text)
{
	struct stream *s = ctx;
	struct following *f = s->all;
	enum cli_events_result result;

	if (f->over)
		return;
	if (text != f->events->live.is_jetstream) {
		warn_kind(s, text);
		return;
	}
	result = cli_events_take(f->events, s->service, s->service->origin,
	    bytes, len);
	if (result == CLI_EVENTS_BROKEN) {
		connect_again(s);
		return;
	}
	note_place(s);
	f->refused |= result == CLI_EVENTS_REFUSED;
	f->over = cli_events_over(f->events);
	if (result == CLI_EVENTS_REFUSED || has_caught_up(s))
		end_stream(s);
	pause_streams(f);
}

static void
say_opened(void *ctx)
{
	struct stream *s = ctx;

	if (cli_verbose)
		cli_warn("%s: connected", s->service->origin);
}

static void
warn_lost(void *ctx, const struct status *why, uint64_t pause_ms)
{
	(void)ctx;
	if (!cli_quiet)
		cli_warn("%s; connecting again in %.1f s", why->msg,
		    (double)pause_ms / 1000);
}

static void
refuse_stream(void *ctx, const struct status *why)
{
	struct stream *s = ctx;
	struct cli_service *service = s->service;

	s->all->refused = true;
	cli_events_fail(s->all->events, service, service->origin, why);
	end_stream(s);
}

static void
know_server(struct server *server, bool is_host, const struct slice *name)
{
	struct stream *s = server->ctx;

	if (is_host)
		cli_service_is_host(s->service, name);
	s->asking = false;
	pause_streams(s->all);
}

static void
end_lookup(void *ctx, const struct stream_identity *line,
    const struct identities_ask *ask, struct status *why)
{
	struct following *f = ctx;

	cli_events_looked_up(f->events, line, ask, why);
	pause_streams(f);
}

/* The loop */

static void
turn(struct following *f)
{
	struct cli_events *e = f->events;
	struct status st;

	cli_output_flush(&e->out);
	if (loop_once(f->loop, TURN_MS, &st) == -1)
		cli_output_fatal(&e->out, &st);
	cli_events_turn(e);
	pause_streams(f);
	f->over = f->over || f->active == 0 || cli_events_over(e);
}

/* When the streams have ended, look-ups that are under way get their time, but
 * not after a signal: the cursors stay before what still waits, and the next
 * run sees these events again. */
static void
run_loop(struct following *f)
{
	uint64_t end;
	size_t i;

	while (!f->over)
		turn(f);
	for (i = 0; i < f->events->services.count; i++)
		end_stream(&f->streams[i]);
	end = clock_monotonic_ms() + LAST_MS;
	while (cli_lookups_busy(&f->events->lookups) && cli_stop == 0 &&
	    clock_monotonic_ms() < end)
		turn(f);
}

/* Where to start */

static bool
read_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* A number is of one service. It goes before the cursors of standard input. */
static void
start_after(struct cli_services *all, uint64_t seq)
{
	if (all->count > 1)
		cli_usage("--from: a cursor is of one service; with several -u,"
			  " give cursor lines on standard input");
	all->items[0].cursor.seq = seq;
	all->items[0].cursor.known = true;
}

/* In microseconds since 1970. A time before that means all events, too.
 * Jetstream would read the smallest numbers as other cursors. */
static uint64_t
time_ago(const struct following *f, uint64_t ms)
{
	uint64_t first = f->events->services.are_jetstream ?
	    JETSTREAM_URL_TIME :
	    0;

	return ms < (f->began - first) / 1000 ? f->began - ms * 1000 : first;
}

/* Start at the oldest event, and leave out what is older than this time. To
 * Jetstream, a time is a cursor. */
static void
start_at(struct following *f, const char *from)
{
	struct cli_services *all = &f->events->services;
	uint64_t ms = 0, at;
	struct cli_option as_time = { CLI_TIME(&ms, NULL, 1,
	    UINT64_MAX / 1000) };
	struct status st;
	size_t i;

	if (cli_value_set(&as_time, from, &st) == -1)
		cli_usage("--from: want a cursor or a time: %s", st.msg);
	at = time_ago(f, ms);
	if (!all->are_jetstream)
		f->events->live.not_before = at;
	for (i = 0; i < all->count; i++) {
		all->items[i].cursor.known = true;
		all->items[i].cursor.seq = all->are_jetstream ? at : 0;
	}
}

static void
read_start(struct following *f)
{
	const char *from = f->options->from;
	uint64_t seq;

	cli_services_read_cursors(&f->events->services);
	if (from != NULL && read_number(from, &seq))
		start_after(&f->events->services, seq);
	else if (from != NULL)
		start_at(f, from);
}

/* Opening and closing */

static int
open_lookups(struct following *f, struct status *st)
{
	struct http_options http = f->options->http;
	struct resolve_options lookup = f->options->lookup;
	struct cli_lookups *l = &f->events->lookups;

	cli_network_fit(&http);
	lookup.allow_private = http.allow_private;
	if ((f->http = http_open(f->loop, &http, st)) == NULL ||
	    (f->resolve = resolve_open(f->loop, f->http, &lookup, st)) ==
		NULL ||
	    signer_open(&l->signers, st) == -1)
		return -1;
	l->held.services = (unsigned)f->events->services.count;
	f->identities = (struct identities){ .resolve = f->resolve,
		.services = l->held.services,
		.done = end_lookup,
		.ctx = f };
	l->identities = &f->identities;
	return 0;
}

static int
subscribe(struct following *f, struct stream *s,
    const struct subscription_options *o, struct status *st)
{
	const struct live *live = &f->events->live;
	const char *text = s->service->url;
	struct buf url = { .len = 0 };

	if (live->is_jetstream) {
		jetstream_url(&url, text, live->filter, live->signals);
		if (url.failed)
			return status_no_memory(st);
		text = url.data;
	}
	s->subscription = subscription_open(f->loop, o, text, st);
	buf_free(&url);
	return s->subscription != NULL ? 0 : -1;
}

static void
set_start(struct stream *s)
{
	struct cli_cursor *c = &s->service->cursor;

	if (c->known)
		subscription_set_cursor(s->subscription, c->seq);
	/* A time is not the number of an event. */
	if (s->all->events->live.is_jetstream && !s->service->by_time &&
	    c->seq >= JETSTREAM_URL_TIME)
		c->seq = 0;
	s->service->source.after = s->service->by_time ? 0 : c->seq;
}

/* Without the network, nobody can be asked whether the service is a host. A
 * Jetstream is none. */
static int
open_stream(struct following *f, struct stream *s, struct cli_service *service,
    struct status *st)
{
	const struct http_options *http = &f->options->http;
	const struct subscription_options o = {
		.websocket = { .agent = http->agent,
		    .allow_private = http->allow_private },
		.path = f->path,
		.opened = say_opened,
		.message = take_message,
		.lost = warn_lost,
		.ended = refuse_stream,
		.ctx = s,
	};

	s->all = f;
	s->service = service;
	if (subscribe(f, s, &o, st) == -1)
		return -1;
	f->active++;
	set_start(s);
	s->asking = !f->options->lookup.offline &&
	    !f->events->live.is_jetstream;
	if (s->asking) {
		s->server = (struct server){ .done = know_server, .ctx = s };
		server_start(&s->server, f->http, service->origin);
	}
	return 0;
}

static int
open_streams(struct following *f, struct status *st)
{
	struct cli_services *all = &f->events->services;
	size_t i;

	snprintf(f->path, sizeof(f->path), "/xrpc/%s", all->stream);
	if ((f->streams = calloc(all->count, sizeof(*f->streams))) == NULL)
		return status_no_memory(st);
	for (i = 0; i < all->count; i++)
		if (open_stream(f, &f->streams[i], &all->items[i], st) == -1)
			return -1;
	pause_streams(f);
	return 0;
}

static void
close_all(struct following *f)
{
	size_t i;

	resolve_close(f->resolve);
	http_close(f->http);
	for (i = 0; i < f->events->services.count; i++)
		server_free(&f->streams[i].server);
	free(f->streams);
	loop_close(f->loop);
}

void
cli_follow_init(struct cli_follow *options, const struct cli *cli)
{
	/* All look-ups go to one directory. If it is silent, none may wait for
	 * another. */
	cli_network_init(&options->http, cli, IDENTITIES_FULL, IDENTITIES_FULL,
	    IDENTITIES_FULL);
	options->http.timeout_ms = LOOKUP_MS;
}

bool
cli_follow_run(const struct cli_follow *options, struct cli_events *events)
{
	struct following f = {
		.options = options,
		.events = events,
		.began = cli_now(),
	};
	struct status st;

	events->is_live = true;
	events->live.held = &events->lookups.held;
	events->live.can_look_up = !signer_is_fixed(&events->lookups.signers);
	events->live.can_refresh = events->live.can_look_up &&
	    !options->lookup.offline;
	read_start(&f);
	cli_stop_catch();
	if ((f.loop = loop_open(&st)) == NULL || open_lookups(&f, &st) == -1 ||
	    open_streams(&f, &st) == -1)
		cli_fatal(&st);
	run_loop(&f);
	cli_events_end(events);
	close_all(&f);
	identities_free(&f.identities);
	events->lookups.identities = NULL;
	return !f.refused;
}
