#include "config.h"

#include <string.h>

#include "libcar/db/driver_private.h"
#include "libcar/db/pair_private.h"
#include "libcar/db/plc.h"
#include "libcar/db/views_private.h"
#include "libcar/stream/rfc3339.h"

/*
 * One statement stores a line, and compares it with the row that is there. So
 * at-load keeps nothing about DIDs in memory, and needs no account for them.
 */

/* clang-format off */
#define COLUMNS \
"did, cid, seq, ms, created_at, nullified, audited, operation, tombstone, " \
"handle, pds, key, rotation_keys"

/* The order of the lines for an operation. */
#define WINS(row) \
"(" row ".audited, " row ".nullified, " row ".seq, " row ".created_at, " \
row ".operation)"

#define UPSERT(rows) \
"INSERT INTO plc_operation (" COLUMNS ") " rows \
" ON CONFLICT (did, cid) DO UPDATE SET seq = excluded.seq, " \
"ms = excluded.ms, created_at = excluded.created_at, " \
"nullified = excluded.nullified, audited = excluded.audited, " \
"operation = excluded.operation, tombstone = excluded.tombstone, " \
"handle = excluded.handle, pds = excluded.pds, key = excluded.key, " \
"rotation_keys = excluded.rotation_keys " \
"WHERE " WINS("excluded") " > " WINS("plc_operation")

/* A statement must not have two rows of one key. The first value tells keys
 * apart, and is used for nothing else. */
static const struct db_many put = {
	.one = UPSERT("VALUES ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	    "$13, $14)"),
	.all = UPSERT("SELECT " COLUMNS " FROM unnest($1, $2, $3, $4, $5, $6, "
	    "$7, $8, $9, $10, $11, $12, $13, $14) AS k(hash, " COLUMNS ")"),
	.format = "ittiitiitissst",
	.stage = DB_PUTS,
	.once = true,
};
/* clang-format on */

int
db_plc_put(struct db *db, const struct line *l, const struct plc_identity *it,
    struct status *st)
{
	struct slice keys = { it->rotation_keys.data, it->rotation_keys.len };
	int64_t hash = 0;

	if (db_share(db, st) == -1 ||
	    db_pair_hash(db, &l->did, &l->cid, &hash, st) == -1)
		return -1;
	if (keys.len == 0)
		keys.at = NULL;
	return db_run_many(db, st, &put, hash, &l->did, &l->cid, l->seq,
	    rfc3339_parse(&l->created_at), &l->created_at,
	    (int64_t)l->nullified, (int64_t)(l->audit.at != NULL),
	    &l->operation, (int64_t)(it->kind == PLC_IDENTITY_TOMBSTONE),
	    it->doc.handle, it->doc.pds, it->doc.key, &keys);
}

int
db_plc_drop(struct db *db, const struct slice *did, struct status *st)
{
	static const struct db_many drop = {
		.one = "DELETE FROM plc_operation WHERE did = $1",
		.all = "DELETE FROM plc_operation WHERE did = ANY ($1)",
		.format = "t",
		.stage = DB_DROPS,
	};

	return db_share(db, st) == -1 ? -1 : db_run_many(db, st, &drop, did);
}

/* The index that finds the last operations counts all but the nullified ones,
 * so that their JSON isn't read. */
int
db_plc_count(struct db *db, struct db_plc_counts *n, struct status *st)
{
	struct db_rows rows;

	if (db_one(db, st, &n->operations, "SELECT count(*) FROM plc_operation",
		"") == -1)
		return -1;
	db_query(db, &rows, st,
	    "SELECT count(*) FILTER (WHERE audited = 1), "
	    "count(*) FILTER (WHERE audited < 1) "
	    "FROM plc_operation WHERE nullified < 1",
	    "");
	if (db_next(&rows)) {
		n->audited = db_integer(&rows, 0);
		n->unaudited = db_integer(&rows, 1);
	}
	n->nullified = n->operations - n->audited - n->unaudited;
	return db_end(&rows);
}

/* Look-ups */

#define LATEST \
	"SELECT o.did, o.handle, o.pds, o.key, o.tombstone, o.ms " \
	"FROM plc_operation o WHERE "

static int
each_latest(struct db *db, const char *sql, const struct slice *name, int limit,
    int (*fn)(void *, const struct db_plc_latest *, struct status *), void *arg,
    struct status *st)
{
	struct db_plc_latest l;
	struct db_rows rows;

	db_query(db, &rows, st, sql, "ti", name, (int64_t)limit);
	while (db_next(&rows)) {
		l.did = db_text(&rows, 0);
		l.handle = db_text(&rows, 1);
		l.pds = db_text(&rows, 2);
		l.key = db_text(&rows, 3);
		l.is_tombstone = db_integer(&rows, 4) == 1;
		l.created_ms = db_integer(&rows, 5);
		rows.rc = fn(arg, &l, st);
	}
	return db_end(&rows);
}

int
db_plc_begin(struct db *db, struct status *st)
{
	return db->driver->arrays ? 0 : db_run(db, st, "BEGIN", "");
}

int
db_plc_end(struct db *db, struct status *st)
{
	return db->driver->arrays ? 0 : db_run(db, st, "COMMIT", "");
}

/* The order of the view, but the index is read backwards and only once. */
int
db_plc_by_did(struct db *db, const struct slice *did,
    int (*fn)(void *, const struct db_plc_latest *, struct status *), void *arg,
    struct status *st)
{
	static const char sql[] = LATEST
	    "o.did = $1 AND o.nullified < 1 ORDER BY o.audited DESC, "
	    "o.ms DESC, o.seq DESC, o.cid DESC LIMIT $2";

	return each_latest(db, sql, did, 1, fn, arg, st);
}

int
db_plc_by_handle(struct db *db, const struct slice *handle,
    int (*fn)(void *, const struct db_plc_latest *, struct status *), void *arg,
    struct status *st)
{
	static const char sql[] = LATEST
	    "o.handle = $1 AND " DB_PLC_IS_LATEST("o") " LIMIT $2";

	return each_latest(db, sql, handle, DB_PLC_HOLDERS, fn, arg, st);
}

int
db_plc_verdicts(struct db *db, const struct slice *did, int limit,
    int (*fn)(void *, const struct db_plc_verdict *, struct status *),
    void *arg, struct status *st)
{
	struct db_plc_verdict v;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT cid, created_at, handle, pds, nullified, audited, "
	    "tombstone "
	    "FROM plc_operation WHERE did = $1 "
	    "ORDER BY ms DESC, seq DESC, cid LIMIT $2",
	    "ti", did, (int64_t)limit);
	while (db_next(&rows)) {
		v.cid = db_text(&rows, 0);
		v.created_at = db_text(&rows, 1);
		v.handle = db_text(&rows, 2);
		v.pds = db_text(&rows, 3);
		v.is_nullified = db_integer(&rows, 4) == 1;
		v.is_audited = db_integer(&rows, 5) == 1;
		v.is_tombstone = db_integer(&rows, 6) == 1;
		rows.rc = fn(arg, &v, st);
	}
	return db_end(&rows);
}
