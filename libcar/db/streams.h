/*
 * streams: the streams that a database follows, and how far it is.
 *
 * A stream is one of events, of a relay, a host or Jetstream, or the export of
 * a PLC directory: its cursor goes on for ever. Cursors of lists are none.
 *
 * This module only reads.
 */
#ifndef LIBCAR_DB_STREAMS_H
#define LIBCAR_DB_STREAMS_H

#include "libcar/db/db.h"

#define DB_STREAMS_MAX 32

/* Borrowed until the function that got it returns. */
struct db_stream {
	struct slice service, stream, cursor;
	int64_t event_ms;   /* when its last event happened; 0: not known */
	int64_t updated_ms; /* when its cursor was stored */
};

/* Call fn for each stream, sorted by service and stream; at most
 * DB_STREAMS_MAX. */
int db_streams(struct db *,
    int (*fn)(void *, const struct db_stream *, struct status *), void *,
    struct status *);

#endif
