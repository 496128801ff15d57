#include "config.h"

#include <string.h>

#include "libcar/db/driver_private.h"

static const char *const statuses[] = {
	[DB_NONE] = NULL,
	[DB_IN_PROGRESS] = "in_progress",
	[DB_COMPLETED] = "completed",
	[DB_FAILED] = "failed",
};

static enum db_import
parse_status(const struct slice *t)
{
	enum db_import s;

	for (s = DB_IN_PROGRESS; s <= DB_FAILED; s++)
		if (slice_is(t, statuses[s]))
			return s;
	return DB_NONE;
}

static void
take_coverage(const struct db_rows *rows, struct db_coverage *v)
{
	struct slice status = db_text(rows, 4);

	v->pattern = (char *)db_text(rows, 0).at;
	db_rev(v->floor, rows, 1);
	db_rev(v->loaded, rows, 2);
	v->listed = db_integer(rows, 3);
	v->status = parse_status(&status);
	v->synced = db_integer(rows, 5);
	v->skipped = db_integer(rows, 6);
	v->failed = db_integer(rows, 7);
	v->started_ms = db_integer(rows, 8);
	v->completed_ms = db_integer(rows, 9);
}

int
db_coverages(struct db *db, int64_t account,
    int (*fn)(void *, const struct db_coverage *, struct status *), void *arg,
    struct status *st)
{
	struct db_coverage v;
	struct db_rows rows;

	if (db_fresh(db, account))
		return 0;
	db_query(db, &rows, st,
	    "SELECT pattern, floor, loaded, listed, status, synced, skipped, "
	    "failed, started_ms, completed_ms FROM coverage WHERE "
	    "account = $1 AND coalesce(floor, loaded, status) IS NOT NULL",
	    "i", account);
	while (db_next(&rows)) {
		take_coverage(&rows, &v);
		rows.rc = fn(arg, &v, st);
	}
	return db_end(&rows);
}

int
db_put_coverage(struct db *db, int64_t account, const struct db_coverage *v,
    struct status *st)
{
	return db_run(db, st,
	    "INSERT INTO coverage (account, pattern, floor, loaded, listed, "
	    "status, synced, skipped, failed, started_ms, completed_ms) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, 0), "
	    "nullif($11, 0)) ON CONFLICT (account, pattern) DO UPDATE SET "
	    "floor = excluded.floor, loaded = excluded.loaded, "
	    "listed = excluded.listed, "
	    "status = excluded.status, synced = excluded.synced, "
	    "skipped = excluded.skipped, failed = excluded.failed, "
	    "started_ms = excluded.started_ms, "
	    "completed_ms = excluded.completed_ms",
	    "isssisiiiii", account, v->pattern, v->floor, v->loaded,
	    (int64_t)v->listed, statuses[v->status], v->synced, v->skipped,
	    v->failed, v->started_ms, v->completed_ms);
}

/* A cursor stays: another listing may have come as far. */
int
db_drop_coverage(struct db *db, int64_t account, const char *pattern,
    struct status *st)
{
	if (db_run(db, st,
		"DELETE FROM coverage WHERE account = $1 AND pattern = $2 "
		"AND cursor IS NULL",
		"is", account, pattern) == -1)
		return -1;
	return db_run(db, st,
	    "UPDATE coverage SET floor = NULL, status = NULL "
	    "WHERE account = $1 AND pattern = $2",
	    "is", account, pattern);
}

int
db_put_cursor(struct db *db, int64_t account, const struct line *l,
    struct status *st)
{
	struct slice pattern = l->collection;

	if (pattern.at == NULL)
		pattern = (struct slice){ "*", 1 };
	return db_run(db, st,
	    "INSERT INTO coverage (account, pattern, cursor, cursor_rev, "
	    "counts) VALUES ($1, $2, $3, $4, $5) "
	    "ON CONFLICT (account, pattern) DO UPDATE SET "
	    "cursor = $3, cursor_rev = $4, counts = $5 "
	    "WHERE coalesce(coverage.cursor_rev <= $4, true)",
	    "itttt", account, &pattern, &l->cursor, &l->rev, &l->counts);
}

/* What a pattern covers is itself, and what begins with all but its `*`. */
int
db_drop_cursors(struct db *db, int64_t account, const char *pattern,
    const char *rev, struct status *st)
{
	if (db_run(db, st,
		"UPDATE coverage SET cursor = NULL, cursor_rev = NULL, "
		"counts = NULL WHERE account = $1 AND cursor_rev <= $3 AND "
		"(pattern = $2 OR "
		"substr(pattern, 1, length($2) - 1) || '*' = $2)",
		"iss", account, pattern, rev) == -1)
		return -1;
	return db_run(db, st,
	    "DELETE FROM coverage WHERE account = $1 AND "
	    "coalesce(floor, loaded, status, cursor) IS NULL",
	    "i", account);
}

int
db_snapshots(struct db *db, int64_t account,
    int (*fn)(void *, const struct db_snapshot *, struct status *), void *arg,
    struct status *st)
{
	struct db_snapshot s;
	struct db_rows rows;

	if (db_fresh(db, account))
		return 0;
	db_query(db, &rows, st,
	    "SELECT id, rev, listed, EXISTS (SELECT 1 FROM seen_key "
	    "WHERE snapshot = id) FROM snapshot WHERE account = $1",
	    "i", account);
	while (db_next(&rows)) {
		s.id = db_integer(&rows, 0);
		db_rev(s.rev, &rows, 1);
		s.listed = db_integer(&rows, 2);
		s.has_keys = db_integer(&rows, 3);
		rows.rc = fn(arg, &s, st);
	}
	return db_end(&rows);
}

