#include "config.h"

#include <string.h>

#include "libcar/db_sqlite.h"

static const char *const statuses[] = {
	[DB_NONE] = NULL,
	[DB_IN_PROGRESS] = "in_progress",
	[DB_COMPLETED] = "completed",
	[DB_FAILED] = "failed",
};

static struct db_sqlite *
self(struct db *db)
{
	return (struct db_sqlite *)db;
}

static enum db_import
parse_status(const struct line_text *t)
{
	enum db_import s;

	for (s = DB_IN_PROGRESS; s <= DB_FAILED; s++)
		if (line_text_is(t, statuses[s]))
			return s;
	return DB_NONE;
}

static void
take_coverage(sqlite3_stmt *stmt, struct db_coverage *v)
{
	struct line_text status = db_sqlite_text(stmt, 4);

	v->pattern = (char *)db_sqlite_text(stmt, 0).at;
	db_sqlite_rev(v->floor, stmt, 1);
	db_sqlite_rev(v->loaded, stmt, 2);
	v->listed = sqlite3_column_int(stmt, 3);
	v->status = parse_status(&status);
	v->synced = sqlite3_column_int64(stmt, 5);
	v->skipped = sqlite3_column_int64(stmt, 6);
	v->failed = sqlite3_column_int64(stmt, 7);
	v->started_ms = sqlite3_column_int64(stmt, 8);
	v->completed_ms = sqlite3_column_int64(stmt, 9);
}

