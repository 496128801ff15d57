/*
 * cursor: how far the program is in an event stream, as `cursor` lines of
 * at-ndjson(5).
 *
 * Whoever has the line has everything that stands before it. A line is due
 * CLI_CURSOR_EVENTS events or CLI_CURSOR_MS after the last one.
 */
#ifndef LIBCAR_CLI_CURSOR_H
#define LIBCAR_CLI_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/stream/job.h"
#include "libcar/stream/ndjson.h"

#define CLI_CURSOR_EVENTS 1000
#define CLI_CURSOR_MS 1000

/* All zero, but for the caller's fields, before it begins. */
struct cli_cursor {
	/* The caller's. */
	const char *service; /* an origin; NULL or "": write no lines */
	const char *stream;  /* NSID of its endpoint */

	bool known;   /* there is a place to start after, which is seq */
	uint64_t seq; /* of the last event; 0: none */
	uint64_t at;  /* its time, microseconds since 1970; 0: not known */

	/* The module's own. */
	bool behind;               /* there was an event after the last line */
	uint64_t events, since_ms; /* since a line was due */
};

void cli_cursor_begin(struct cli_cursor *);

/* If the `cursor` line is of this service and stream, start after it. -1:
 * STATUS_BAD_LINE. */
int cli_cursor_take(struct cli_cursor *, struct job *, struct status *);

/* Read standard input to its end, unless it is a terminal, and call take for
 * each `cursor` line. A line that is wrong ends the program. */
void cli_cursor_read(int (*take)(void *arg, struct job *, struct status *),
    void *arg);

/* The lines of this event are written. */
void cli_cursor_move(struct cli_cursor *, uint64_t seq, uint64_t at);

/* A line is written for an event that did not move the cursor. */
void cli_cursor_touch(struct cli_cursor *);

bool cli_cursor_due(const struct cli_cursor *);

/* The line is due: write it, with this seq, if there was an event since the
 * last one. 0: no event came before those that wait; write nothing. */
void cli_cursor_write(struct cli_cursor *, struct ndjson_out *, uint64_t seq);

#endif
