#include "config.h"

#include <string.h>

#include "libcar/db_sqlite.h"

#define CURSOR_STEPS 16 /* rows gone over before a new search */

static struct db_sqlite *
self(struct db *db)
{
	return (struct db_sqlite *)db;
}

static int
compare(const struct line_text *a, const char *b, size_t b_len)
{
	size_t n = a->len < b_len ? a->len : b_len;
	int c = memcmp(a->at, b, n);

	return c != 0 ? c : (a->len > b_len) - (a->len < b_len);
}

/* Columns: id, rev, state, cid, and rkey. */
static void
take_entry(sqlite3_stmt *stmt, struct db_entry *e)
{
	e->id = sqlite3_column_int64(stmt, 0);
	db_sqlite_rev(e->rev, stmt, 1);
	e->state = sqlite3_column_int(stmt, 2);
	e->cid = db_sqlite_text(stmt, 3);
}

static int
step(struct db_sqlite *d, struct status *st)
{
	struct db_sqlite_cursor *c = &d->cursor;
	int got = db_sqlite_step(d, c->stmt, st);

	c->end = got == 0;
	if (got == 1)
		c->rkey = db_sqlite_text(c->stmt, 4);
	return got;
}

static int
seek(struct db_sqlite *d, const struct db_key *k, struct status *st)
{
	struct db_sqlite_cursor *c = &d->cursor;
	int got;

	if (c->stmt == NULL &&
	    (c->stmt = db_sqlite_prepare(d,
		 "SELECT id, rev, state, cid, rkey FROM entry "
		 "WHERE account = ? AND collection = ? AND rkey >= ? "
		 "ORDER BY rkey",
		 st)) == NULL)
		return -1;
	c->known = false;
	sqlite3_reset(c->stmt);
	sqlite3_bind_int64(c->stmt, 1, k->account);
	sqlite3_bind_int64(c->stmt, 2, k->collection);
	sqlite3_bind_text64(c->stmt, 3, k->rkey.at, k->rkey.len,
	    SQLITE_TRANSIENT, SQLITE_UTF8);
	if ((got = step(d, st)) == -1)
		return -1;
	c->account = k->account;
	c->collection = k->collection;
	c->known = k->rkey.len <= sizeof(c->last);
	return got;
}

/* Can the key be found by going on from the last one? */
static bool
follows(const struct db_sqlite_cursor *c, const struct db_key *k)
{
	return c->known && c->account == k->account &&
	    c->collection == k->collection &&
	    compare(&k->rkey, c->last, c->last_len) > 0;
}

/*
 * Keys mostly come in order: then the rows that are there are gone over
 * beside them, and where there are no more nothing has to be looked up. One
 * statement a key instead takes 4 times as long.
 */
static int
find(struct db *db, const struct db_key *k, struct db_entry *e,
    struct status *st)
{
	struct db_sqlite *d = self(db);
	struct db_sqlite_cursor *c = &d->cursor;
	int steps, order = -1;

	if (!follows(c, k) && seek(d, k, st) == -1)
		return -1;
	for (steps = 0; !c->end; steps++) {
		order = compare(&c->rkey, k->rkey.at, k->rkey.len);
		if (order >= 0)
			break;
		if ((steps < CURSOR_STEPS ? step(d, st) : seek(d, k, st)) == -1)
			return -1;
	}
	c->known = c->known && k->rkey.len <= sizeof(c->last);
	if (c->known) {
		memcpy(c->last, k->rkey.at, k->rkey.len);
		c->last_len = k->rkey.len;
	}
	if (c->end || order != 0)
		return 0;
	take_entry(c->stmt, e);
	return 1;
}

/* Rows may not stay open over a commit: they would be of an old state and
 * keep the WAL from being reused. That no keys follow stays known. */
void
db_sqlite_entry_pause(struct db_sqlite *d)
{
	struct db_sqlite_cursor *c = &d->cursor;

	if (c->stmt == NULL || c->end)
		return;
	sqlite3_reset(c->stmt);
	c->known = false;
}

static int
get(struct db *db, int64_t entry, struct db_entry *e, struct status *st)
{
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT id, rev, state, cid FROM entry WHERE id = ?", "i", entry);

	if (got != 1)
		return got;
	take_entry(stmt, e);
	sqlite3_reset(stmt);
	return 1;
}