static int
coverages(struct db *db, int64_t account,
    int (*fn)(void *, const struct db_coverage *, struct status *), void *arg,
    struct status *st)
{
	struct db_coverage v;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT pattern, floor, loaded, listed, status, synced, skipped, "
	    "failed, started_ms, completed_ms FROM coverage "
	    "WHERE account = ? AND coalesce(floor, loaded, status) IS NOT NULL",
	    "i", account);

	for (; got == 1; got = db_sqlite_step(self(db), stmt, st)) {
		take_coverage(stmt, &v);
		if (fn(arg, &v, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

static int
put_coverage(struct db *db, int64_t account, const struct db_coverage *v,
    struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "INSERT INTO coverage (account, pattern, floor, loaded, listed, "
	    "status, synced, skipped, failed, started_ms, completed_ms) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), nullif(?, 0)) "
	    "ON CONFLICT DO UPDATE SET floor = excluded.floor, "
	    "loaded = excluded.loaded, listed = excluded.listed, "
	    "status = excluded.status, synced = excluded.synced, "
	    "skipped = excluded.skipped, failed = excluded.failed, "
	    "started_ms = excluded.started_ms, "
	    "completed_ms = excluded.completed_ms",
	    "isssisiiiii", account, v->pattern, v->floor, v->loaded,
	    (int64_t)v->listed, statuses[v->status], v->synced, v->skipped,
	    v->failed, v->started_ms, v->completed_ms);
}

/* A cursor stays: another listing may have come as far. */
static int
drop_coverage(struct db *db, int64_t account, const char *pattern,
    struct status *st)
{
	if (db_sqlite_run(self(db), st,
		"DELETE FROM coverage WHERE account = ? AND pattern = ? "
		"AND cursor IS NULL",
		"is", account, pattern) == -1)
		return -1;
	return db_sqlite_run(self(db), st,
	    "UPDATE coverage SET floor = NULL, status = NULL "
	    "WHERE account = ? AND pattern = ?",
	    "is", account, pattern);
}

static int
put_cursor(struct db *db, int64_t account, const struct line *l,
    struct status *st)
{
	struct line_text pattern = l->collection;

	if (pattern.at == NULL)
		pattern = (struct line_text){ "*", 1 };
	return db_sqlite_run(self(db), st,
	    "INSERT INTO coverage (account, pattern, cursor, cursor_rev, "
	    "counts) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
	    "cursor = ?3, cursor_rev = ?4, counts = ?5 "
	    "WHERE coalesce(cursor_rev <= ?4, 1)",
	    "itttt", account, &pattern, &l->cursor, &l->rev, &l->counts);
}

/* What a pattern covers is itself, and what begins with all but its `*`. */
static int
drop_cursors(struct db *db, int64_t account, const char *pattern,
    const char *rev, struct status *st)
{
	if (db_sqlite_run(self(db), st,
		"UPDATE coverage SET cursor = NULL, cursor_rev = NULL, "
		"counts = NULL WHERE account = ?1 AND cursor_rev <= ?3 AND "
		"(pattern = ?2 OR "
		"substr(pattern, 1, length(?2) - 1) || '*' = ?2)",
		"iss", account, pattern, rev) == -1)
		return -1;
	return db_sqlite_run(self(db), st,
	    "DELETE FROM coverage WHERE account = ? AND "
	    "coalesce(floor, loaded, status, cursor) IS NULL",
	    "i", account);
}

static int
snapshots(struct db *db, int64_t account,
    int (*fn)(void *, const struct db_snapshot *, struct status *), void *arg,
    struct status *st)
{
	struct db_snapshot s;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT id, rev, listed, EXISTS (SELECT 1 FROM seen_key "
	    "WHERE snapshot = id) FROM snapshot WHERE account = ?",
	    "i", account);

	for (; got == 1; got = db_sqlite_step(self(db), stmt, st)) {
		s.id = sqlite3_column_int64(stmt, 0);
		db_sqlite_rev(s.rev, stmt, 1);
		s.listed = sqlite3_column_int(stmt, 2);
		s.has_keys = sqlite3_column_int(stmt, 3);
		if (fn(arg, &s, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

static int
put_snapshot(struct db *db, int64_t account, struct db_snapshot *s,
    struct status *st)
{
	if (db_sqlite_run(self(db), st,
		"INSERT INTO snapshot (account, rev, listed) VALUES (?, ?, ?)",
		"isi", account, s->rev, (int64_t)s->listed) == -1)
		return -1;
	s->id = sqlite3_last_insert_rowid(self(db)->conn);
	return 0;
}

static int
drop_snapshot(struct db *db, int64_t id, struct status *st)
{
	struct db_sqlite *d = self(db);

	if (db_sqlite_run(d, st, "DELETE FROM snapshot WHERE id = ?", "i",
		id) == -1 ||
	    db_sqlite_run(d, st,
		"DELETE FROM snapshot_filter WHERE snapshot = ?", "i",
		id) == -1 ||
	    db_sqlite_run(d, st,
		"DELETE FROM snapshot_count WHERE snapshot = ?", "i",
		id) == -1 ||
	    db_sqlite_run(d, st, "DELETE FROM seen WHERE snapshot = ?", "i",
		id) == -1)
		return -1;
	return db_sqlite_run(d, st, "DELETE FROM seen_key WHERE snapshot = ?",
	    "i", id);
}

static int
filters(struct db *db, int64_t snapshot,
    int (*fn)(void *, const struct line_text *, const struct line_text *,
	struct status *),
    void *arg, struct status *st)
{
	struct line_text filter, expected;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT filter, expected FROM snapshot_filter WHERE snapshot = ?",
	    "i", snapshot);

	for (; got == 1; got = db_sqlite_step(self(db), stmt, st)) {
		filter = db_sqlite_text(stmt, 0);
		expected = db_sqlite_text(stmt, 1);
		if (fn(arg, &filter, &expected, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

static int
put_filter(struct db *db, int64_t snapshot, const struct line_text *filter,
    const struct line_text *expected, struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "REPLACE INTO snapshot_filter (snapshot, filter, expected) "
	    "VALUES (?, ?, ?)",
	    "itt", snapshot, filter, expected);
}

static int
drop_filter(struct db *db, int64_t snapshot, const struct line_text *filter,
    struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "DELETE FROM snapshot_filter WHERE snapshot = ? AND filter = ?",
	    "it", snapshot, filter);
}

static int
counts(struct db *db, int64_t snapshot,
    int (*fn)(void *, const struct line_text *, const struct db_count *,
	struct status *),
    void *arg, struct status *st)
{
	struct line_text nsid;
	struct db_count c;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT nsid, collection, named, skipped, failed "
	    "FROM snapshot_count JOIN collection ON id = collection "
	    "WHERE snapshot = ?",
	    "i", snapshot);

	for (; got == 1; got = db_sqlite_step(self(db), stmt, st)) {
		nsid = db_sqlite_text(stmt, 0);
		c.collection = sqlite3_column_int64(stmt, 1);
		c.named = sqlite3_column_int64(stmt, 2);
		c.skipped = sqlite3_column_int64(stmt, 3);
		c.failed = sqlite3_column_int64(stmt, 4);
		if (fn(arg, &nsid, &c, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

static int
put_count(struct db *db, int64_t snapshot, const struct db_count *c,
    struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "REPLACE INTO snapshot_count (snapshot, collection, named, "
	    "skipped, failed) VALUES (?, ?, ?, ?, ?)",
	    "iiiii", snapshot, c->collection, (int64_t)c->named,
	    (int64_t)c->skipped, (int64_t)c->failed);
}

static int
drop_count(struct db *db, int64_t snapshot, int64_t collection,
    struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "DELETE FROM snapshot_count WHERE snapshot = ? AND collection = ?",
	    "ii", snapshot, collection);
}

static int
seen(struct db *db, int64_t snapshot,
    int (*fn)(void *, int64_t, const uint8_t *, struct status *), void *arg,
    struct status *st)
{
	const uint8_t *bits;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT chunk, bits FROM seen WHERE snapshot = ? ORDER BY chunk",
	    "i", snapshot);

	for (; got == 1; got = db_sqlite_step(self(db), stmt, st)) {
		bits = sqlite3_column_blob(stmt, 1);
		if (sqlite3_column_bytes(stmt, 1) != DB_CHUNK_BYTES)
			continue;
		if (fn(arg, sqlite3_column_int64(stmt, 0), bits, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

static int
put_seen(struct db *db, int64_t snapshot, int64_t chunk, const uint8_t *bits,
    struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "REPLACE INTO seen (snapshot, chunk, bits) VALUES (?, ?, ?)", "iic",
	    snapshot, chunk, bits);
}

static int
has_seen_key(struct db *db, int64_t snapshot, const struct db_key *k,
    struct status *st)
{
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT 1 FROM seen_key WHERE snapshot = ? AND collection = ? "
	    "AND rkey = ?",
	    "iit", snapshot, k->collection, &k->rkey);

	if (got == 1)
		sqlite3_reset(stmt);
	return got;
}

static int
add_seen_key(struct db *db, int64_t snapshot, const struct db_key *k,
    struct status *st)
{
	if (db_sqlite_run(self(db), st,
		"INSERT OR IGNORE INTO seen_key (snapshot, collection, rkey) "
		"VALUES (?, ?, ?)",
		"iit", snapshot, k->collection, &k->rkey) == -1)
		return -1;
	return sqlite3_changes(self(db)->conn) > 0;
}

void
db_sqlite_import_methods(struct db_methods *m)
{
	m->coverages = coverages;
	m->put_coverage = put_coverage;
	m->drop_coverage = drop_coverage;
	m->put_cursor = put_cursor;
	m->drop_cursors = drop_cursors;
	m->snapshots = snapshots;
	m->put_snapshot = put_snapshot;
	m->drop_snapshot = drop_snapshot;
	m->filters = filters;
	m->put_filter = put_filter;
	m->drop_filter = drop_filter;
	m->counts = counts;
	m->put_count = put_count;
	m->drop_count = drop_count;
	m->seen = seen;
	m->put_seen = put_seen;
	m->has_seen_key = has_seen_key;
	m->add_seen_key = add_seen_key;
}
