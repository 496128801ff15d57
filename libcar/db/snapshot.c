#include "config.h"

#include "libcar/db/each_private.h"
#include "libcar/db/snapshot.h"

/*
 * Snapshots in progress are stored so that the next process can continue them.
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

/* Take an id that no other process has. */
static int
new_id(struct db *db, int64_t *id, struct status *st)
{
	struct db_rows rows;

	if (db->nsnapshots == 0) {
		db_query(db, &rows, st,
		    "SELECT nextval(pg_get_serial_sequence('snapshot', 'id')) "
		    "FROM generate_series(1, $1::integer)",
		    "i", (int64_t)DB_SNAPSHOTS);
		while (db_next(&rows))
			db->snapshots[db->nsnapshots++] = db_integer(&rows, 0);
		if (db_end(&rows) == -1)
			return -1;
	}
	*id = db->snapshots[--db->nsnapshots];
	return 0;
}

/* Reserve many ids at once, to save round trips to the server. */
int
db_put_snapshot(struct db *db, int64_t account, struct db_snapshot *s,
    struct status *st)
{
	static const struct db_many put = {
		.all = "INSERT INTO snapshot (id, account, rev, listed) "
		       "SELECT * FROM unnest($1, $2, $3, $4)",
		.format = "iisi",
		.stage = DB_PUTS,
	};

	if (!db->driver->arrays)
		return db_one(db, st, &s->id,
		    "INSERT INTO snapshot (account, rev, listed) "
		    "VALUES ($1, $2, $3) RETURNING id",
		    "isi", account, s->rev, (int64_t)s->listed);
	if (new_id(db, &s->id, st) == -1)
		return -1;
	return db_run_many(db, st, &put, s->id, account, s->rev,
	    (int64_t)s->listed);
}

#define DROP(table, column) \
	{ \
		.one = "DELETE FROM " table " WHERE " column " = $1", \
		.all = "DELETE FROM " table " WHERE " column " = ANY ($1)", \
		.format = "i", .stage = DB_DROPS \
	}

int
db_drop_snapshot(struct db *db, int64_t id, struct status *st)
{
	static const struct db_many drops[] = {
		DROP("snapshot", "id"),
		DROP("snapshot_filter", "snapshot"),
		DROP("snapshot_count", "snapshot"),
		DROP("seen", "snapshot"),
		DROP("seen_key", "snapshot"),
	};
	size_t i;

	for (i = 0; i < sizeof(drops) / sizeof(drops[0]); i++)
		if (db_run_many(db, st, &drops[i], id) == -1)
			return -1;
	return 0;
}

/* The contents of a snapshot: fn, of one kind or the other */
struct part_taker {
	int (*filter)(void *, size_t, const struct slice *,
	    const struct slice *, struct status *);
	int (*count)(void *, size_t, const struct slice *,
	    const struct db_count *, struct status *);
	int (*seen)(void *, size_t, int64_t, const uint8_t *, struct status *);
	void *arg;
};

static int
take_filter(void *arg, size_t place, const struct db_rows *rows,
    struct status *st)
{
	const struct part_taker *t = arg;
	struct slice filter = db_text(rows, 1), expected = db_text(rows, 2);

	return t->filter(t->arg, place, &filter, &expected, st);
}

int
db_filters(struct db *db, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t, const struct slice *, const struct slice *,
	struct status *),
    void *arg, struct status *st)
{
	static const struct db_question filters = {
		.one = "SELECT 1, filter, expected FROM snapshot_filter "
		       "WHERE snapshot = $1",
		.all = "SELECT k.i, f.filter, f.expected "
		       "FROM unnest($1) WITH ORDINALITY AS k(id, i) "
		       "JOIN snapshot_filter f ON f.snapshot = k.id",
	};
	struct part_taker t = { .filter = fn, .arg = arg };

	return db_each_id(db, &filters, snapshots, n, take_filter, &t, st);
}

int
db_put_filter(struct db *db, int64_t snapshot, const struct slice *filter,
    const struct slice *expected, bool is_new, struct status *st)
{
	/* A snapshot may have many of these, and no index has their texts. */
	static const struct db_many add = {
		.one = "INSERT INTO snapshot_filter (snapshot, filter, "
		       "expected) VALUES ($1, $2, $3)",
		.all = "INSERT INTO snapshot_filter (snapshot, filter, "
		       "expected) SELECT * FROM unnest($1, $2, $3)",
		.format = "itt",
		.stage = DB_PUTS,
	};
	static const struct db_many replace = {
		.one = "UPDATE snapshot_filter SET expected = $3 "
		       "WHERE snapshot = $1 AND filter = $2",
		.all = "UPDATE snapshot_filter f SET expected = k.expected "
		       "FROM unnest($1, $2, $3) AS "
		       "k(snapshot, filter, expected) "
		       "WHERE f.snapshot = k.snapshot AND f.filter = k.filter",
		.format = "itt",
		.stage = DB_PUTS,
	};

	return db_run_many(db, st, is_new ? &add : &replace, snapshot, filter,
	    expected);
}

