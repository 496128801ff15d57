#include "config.h"

#include "libcar/db/directory.h"
#include "libcar/db/driver_private.h"

/*
 * Each statement reads one range of an index: plc_operation_latest backwards
 * for the last operation, plc_operation_key or plc_operation_latest for a log,
 * plc_operation_seq and plc_operation_ms for an export.
 */

#define COLUMNS \
	"o.did, o.cid, o.created_at, o.operation, o.seq, o.nullified, " \
	"o.tombstone"
#define SELECT "SELECT " COLUMNS " FROM plc_operation o WHERE "

/* The audited operations, or all if none is audited. */
#define COUNTS \
	"o.did = $1 AND o.audited = (SELECT max(m.audited) " \
	"FROM plc_operation m WHERE m.did = $1) "

static int
use_row(struct db_rows *rows, const struct db_directory_use *use)
{
	const struct db_directory_entry e = {
		.did = db_text(rows, 0),
		.cid = db_text(rows, 1),
		.created_at = db_text(rows, 2),
		.operation = db_text(rows, 3),
		.seq = db_integer(rows, 4),
		.is_nullified = db_integer(rows, 5) == 1,
		.is_tombstone = db_integer(rows, 6) == 1,
	};

	return use->fn(use->arg, &e, rows->st);
}

static int
use_all(struct db_rows *rows, const struct db_directory_use *use)
{
	while (db_next(rows))
		rows->rc = use_row(rows, use);
	return db_end(rows);
}

#define LAST \
	"o.did = $1 AND o.nullified < 1 ORDER BY o.audited DESC, " \
	"o.ms DESC, o.seq DESC"

/* Of operations with the same time and number, the greatest CID is the last. */
static int
use_last_by_cid(struct db *db, const struct slice *did,
    const struct db_directory_use *use, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st, SELECT LAST ", o.cid DESC LIMIT 1", "t", did);
	return use_all(&rows, use);
}

/* The index has no CIDs, so an order by CID makes SQLite sort in a temporary
 * table, also a single row: that takes twice as long. So only count whether
 * there is more than one. */
int
db_directory_last(struct db *db, const struct slice *did,
    const struct db_directory_use *use, struct status *st)
{
	struct db_rows rows;
	bool several = false;

	db_query(db, &rows, st,
	    "SELECT " COLUMNS ", (SELECT count(*) FROM plc_operation t "
	    "WHERE t.did = o.did AND t.nullified < 1 AND "
	    "t.audited = o.audited AND t.ms = o.ms AND t.seq = o.seq) "
	    "FROM plc_operation o WHERE " LAST " LIMIT 1",
	    "t", did);
	while (db_next(&rows)) {
		several = db_integer(&rows, 7) > 1;
		if (!several)
			rows.rc = use_row(&rows, use);
	}
	if (db_end(&rows) == -1)
		return -1;
	return several ? use_last_by_cid(db, did, use, st) : 0;
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
