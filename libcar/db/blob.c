#include "config.h"

#include "libcar/db/blob.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/pair_private.h"

/*
 * One statement stores a line, and compares it with the row that is there, as
 * for operations (plc.c).
 */

/* clang-format off */
#define COLUMNS "did, cid, mime_type, size, path, ms"

/* The order of the lines for a blob. */
#define WINS(row) \
"(" row ".ms, coalesce(" row ".mime_type, ''), coalesce(" row ".path, ''), " \
row ".size)"

#define UPSERT(rows) \
"INSERT INTO blob (" COLUMNS ") " rows \
" ON CONFLICT (did, cid) DO UPDATE SET mime_type = excluded.mime_type, " \
"size = excluded.size, path = excluded.path, ms = excluded.ms " \
"WHERE " WINS("excluded") " > " WINS("blob")

/* The first value tells keys apart, and is used for nothing else. */
static const struct db_many put = {
	.one = UPSERT("VALUES ($2, $3, $4, $5, $6, $7)"),
	.all = UPSERT("SELECT " COLUMNS " FROM unnest($1, $2, $3, $4, $5, $6, "
	    "$7) AS k(hash, " COLUMNS ")"),
	.format = "itttiti",
	.stage = DB_PUTS,
	.once = true,
};
/* clang-format on */

int
db_blob_put(struct db *db, const struct line *l, struct status *st)
{
	int64_t hash = 0;

	if (db_share(db, st) == -1 ||
	    db_pair_hash(db, &l->did, &l->cid, &hash, st) == -1)
		return -1;
	return db_run_many(db, st, &put, hash, &l->did, &l->cid, &l->mime_type,
	    l->size, &l->path, l->at_ms);
}

int
db_blob_drop(struct db *db, const struct slice *did, struct status *st)
{
	static const struct db_many drop = {
		.one = "DELETE FROM blob WHERE did = $1",
		.all = "DELETE FROM blob WHERE did = ANY ($1)",
		.format = "t",
		.stage = DB_DROPS,
	};

	return db_share(db, st) == -1 ? -1 : db_run_many(db, st, &drop, did);
}

int
db_blob_get(struct db *db, const struct slice *did, const struct slice *cid,
    int (*fn)(void *, const struct db_blob *, struct status *), void *arg,
    struct status *st)
{
	struct db_blob b = { *cid, { NULL, 0 } };
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT mime_type FROM blob WHERE did = $1 AND cid = $2", "tt", did,
	    cid);
	while (db_next(&rows)) {
		b.mime_type = db_text(&rows, 0);
		rows.rc = fn(arg, &b, st);
	}
	return db_end(&rows);
}

int
db_blob_page(struct db *db, const struct slice *did, const struct slice *after,
    int limit, int (*fn)(void *, const struct db_blob *, struct status *),
    void *arg, struct status *st)
{
	struct db_blob b = { { NULL, 0 }, { NULL, 0 } };
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT cid FROM blob WHERE did = $1 AND cid > $2 "
	    "ORDER BY cid LIMIT $3",
	    "tti", did, after, (int64_t)limit);
	while (db_next(&rows)) {
		b.cid = db_text(&rows, 0);
		rows.rc = fn(arg, &b, st);
	}
	return db_end(&rows);
}
