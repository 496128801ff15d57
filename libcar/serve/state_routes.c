#include "config.h"

#include <stdio.h>

#include "libcar/data/json.h"
#include "libcar/serve/metrics.h"
#include "libcar/serve/recount.h"
#include "libcar/serve/state_routes.h"
#include "libcar/stream/rfc3339.h"

/*
 * None of these routes asks the database, so that they answer at once also if
 * it is slow or gone, which they then say.
 */

static void
write_number(struct json_writer *w, const char *key, int64_t n)
{
	json_write_key(w, key);
	json_write_integer(w, n);
}

static void
write_time(struct json_writer *w, const char *key, int64_t ms)
{
	char at[RFC3339_BYTES];

	if (ms <= 0)
		return;
	rfc3339_format(at, (uint64_t)ms * 1000);
	json_write_member(w, key, at);
}

/* Reasons */

static void
write_reason(void *arg, enum serve_reason reason, const struct serve_stream *s,
    int64_t ms)
{
	static const char *const names[] = {
		[SERVE_DATABASE] = "DatabaseSilent",
		[SERVE_LAG] = "StreamBehind",
		[SERVE_AUDIT] = "AuditBehind",
	};
	struct json_writer *w = arg;

	json_write_object(w);
	json_write_member(w, "reason", names[reason]);
	if (s != NULL) {
		json_write_member(w, "service", s->service);
		json_write_member(w, "stream", s->stream);
	}
	if (ms >= 0)
		write_number(w, "seconds", ms / 1000);
	json_write_object_end(w);
}

/* ready and reasons; returns whether it is ready. */
static bool
write_readiness(struct json_writer *w, const struct serve_context *c,
    const struct serve_state *s)
{
	int64_t now_ms = (int64_t)(c->now_us / 1000),
		lag_ms = (int64_t)c->setup->lag_ms;
	bool ready = serve_state_is_ready(s, now_ms, lag_ms);

	json_write_key(w, "ready");
	json_write_bool(w, ready);
	json_write_key(w, "reasons");
	json_write_array(w);
	serve_state_reasons(s, now_ms, lag_ms, write_reason, w);
	json_write_array_end(w);
	return ready;
}

static void
answer_ready(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	const struct serve_state *s = serve_recount_take(c->recount);
	struct json_writer w = { .out = &a->body };

	(void)r;
	a->type = SERVE_JSON;
	a->cache = "no-store";
	json_write_object(&w);
	if (!write_readiness(&w, c, s))
		a->status = 503;
	json_write_object_end(&w);
	serve_recount_give(c->recount, s);
}

/* Health */

static void
write_streams(struct json_writer *w, const struct serve_streams *streams,
    int64_t now_ms)
{
	const struct serve_stream *s;
	int64_t lag_ms;

	json_write_key(w, "streams");
	json_write_array(w);
	for (s = streams->all; s < streams->all + streams->n; s++) {
		json_write_object(w);
		json_write_member(w, "service", s->service);
		json_write_member(w, "stream", s->stream);
		json_write_member(w, "cursor", s->cursor);
		write_time(w, "lastEvent", s->event_ms);
		lag_ms = serve_state_lag_ms(s, now_ms);
		if (lag_ms >= 0)
			write_number(w, "lagSeconds", lag_ms / 1000);
		json_write_object_end(w);
	}
	json_write_array_end(w);
}

static void
write_figures(struct json_writer *w, const struct figures *f)
{
	int i;

	if (f == NULL)
		return;
	write_time(w, "countedAt", f->ended_ms);
	json_write_key(w, "accounts");
	json_write_object(w);
	write_number(w, "total", f->accounts);
	for (i = 0; i < DB_CENSUS_STATES; i++)
		write_number(w, db_census_states[i], f->states[i]);
	write_number(w, "synced", f->synced);
	write_number(w, "hidden", f->hidden.total);
	json_write_object_end(w);
	write_number(w, "records", f->records);
	write_number(w, "badRecords", f->bad_records);
	if (f->operations > 0) {
		write_number(w, "operations", f->operations);
		write_number(w, "operationsAudited", f->audited);
	}
}

static void
answer_health(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	const struct serve_state *s = serve_recount_take(c->recount);
	int64_t now_ms = (int64_t)(c->now_us / 1000);
	struct json_writer w = { .out = &a->body };

	(void)r;
	a->type = SERVE_JSON;
	a->cache = "no-store";
	json_write_object(&w);
	json_write_member(&w, "version", c->setup->version);
	write_time(&w, "startedAt", s->started_ms);
	write_time(&w, "databaseAnsweredAt", s->answered_ms);
	write_readiness(&w, c, s);
	write_streams(&w, &s->streams, now_ms);
	write_figures(&w, s->figures);
	json_write_object_end(&w);
	serve_recount_give(c->recount, s);
}

/* Metrics */

static void
answer_metrics(struct serve_context *c, const struct serve_request *r,
    struct serve_answer *a)
{
	const struct serve_state *s = serve_recount_take(c->recount);
	const struct serve_metrics m = {
		.state = s,
		.traffic = c->traffic,
		.version = c->setup->version,
		.now_ms = (int64_t)(c->now_us / 1000),
		.lag_ms = (int64_t)c->setup->lag_ms,
	};

	(void)r;
	a->type = SERVE_METRICS_TYPE;
	a->cache = "no-store";
	serve_metrics_write(&a->body, &m);
	serve_recount_give(c->recount, s);
}

static const struct serve_route routes[] = {
	{ "/ready", SERVE_GET, answer_ready, "ready", 0, SERVE_ERRORS_PLC },
	{ "/health", SERVE_GET, answer_health, "state.health", 0,
	    SERVE_ERRORS_PLC },
	{ "/metrics", SERVE_GET, answer_metrics, "metrics", 0,
	    SERVE_ERRORS_PLC },
};

const struct serve_family serve_state_routes = SERVE_FAMILY(routes);
