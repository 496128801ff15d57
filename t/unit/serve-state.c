/* The state of a server: its lag, its history, its reasons, its metrics. */
#include "config.h"

#include "libcar/serve/metrics.h"
#include "t/lib/tap.h"

#define NOW INT64_C(1800000000000)

static struct serve_state state;
static struct figures counted;
static struct status st;

static void
add(const char *service, const char *stream, const char *cursor, int64_t ms)
{
	const struct db_stream s = { slice_of(service), slice_of(stream),
		slice_of(cursor), ms, ms };

	serve_state_add_stream(&state.streams, &s, &st);
}

static void
write_reason(void *arg, enum serve_reason reason, const struct serve_stream *s,
    int64_t ms)
{
	char text[SERVE_SERVICE_BYTES + 80];

	snprintf(text, sizeof(text), "%d %s %lld;", (int)reason,
	    s != NULL ? s->service : "-", (long long)ms);
	buf_puts(arg, text);
}

static void
is_reason(int64_t now_ms, const char *want, const char *name)
{
	struct buf got = { 0 };

	serve_state_reasons(&state, now_ms, 60000, write_reason, &got);
	is_mem(got.data, got.len, want, strlen(want), "%s", name);
	is_int(serve_state_is_ready(&state, now_ms, 60000), got.len == 0,
	    "so it is ready or not");
	buf_free(&got);
}

static void
reasons(void)
{
	is_reason(NOW, "0 - -1;", "the database never answered");
	state.answered_ms = NOW - 30000;
	is_reason(NOW, "", "it did");
	is_reason(NOW + 1, "0 - 30001;", "too long ago");
	state.answered_ms = NOW;
	add("https://a", "com.atproto.sync.subscribeRepos", "7", NOW - 60000);
	add("https://b", "/export", "9", NOW + 5);
	add("https://c", "/subscribe", "1725911162329308", 0);
	is_reason(NOW, "", "no stream is too far behind");
	is_reason(NOW + 1, "1 https://a 60001;", "one is");
	state.figures = &counted;
	counted.operations = 5;
	counted.newest_ms = NOW;
	is_reason(NOW, "", "nothing is audited");
	counted.audited = 4;
	counted.newest_audited_ms = NOW - 60001;
	is_reason(NOW, "2 - 60001;", "the audit stands still");
	counted.audited = 5;
	is_reason(NOW, "", "everything is audited, but nothing came");
}

static void
history(void)
{
	struct serve_history *h = &state.history;
	int i;

	serve_state_note(&state, NOW, 1);
	serve_state_note(&state, NOW + SERVE_POINT_MS - 1, 2);
	is_int(h->n, 1, "a point that is too young");
	is_int(h->points[0].events, 16, "events, but no times");
	is_int(h->points[0].streams, 2, "of two streams");
	is_int(h->points[0].lag_ms, 60000, "the greatest lag");
	for (i = 1; i < SERVE_POINTS + 10; i++)
		serve_state_note(&state, NOW + i * SERVE_POINT_MS, i);
	is_int(h->n, SERVE_POINTS, "the history is bounded");
	is_int(h->points[0].requests, 10, "the oldest go");
	is_int(h->points[SERVE_POINTS - 1].requests, SERVE_POINTS + 9,
	    "the newest stay");
}

static bool
has(const struct buf *b, const char *line)
{
	return memmem(b->data, b->len, line, strlen(line)) != NULL;
}

static void
metrics(void)
{
	static const char *const names[] = { "a.route" };
	struct serve_traffic *t = serve_traffic_make(names, 1);
	const struct serve_metrics m = { &state, t, "1", NOW, 60000 };
	const struct slice error = slice_of("a\"b\\c\nd\xff");
	struct buf b = { 0 };

	figures_add_errors(&counted, &error, 3, &st);
	figures_end(&counted, NOW);
	serve_traffic_begin(t);
	serve_traffic_end(t, 0, 404, 300);
	serve_traffic_begin(t);
	serve_traffic_end(t, 0, 200, 9000000);
	serve_metrics_write(&b, &m);
	ok(has(&b,
	       "\natpipe_record_errors{error=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} "
	       "3\n"),
	    "a label is escaped");
	ok(has(&b, "_seconds_bucket{route=\"a.route\",le=\"0.00025\"} 0\n"),
	    "a bucket below");
	ok(has(&b, "_seconds_bucket{route=\"a.route\",le=\"0.0005\"} 1\n"),
	    "the bucket");
	ok(has(&b, "_seconds_bucket{route=\"a.route\",le=\"5\"} 1\n"),
	    "a bucket above has it, too");
	ok(has(&b, "_seconds_bucket{route=\"a.route\",le=\"+Inf\"} 2\n"),
	    "the last one has all");
	ok(has(&b, "_seconds_sum{route=\"a.route\"} 9.000300\n"), "the sum");
	ok(has(&b, "_total{route=\"a.route\",status=\"404\"} 1\n"),
	    "the status");
	ok(has(&b,
	       "\natpipe_stream_lag_seconds{service=\"https://a\",stream="
	       "\"com.atproto.sync.subscribeRepos\"} 60.000\n"),
	    "the lag");
	ok(!has(&b, "_lag_seconds{service=\"https://c\""), "no lag is known");
	ok(!has(&b, "_cursor{service=\"https://c\""), "a time is no number");
	state.figures = NULL;
	b.len = 0;
	serve_metrics_write(&b, &m);
	ok(!has(&b, "atpipe_accounts"), "what wasn't counted is missing");
	buf_free(&b);
	serve_traffic_free(t);
	figures_free(&counted);
}

/* A row has more text, or more streams come, than are kept. */
static void
bounds(void)
{
	static struct serve_state empty;
	static char text[1000];
	int i;

	memset(text, 'x', sizeof(text) - 1);
	state = empty;
	for (i = 0; i < DB_STREAMS_MAX + 5; i++)
		add(text, text, text, NOW);
	is_int(state.streams.n, DB_STREAMS_MAX, "streams are bounded");
	is_int(strlen(state.streams.all[0].service), SERVE_SERVICE_BYTES - 1,
	    "so are their texts");
}

int
main(void)
{
	reasons();
	history();
	metrics();
	bounds();
	return done_testing();
}