/* What doesn't change from row to row stays bound. */
static int
insert(struct db_sqlite *d, const struct db_key *k, struct db_entry *e,
    const struct line_text *record, struct status *st)
{
	sqlite3_stmt *s = d->insert;

	if (s == NULL &&
	    (s = d->insert = db_sqlite_prepare(d,
		 "INSERT INTO entry (account, collection, rkey, rev, state, "
		 "indexed, cid, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		 st)) == NULL)
		return -1;
	if (d->insert_key.account != k->account)
		sqlite3_bind_int64(s, 1, k->account);
	if (d->insert_key.collection != k->collection)
		sqlite3_bind_int64(s, 2, k->collection);
	d->insert_key = *k;
	sqlite3_bind_text(s, 3, k->rkey.at, k->rkey.len, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, e->rev, DB_REV_BYTES - 1, SQLITE_STATIC);
	sqlite3_bind_int(s, 5, e->state);
	sqlite3_bind_int64(s, 6, d->db.now_ms / 1000);
	sqlite3_bind_text(s, 7, e->cid.at, e->cid.len, SQLITE_STATIC);
	sqlite3_bind_text(s, 8, record->at, record->len, SQLITE_STATIC);
	if (db_sqlite_step(d, s, st) == -1)
		return -1;
	e->id = sqlite3_last_insert_rowid(d->conn);
	return 0;
}

static int
put(struct db *db, const struct db_key *k, struct db_entry *e,
    const struct line_text *record, struct status *st)
{
	if (e->id == 0)
		return insert(self(db), k, e, record, st);
	return db_sqlite_run(self(db), st,
	    "UPDATE entry SET rev = ?, state = ?, indexed = ?, cid = ?, "
	    "record = ? WHERE id = ?",
	    "siitti", e->rev, (int64_t)e->state, db->now_ms / 1000, &e->cid,
	    record, e->id);
}

static int
touch(struct db *db, const struct db_entry *e, struct status *st)
{
	return db_sqlite_run(self(db), st,
	    "UPDATE entry SET rev = ?, state = ? WHERE id = ?", "sii", e->rev,
	    (int64_t)e->state, e->id);
}

static int
remove_entry(struct db *db, int64_t entry, struct status *st)
{
	struct db_sqlite *d = self(db);

	/* The row find is at may be this one. */
	if (!d->cursor.end)
		d->cursor.known = false;
	return db_sqlite_run(d, st, "DELETE FROM entry WHERE id = ?", "i",
	    entry);
}

static int
next_collection(struct db *db, int64_t account, int64_t *collection,
    struct status *st)
{
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT collection FROM entry WHERE account = ? AND "
	    "collection > ? ORDER BY collection LIMIT 1",
	    "ii", account, *collection);

	if (got != 1)
		return got;
	*collection = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return 1;
}

static int
count(struct db *db, int64_t account, int64_t collection, uint64_t *n,
    struct status *st)
{
	sqlite3_stmt *stmt;

	if (db_sqlite_query(self(db), &stmt, st,
		"SELECT count(*) FROM entry WHERE account = ? AND "
		"collection = ?",
		"ii", account, collection) != 1)
		return -1;
	*n = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

/* skipped(id), for the statement of keys(). */
static void
skipped(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	struct db_sqlite *d = sqlite3_user_data(context);

	(void)argc;
	sqlite3_result_int(context,
	    d->skip(d->skip_arg, sqlite3_value_int64(argv[0])));
}

int
db_sqlite_entry_open(struct db_sqlite *d)
{
	return sqlite3_create_function(d->conn, "skipped", 1,
	    SQLITE_UTF8 | SQLITE_DIRECTONLY, d, skipped, NULL, NULL);
}

/*
 * Only the index is read, and only what isn't skipped leaves SQLite: 1.5 times
 * as fast as to step through all rows.
 */
static int
keys(struct db *db, int64_t account, int64_t collection,
    bool (*skip)(void *, int64_t),
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	struct db_key k = { account, collection, { NULL, 0 } };
	struct db_sqlite *d = self(db);
	struct db_entry e = { 0 };
	sqlite3_stmt *stmt;
	int got;

	d->skip = skip;
	d->skip_arg = arg;
	got = db_sqlite_query(d, &stmt, st,
	    "SELECT id, rkey FROM entry WHERE account = ? AND collection = ? "
	    "AND NOT skipped(id) ORDER BY rkey",
	    "ii", account, collection);
	for (; got == 1; got = db_sqlite_step(d, stmt, st)) {
		e.id = sqlite3_column_int64(stmt, 0);
		k.rkey = db_sqlite_text(stmt, 1);
		if (fn(arg, &k, &e, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

static int
tombstones(struct db *db, int64_t account,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	struct db_key k = { account, 0, { NULL, 0 } };
	struct db_entry e;
	sqlite3_stmt *stmt;
	int got = db_sqlite_query(self(db), &stmt, st,
	    "SELECT id, rev, state, cid, rkey, collection FROM entry "
	    "WHERE account = ? AND state >= 4 ORDER BY id",
	    "i", account);

	for (; got == 1; got = db_sqlite_step(self(db), stmt, st)) {
		take_entry(stmt, &e);
		k.rkey = db_sqlite_text(stmt, 4);
		k.collection = sqlite3_column_int64(stmt, 5);
		if (fn(arg, &k, &e, st) == -1) {
			sqlite3_reset(stmt);
			return -1;
		}
	}
	return got;
}

void
db_sqlite_entry_methods(struct db_methods *m)
{
	m->find = find;
	m->get = get;
	m->put = put;
	m->touch = touch;
	m->remove = remove_entry;
	m->next_collection = next_collection;
	m->count = count;
	m->keys = keys;
	m->tombstones = tombstones;
}
