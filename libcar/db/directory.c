#include "config.h"

#include "libcar/db/directory.h"
#include "libcar/db/driver_private.h"

/*
 * Each statement reads one range of an index: plc_operation_latest backwards
 * for the last operation, plc_operation_key or plc_operation_latest for a log,
 * plc_operation_seq and plc_operation_ms for an export.
 */

#define SELECT \
	"SELECT o.did, o.cid, o.created_at, o.operation, o.seq, " \
	"o.nullified, o.tombstone FROM plc_operation o WHERE "

/* The audited operations, or all if none is audited. */
#define COUNTS \
	"o.did = $1 AND o.audited = (SELECT max(m.audited) " \
	"FROM plc_operation m WHERE m.did = $1) "

static int
use_all(struct db_rows *rows, const struct db_directory_use *use)
{
	struct db_directory_entry e;

	while (db_next(rows)) {
		e.did = db_text(rows, 0);
		e.cid = db_text(rows, 1);
		e.created_at = db_text(rows, 2);
		e.operation = db_text(rows, 3);
		e.seq = db_integer(rows, 4);
		e.is_nullified = db_integer(rows, 5) == 1;
		e.is_tombstone = db_integer(rows, 6) == 1;
		rows->rc = use->fn(use->arg, &e, rows->st);
	}
	return db_end(rows);
}

int
db_directory_last(struct db *db, const struct slice *did,
    const struct db_directory_use *use, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    SELECT "o.did = $1 AND o.nullified < 1 ORDER BY o.audited DESC, "
		   "o.ms DESC, o.seq DESC, o.cid DESC LIMIT 1",
	    "t", did);
	return use_all(&rows, use);
}

int
db_directory_log(struct db *db, const struct slice *did, bool nullified,
    int64_t limit, const struct db_directory_use *use, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    nullified ? SELECT COUNTS "ORDER BY o.ms, o.seq, o.cid LIMIT $2" :
			SELECT COUNTS
		"AND o.nullified < 1 ORDER BY o.ms, o.seq, o.cid LIMIT $2",
	    "ti", did, limit);
	return use_all(&rows, use);
}

int
db_directory_after_seq(struct db *db, int64_t seq, int64_t limit,
    const struct db_directory_use *use, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    SELECT "o.seq > $1 AND o.seq >= 0 ORDER BY o.seq LIMIT $2", "ii",
	    seq, limit);
	return use_all(&rows, use);
}

int
db_directory_after_time(struct db *db, int64_t ms, int64_t limit,
    const struct db_directory_use *use, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    SELECT "o.ms > $1 ORDER BY o.ms, o.cid LIMIT $2", "ii", ms, limit);
	return use_all(&rows, use);
}
