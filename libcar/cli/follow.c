#include "config.h"

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
#include "libcar/net/resolve.h"
#include "libcar/net/subscription.h"
#include "libcar/plc/diddoc.h"

/*
 * One loop serves the subscription and the look-ups. While too many look-ups
 * are under way, the subscription doesn't read, so the service waits for us.
 */

#define LOOKUP_MS 30000            /* of one look-up */
#define LAST_MS (LOOKUP_MS + 5000) /* of those at the end, with their errors */
#define TURN_MS 200 /* how late a cursor line or a signal may be noticed */

struct following {
	const struct cli_follow *options;
	struct cli_events *events;
	uint64_t began; /* microseconds since 1970 */
	bool over;
	char plc[DIDDOC_ORIGIN_BYTES], path[128];
	struct loop *loop;
	struct http *http;
	struct resolve *resolve;
	struct identities identities;
	struct subscription *subscription; /* NULL: it has ended */
};

/* Callbacks */

static bool
has_caught_up(const struct following *f)
{
	return f->options->catch_up && f->events->cursor.at >= f->began;
}

/* Messages that were read ahead come even when the program is over. */
static void
take_message(void *ctx, const void *bytes, size_t len, bool text)
{
	struct following *f = ctx;
	struct cli_events *e = f->events;

	if (text || f->over)
		return;
	cli_events_take(e, e->cursor.service, bytes, len);
	if (identities_full(&f->identities))
		subscription_pause(f->subscription, true);
	e->live.after = e->cursor.seq;
	subscription_set_cursor(f->subscription, e->cursor.seq);
	f->over = cli_events_over(e) || e->refused || has_caught_up(f);
}

static void
take_identity(void *ctx, const struct stream_identity *line, uint64_t seq,
    struct status *why)
{
	struct following *f = ctx;

	cli_events_identity(f->events, line, seq, why);
	if (f->subscription != NULL && !identities_full(&f->identities))
		subscription_pause(f->subscription, false);
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
end_stream(void *ctx, const struct status *why)
{
	struct following *f = ctx;

	f->over = f->events->refused = true;
	cli_events_fail(f->events, f->events->cursor.service, why);
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
	cli_events_cursor(e);
	f->over = f->over || cli_events_over(e);
}

/* When the stream has ended, look-ups that are under way get their time, but
 * not after a signal: the cursor stays before those that have not ended, and
 * the next run sees their events again. */
static void
run_loop(struct following *f)
{
	struct cli_cursor *c = &f->events->cursor;
	uint64_t end;

	while (!f->over)
		turn(f);
	subscription_close(f->subscription);
	f->subscription = NULL;
	end = clock_monotonic_ms() + LAST_MS;
	while (f->identities.count > 0 && cli_stop == 0 &&
	    clock_monotonic_ms() < end)
		turn(f);
	c->seq = identities_before(&f->identities, c->seq);
}

/* Where to start */

/* A time starts at the oldest event and leaves out what is older. */
static bool
read_from(struct following *f)
{
	const char *from = f->options->from;
	uint64_t ms = 0, seq;
	struct cli_option as_time = { CLI_TIME(&ms, NULL, 1,
	    UINT64_MAX / 1000) };
	struct status st;
	char *end;

	if (from == NULL)
		return false;
	seq = strtoull(from, &end, 10);
	if (from[0] >= '0' && from[0] <= '9' && *end == '\0') {
		f->events->cursor.seq = seq;
		return true;
	}
	if (cli_value_set(&as_time, from, &st) == -1)
		cli_usage("--from: %s", st.msg);
	f->events->live.not_before = f->began - ms * 1000;
	return true;
}

/* Is there a cursor to start after? --from goes before standard input. */
static bool
read_cursor(struct following *f)
{
	struct cli_cursor *c = &f->events->cursor;
	bool known;

	cli_cursor_read(c);
	known = c->seq != 0;
	return read_from(f) || known;
}

static void
read_plc(struct following *f)
{
	const char *plc = f->options->plc;

	if (!diddoc_origin(f->plc, plc, strlen(plc), true))
		cli_usage("--plc: '%s' isn't an origin such as https://host",
		    plc);
}

/* Opening and closing */

static int
open_identities(struct following *f, struct status *st)
{
	struct http_options http = f->options->http;
	struct resolve_options o = { .plc = f->plc,
		.allow_private = http.allow_private };

	cli_network_fit(&http);
	if ((f->http = http_open(f->loop, &http, st)) == NULL ||
	    (f->resolve = resolve_open(f->loop, f->http, &o, st)) == NULL)
		return -1;
	f->identities = (struct identities){ .resolve = f->resolve,
		.done = take_identity,
		.ctx = f };
	f->events->identities = &f->identities;
	return 0;
}

static int
open_subscription(struct following *f, bool known, struct status *st)
{
	const struct http_options *http = &f->options->http;
	struct subscription_options o = {
		.websocket = { .agent = http->agent,
		    .allow_private = http->allow_private },
		.path = f->path,
		.message = take_message,
		.lost = warn_lost,
		.ended = end_stream,
		.ctx = f,
	};

	snprintf(f->path, sizeof(f->path), "/xrpc/%s",
	    f->events->cursor.stream);
	f->subscription = subscription_open(f->loop, &o, f->options->url, st);
	if (f->subscription == NULL)
		return -1;
	if (known)
		subscription_set_cursor(f->subscription, f->events->cursor.seq);
	f->events->live.after = f->events->cursor.seq;
	return 0;
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

void
cli_follow_run(const struct cli_follow *options, struct cli_events *events)
{
	struct following f = {
		.options = options,
		.events = events,
		.began = cli_now(),
	};
	struct status st;
	bool known;

	read_plc(&f);
	known = read_cursor(&f);
	cli_stop_catch();
	if ((f.loop = loop_open(&st)) == NULL ||
	    open_identities(&f, &st) == -1 ||
	    open_subscription(&f, known, &st) == -1)
		cli_fatal(&st);
	run_loop(&f);
	resolve_close(f.resolve);
	http_close(f.http);
	identities_free(&f.identities);
	events->identities = NULL;
	loop_close(f.loop);
}