int
db_put_snapshot(struct db *db, int64_t account, struct db_snapshot *s,
    struct status *st)
{
	return db_one(db, st, &s->id,
	    "INSERT INTO snapshot (account, rev, listed) VALUES ($1, $2, $3) "
	    "RETURNING id",
	    "isi", account, s->rev, (int64_t)s->listed);
}

int
db_drop_snapshot(struct db *db, int64_t id, struct status *st)
{

	if (db_run(db, st, "DELETE FROM snapshot WHERE id = $1", "i", id) ==
		-1 ||
	    db_run(db, st, "DELETE FROM snapshot_filter WHERE snapshot = $1",
		"i", id) == -1 ||
	    db_run(db, st, "DELETE FROM snapshot_count WHERE snapshot = $1",
		"i", id) == -1 ||
	    db_run(db, st, "DELETE FROM seen WHERE snapshot = $1", "i", id) ==
		-1)
		return -1;
	return db_run(db, st, "DELETE FROM seen_key WHERE snapshot = $1", "i",
	    id);
}

int
db_filters(struct db *db, int64_t snapshot,
    int (*fn)(void *, const struct slice *, const struct slice *,
	struct status *),
    void *arg, struct status *st)
{
	struct slice filter, expected;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT filter, expected FROM snapshot_filter WHERE snapshot = $1",
	    "i", snapshot);
	while (db_next(&rows)) {
		filter = db_text(&rows, 0);
		expected = db_text(&rows, 1);
		rows.rc = fn(arg, &filter, &expected, st);
	}
	return db_end(&rows);
}

int
db_put_filter(struct db *db, int64_t snapshot, const struct slice *filter,
    const struct slice *expected, struct status *st)
{
	if (db_drop_filter(db, snapshot, filter, st) == -1)
		return -1;
	return db_run(db, st,
	    "INSERT INTO snapshot_filter (snapshot, filter, expected) "
	    "VALUES ($1, $2, $3)",
	    "itt", snapshot, filter, expected);
}

int
db_drop_filter(struct db *db, int64_t snapshot, const struct slice *filter,
    struct status *st)
{
	return db_run(db, st,
	    "DELETE FROM snapshot_filter WHERE snapshot = $1 AND filter = $2",
	    "it", snapshot, filter);
}

int
db_counts(struct db *db, int64_t snapshot,
    int (*fn)(void *, const struct slice *, const struct db_count *,
	struct status *),
    void *arg, struct status *st)
{
	struct slice nsid;
	struct db_count c;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT nsid, collection, named, skipped, failed "
	    "FROM snapshot_count JOIN collection ON id = collection "
	    "WHERE snapshot = $1",
	    "i", snapshot);
	while (db_next(&rows)) {
		nsid = db_text(&rows, 0);
		c.collection = db_integer(&rows, 1);
		c.named = db_integer(&rows, 2);
		c.skipped = db_integer(&rows, 3);
		c.failed = db_integer(&rows, 4);
		rows.rc = fn(arg, &nsid, &c, st);
	}
	return db_end(&rows);
}

int
db_put_count(struct db *db, int64_t snapshot, const struct db_count *c,
    struct status *st)
{
	return db_run(db, st,
	    "INSERT INTO snapshot_count (snapshot, collection, named, "
	    "skipped, failed) VALUES ($1, $2, $3, $4, $5) "
	    "ON CONFLICT (snapshot, collection) DO UPDATE SET "
	    "named = excluded.named, skipped = excluded.skipped, "
	    "failed = excluded.failed",
	    "iiiii", snapshot, c->collection, (int64_t)c->named,
	    (int64_t)c->skipped, (int64_t)c->failed);
}

int
db_drop_count(struct db *db, int64_t snapshot, int64_t collection,
    struct status *st)
{
	return db_run(db, st,
	    "DELETE FROM snapshot_count WHERE snapshot = $1 AND "
	    "collection = $2",
	    "ii", snapshot, collection);
}

int
db_seen(struct db *db, int64_t snapshot,
    int (*fn)(void *, int64_t, const uint8_t *, struct status *), void *arg,
    struct status *st)
{
	struct slice bits;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT chunk, bits FROM seen WHERE snapshot = $1 ORDER BY chunk",
	    "i", snapshot);
	while (db_next(&rows)) {
		bits = db_text(&rows, 1);
		if (bits.len == DB_CHUNK_BYTES)
			rows.rc = fn(arg, db_integer(&rows, 0),
			    (const uint8_t *)bits.at, st);
	}
	return db_end(&rows);
}

int
db_put_seen(struct db *db, int64_t snapshot, int64_t chunk, const uint8_t *bits,
    struct status *st)
{
	return db_run(db, st,
	    "INSERT INTO seen (snapshot, chunk, bits) VALUES ($1, $2, $3) "
	    "ON CONFLICT (snapshot, chunk) DO UPDATE SET bits = excluded.bits",
	    "iic", snapshot, chunk, bits);
}

int
db_has_seen_key(struct db *db, int64_t snapshot, const struct db_key *k,
    bool *has, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT 1 FROM seen_key WHERE snapshot = $1 AND collection = $2 "
	    "AND rkey = $3",
	    "iit", snapshot, k->collection, &k->rkey);
	*has = db_next(&rows);
	return db_end(&rows);
}

int
db_add_seen_key(struct db *db, int64_t snapshot, const struct db_key *k,
    bool *is_new, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st,
	    "INSERT INTO seen_key (snapshot, collection, rkey) "
	    "VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1",
	    "iit", snapshot, k->collection, &k->rkey);
	*is_new = db_next(&rows);
	return db_end(&rows);
}
