#include "config.h"

#include "libcar/db/each_private.h"
#include "libcar/db/snapshot.h"

/*
 * Snapshots in progress, so that the next process goes on with them.
 */

#define COLUMNS \
	"s.id, s.rev, s.listed, " \
	"EXISTS (SELECT 1 FROM seen_key k WHERE k.snapshot = s.id)"

static const struct db_question question = {
	.one = "SELECT 1, " COLUMNS " FROM snapshot s WHERE s.account = $1 "
	       "ORDER BY s.rev, s.listed",
	.all = "SELECT k.i, " COLUMNS
	       " FROM unnest($1) WITH ORDINALITY AS k(account, i) "
	       "JOIN snapshot s ON s.account = k.account "
	       "ORDER BY k.i, s.rev, s.listed",
};

struct taker {
	int (*fn)(void *, size_t, const struct db_snapshot *, struct status *);
	void *arg;
};

static int
take(void *arg, size_t place, const struct db_rows *rows, struct status *st)
{
	const struct taker *t = arg;
	struct db_snapshot s;

	s.id = db_integer(rows, 1);
	db_rev(s.rev, rows, 2);
	s.listed = db_integer(rows, 3);
	s.has_keys = db_integer(rows, 4);
	return t->fn(t->arg, place, &s, st);
}

int
db_snapshots(struct db *db, struct db_account *const *accounts, size_t n,
    int (*fn)(void *, size_t, const struct db_snapshot *, struct status *),
    void *arg, struct status *st)
{
	struct taker t = { fn, arg };

	return db_each(db, &question, accounts, n, take, &t, st);
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
