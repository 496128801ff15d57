#include "config.h"

#include "libcar/db/driver_private.h"
#include "libcar/db/streams.h"

/*
 * The table of cursors is small: some streams, and the lists of hosts.
 */

int
db_streams(struct db *db,
    int (*fn)(void *, const struct db_stream *, struct status *), void *arg,
    struct status *st)
{
	struct db_stream s;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT service, stream, cursor, coalesce(event_ms, 0), "
	    "coalesce(updated_ms, 0) FROM service "
	    "WHERE stream <> '' AND stream NOT LIKE 'com.atproto.%.list%' "
	    "ORDER BY service, stream, collection LIMIT $1",
	    "i", (int64_t)DB_STREAMS_MAX);
	while (db_next(&rows)) {
		s.service = db_text(&rows, 0);
		s.stream = db_text(&rows, 1);
		s.cursor = db_text(&rows, 2);
		s.event_ms = db_integer(&rows, 3);
		s.updated_ms = db_integer(&rows, 4);
		rows.rc = fn(arg, &s, st);
	}
	return db_end(&rows);
}
