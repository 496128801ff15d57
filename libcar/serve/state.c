#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/serve/state.h"

/*
 * Nothing here reads a clock or a database, so tests choose both.
 */

/* A database that answered this long ago doesn't answer any more: it is asked
 * every few seconds. */
#define SILENT_MS 30000

static void
copy(char *out, size_t room, const struct slice *t)
{
	size_t n = t->len < room - 1 ? t->len : room - 1;

	if (n > 0)
		memcpy(out, t->at, n);
	out[n] = '\0';
}

int
serve_state_add_stream(void *arg, const struct db_stream *from,
    struct status *st)
{
	struct serve_streams *streams = arg;
	struct serve_stream *s;

	(void)st;
	if (streams->n == DB_STREAMS_MAX)
		return 0;
	s = &streams->all[streams->n++];
	copy(s->service, sizeof(s->service), &from->service);
	copy(s->stream, sizeof(s->stream), &from->stream);
	copy(s->cursor, sizeof(s->cursor), &from->cursor);
	s->event_ms = from->event_ms;
	s->updated_ms = from->updated_ms;
	return 0;
}

int64_t
serve_state_lag_ms(const struct serve_stream *s, int64_t now_ms)
{
	if (s->event_ms <= 0)
		return -1;
	return s->event_ms < now_ms ? now_ms - s->event_ms : 0;
}

/* The cursors of Jetstream's first version are times. */
bool
serve_state_cursor(const struct serve_stream *s, int64_t *out)
{
	char *end;

	if (strcmp(s->stream, "/subscribe") == 0 || s->cursor[0] == '\0')
		return false;
	*out = strtoll(s->cursor, &end, 10);
	return *end == '\0' && *out >= 0 && *out < INT64_C(1) << 53;
}

static void
look_at_streams(const struct serve_streams *streams, struct serve_point *p)
{
	int64_t lag_ms, number;
	size_t i;

	p->lag_ms = -1;
	for (i = 0; i < streams->n; i++) {
		lag_ms = serve_state_lag_ms(&streams->all[i], p->ms);
		if (lag_ms > p->lag_ms)
			p->lag_ms = lag_ms;
		if (!serve_state_cursor(&streams->all[i], &number))
			continue;
		p->events += number;
		p->streams++;
	}
}

void
serve_state_note(struct serve_state *s, int64_t now_ms, int64_t requests)
{
	struct serve_point p = { .ms = now_ms, .requests = requests };
	struct serve_history *h = &s->history;

	if (h->n > 0 && now_ms - h->points[h->n - 1].ms < SERVE_POINT_MS)
		return;
	look_at_streams(&s->streams, &p);
	if (s->figures != NULL) {
		p.counted_ms = s->figures->ended_ms;
		p.records = s->figures->records;
		p.accounts = s->figures->states[DB_CENSUS_COMPLETED];
	}
	if (h->n == SERVE_POINTS)
		memmove(h->points, h->points + 1,
		    --h->n * sizeof(h->points[0]));
	h->points[h->n++] = p;
}

/* Operations come, but later than those that were audited. Who audits none has
 * no audit that could stand still. */
static bool
is_audit_late(const struct figures *f, int64_t lag_ms)
{
	return f != NULL && f->audited > 0 && f->audited < f->operations &&
	    f->newest_ms - f->newest_audited_ms > lag_ms;
}

void
serve_state_reasons(const struct serve_state *s, int64_t now_ms, int64_t lag_ms,
    void (*fn)(void *, enum serve_reason, const struct serve_stream *, int64_t),
    void *arg)
{
	int64_t ms;
	size_t i;

	if (s->answered_ms == 0 || now_ms - s->answered_ms > SILENT_MS)
		fn(arg, SERVE_DATABASE, NULL,
		    s->answered_ms == 0 ? -1 : now_ms - s->answered_ms);
	for (i = 0; i < s->streams.n; i++) {
		ms = serve_state_lag_ms(&s->streams.all[i], now_ms);
		if (ms > lag_ms)
			fn(arg, SERVE_LAG, &s->streams.all[i], ms);
	}
	if (is_audit_late(s->figures, lag_ms))
		fn(arg, SERVE_AUDIT, NULL,
		    now_ms - s->figures->newest_audited_ms);
}

static void
on_reason(void *arg, enum serve_reason reason, const struct serve_stream *s,
    int64_t ms)
{
	bool *ready = arg;

	(void)reason;
	(void)s;
	(void)ms;
	*ready = false;
}

bool
serve_state_is_ready(const struct serve_state *s, int64_t now_ms,
    int64_t lag_ms)
{
	bool ready = true;

	serve_state_reasons(s, now_ms, lag_ms, on_reason, &ready);
	return ready;
}
