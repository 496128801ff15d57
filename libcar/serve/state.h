/*
 * serve_state: what is known of the database as a whole: its counts, its
 * streams, and how both changed during the last hour.
 *
 * /ready, /health, /metrics and the status page show this state. A thread keeps
 * it up to date (serve/recount), so these routes cost the same at a million
 * accounts as at ten, and answer while the database doesn't.
 */
#ifndef LIBCAR_SERVE_STATE_H
#define LIBCAR_SERVE_STATE_H

#include <stdbool.h>

#include "libcar/db/streams.h"
#include "libcar/serve/figures.h"

#define SERVE_SERVICE_BYTES 256
#define SERVE_STREAM_BYTES 128
#define SERVE_CURSOR_BYTES 64

/* Texts end with a NUL; longer ones are cut. */
struct serve_stream {
	char service[SERVE_SERVICE_BYTES], stream[SERVE_STREAM_BYTES],
	    cursor[SERVE_CURSOR_BYTES];
	int64_t event_ms, updated_ms; /* as in struct db_stream */
};

struct serve_streams {
	struct serve_stream all[DB_STREAMS_MAX];
	size_t n;
};

/* What was known at one time. */
struct serve_point {
	int64_t ms;       /* since 1970 */
	int64_t requests; /* since the server started */
	int64_t lag_ms;   /* of the stream that is furthest behind; -1: none */
	int64_t events; /* the sum of the cursors that are numbers of events */
	size_t streams; /* how many these are */
	/* The last counts: when they ended; 0: none yet. */
	int64_t counted_ms, records, accounts;
};

#define SERVE_POINT_MS 15000 /* between two points */
#define SERVE_POINTS 241     /* an hour */

/* The oldest point first. */
struct serve_history {
	struct serve_point points[SERVE_POINTS];
	size_t n;
};

struct serve_state {
	int64_t started_ms;  /* when the server was */
	int64_t answered_ms; /* when the database answered last; 0: never */
	int64_t figures_ms;  /* how long the counting took, without pauses */
	int64_t counted; /* accounts and operations of the count that runs */
	struct figures *figures; /* NULL: not counted yet */
	struct serve_streams streams;
	struct serve_history history;
};

/* db_streams() calls this for each stream; arg is a struct serve_streams. */
int serve_state_add_stream(void *, const struct db_stream *, struct status *);

/* How far a stream is behind; -1: not known. A clock that is ahead is 0. */
int64_t serve_state_lag_ms(const struct serve_stream *, int64_t now_ms);

/* The cursor as a number, if it is a number of events. */
bool serve_state_cursor(const struct serve_stream *, int64_t *);

/* Add a point, unless the last one is too young. */
void serve_state_note(struct serve_state *, int64_t now_ms, int64_t requests);

/* Why the server isn't ready. */
enum serve_reason {
	SERVE_DATABASE, /* it doesn't answer */
	SERVE_LAG,      /* a stream is too far behind */
	SERVE_AUDIT,    /* operations aren't audited any more */
};

/* Call fn for each reason; `stream` is that of SERVE_LAG, otherwise NULL; ms is
 * how long ago the last answer, event or audited operation was, -1: never. */
void serve_state_reasons(const struct serve_state *, int64_t now_ms,
    int64_t lag_ms,
    void (*fn)(void *, enum serve_reason, const struct serve_stream *,
	int64_t ms),
    void *);

bool serve_state_is_ready(const struct serve_state *, int64_t now_ms,
    int64_t lag_ms);

#endif