int
db_drop_filter(struct db *db, int64_t snapshot, const struct slice *filter,
    struct status *st)
{
	static const struct db_many drop = {
		.one = "DELETE FROM snapshot_filter "
		       "WHERE snapshot = $1 AND filter = $2",
		.all = "DELETE FROM snapshot_filter f "
		       "USING unnest($1, $2) AS k(snapshot, filter) "
		       "WHERE f.snapshot = k.snapshot AND f.filter = k.filter",
		.format = "it",
		.stage = DB_DROPS,
	};

	return db_run_many(db, st, &drop, snapshot, filter);
}

static int
take_count(void *arg, size_t place, const struct db_rows *rows,
    struct status *st)
{
	const struct part_taker *t = arg;
	struct slice nsid = db_text(rows, 1);
	struct db_count c;

	c.collection = db_integer(rows, 2);
	c.named = db_integer(rows, 3);
	c.skipped = db_integer(rows, 4);
	c.failed = db_integer(rows, 5);
	return t->count(t->arg, place, &nsid, &c, st);
}

#define COUNTS "n.nsid, c.collection, c.named, c.skipped, c.failed "

int
db_counts(struct db *db, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t, const struct slice *, const struct db_count *,
	struct status *),
    void *arg, struct status *st)
{
	static const struct db_question counts = {
		.one = "SELECT 1, " COUNTS "FROM snapshot_count c "
		       "JOIN collection n ON n.id = c.collection "
		       "WHERE c.snapshot = $1",
		.all = "SELECT k.i, " COUNTS
		       "FROM unnest($1) WITH ORDINALITY AS k(id, i) "
		       "JOIN snapshot_count c ON c.snapshot = k.id "
		       "JOIN collection n ON n.id = c.collection",
	};
	struct part_taker t = { .count = fn, .arg = arg };

	return db_each_id(db, &counts, snapshots, n, take_count, &t, st);
}

#define INTO_COUNT \
	"INSERT INTO snapshot_count (snapshot, collection, named, skipped, " \
	"failed) "
#define OR_COUNT \
	" ON CONFLICT (snapshot, collection) DO UPDATE SET " \
	"named = excluded.named, skipped = excluded.skipped, " \
	"failed = excluded.failed"

int
db_put_count(struct db *db, int64_t snapshot, const struct db_count *c,
    struct status *st)
{
	static const struct db_many put = {
		.one = INTO_COUNT "VALUES ($1, $2, $3, $4, $5)" OR_COUNT,
		.all = INTO_COUNT
		"SELECT * FROM unnest($1, $2, $3, $4, $5)" OR_COUNT,
		.format = "iiiii",
		.stage = DB_PUTS,
	};

	return db_run_many(db, st, &put, snapshot, c->collection,
	    (int64_t)c->named, (int64_t)c->skipped, (int64_t)c->failed);
}

int
db_drop_count(struct db *db, int64_t snapshot, int64_t collection,
    struct status *st)
{
	static const struct db_many drop = {
		.one = "DELETE FROM snapshot_count "
		       "WHERE snapshot = $1 AND collection = $2",
		.all = "DELETE FROM snapshot_count c "
		       "USING unnest($1, $2) AS k(snapshot, collection) "
		       "WHERE c.snapshot = k.snapshot "
		       "AND c.collection = k.collection",
		.format = "ii",
		.stage = DB_DROPS,
	};

	return db_run_many(db, st, &drop, snapshot, collection);
}

static int
take_seen(void *arg, size_t place, const struct db_rows *rows,
    struct status *st)
{
	const struct part_taker *t = arg;
	struct slice bits = db_text(rows, 2);

	if (bits.len != DB_CHUNK_BYTES)
		return 0;
	return t->seen(t->arg, place, db_integer(rows, 1),
	    (const uint8_t *)bits.at, st);
}

int
db_seen(struct db *db, const int64_t *snapshots, size_t n,
    int (*fn)(void *, size_t, int64_t, const uint8_t *, struct status *),
    void *arg, struct status *st)
{
	static const struct db_question seen = {
		.one = "SELECT 1, chunk, bits FROM seen "
		       "WHERE snapshot = $1 ORDER BY chunk",
		.all = "SELECT k.i, s.chunk, s.bits "
		       "FROM unnest($1) WITH ORDINALITY AS k(id, i) "
		       "JOIN seen s ON s.snapshot = k.id",
	};
	struct part_taker t = { .seen = fn, .arg = arg };

	return db_each_id(db, &seen, snapshots, n, take_seen, &t, st);
}

#define INTO_SEEN "INSERT INTO seen (snapshot, chunk, bits) "
#define OR_SEEN \
	" ON CONFLICT (snapshot, chunk) DO UPDATE SET bits = excluded.bits"

int
db_put_seen(struct db *db, int64_t snapshot, int64_t chunk, const uint8_t *bits,
    struct status *st)
{
	static const struct db_many put = {
		.one = INTO_SEEN "VALUES ($1, $2, $3)" OR_SEEN,
		.all = INTO_SEEN "SELECT * FROM unnest($1, $2, $3)" OR_SEEN,
		.format = "iic",
		.stage = DB_PUTS,
	};

	return db_run_many(db, st, &put, snapshot, chunk, bits);
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
