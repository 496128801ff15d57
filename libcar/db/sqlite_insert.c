#include "config.h"

#include <string.h>

#include "libcar/db/sqlite_insert_private.h"

/*
 * For each statement SQLite opens the table and its index, and a new cursor
 * searches a key from the root of the index. Within a statement the cursor
 * stays at the end of the index, and a key that comes after it needs no search.
 * So one statement inserts several rows: with one row each, a load into a new
 * database takes 1.4 times the instructions.
 *
 * The loader needs an entry's id before the row is written. SQLite gives a new
 * row the id after the greatest one, so this file predicts the ids. It doesn't
 * pass them to SQLite, which would search for each of them.
 */

#define COLUMNS 7

/* If a row violates a constraint, the program ends without a commit. So use
 * FAIL: SQLite then copies no pages to undo a part of the statement. ?1 is the
 * time. */
#define INSERT \
	"INSERT OR FAIL INTO entry (indexed, account, collection, " \
	"rkey, rev, state, cid, record) VALUES "
#define ROW "(?1, ?, ?, ?, ?, ?, ?, ?)"
#define FOUR_ROWS ROW "," ROW "," ROW "," ROW

static void
bind_row(sqlite3_stmt *s, int i, const struct db_sqlite_row *row)
{
	const struct db_entry *e = &row->entry;

	sqlite3_bind_int64(s, i, row->key.account);
	sqlite3_bind_int64(s, i + 1, row->key.collection);
	sqlite3_bind_text(s, i + 2, row->key.rkey.at, row->key.rkey.len,
	    SQLITE_STATIC);
	sqlite3_bind_text(s, i + 3, e->rev, DB_REV_BYTES - 1, SQLITE_STATIC);
	sqlite3_bind_int(s, i + 4, e->state);
	sqlite3_bind_text(s, i + 5, e->cid.at, e->cid.len, SQLITE_STATIC);
	sqlite3_bind_text(s, i + 6, row->record.at, row->record.len,
	    SQLITE_STATIC);
}

/* Insert n rows with a statement of n rows. */
static int
insert(struct db_sqlite *d, sqlite3_stmt *s, const struct db_sqlite_row *row,
    unsigned n, struct status *st)
{
	unsigned i;

	sqlite3_bind_int64(s, 1, d->db.now_ms / 1000);
	for (i = 0; i < n; i++)
		bind_row(s, 2 + COLUMNS * i, &row[i]);
	return db_sqlite_step(d, s, st);
}

static int
prepare(struct db_sqlite *d, struct db_sqlite_inserts *all, struct status *st)
{
	if (all->all != NULL)
		return 0;
	all->one = db_sqlite_prepare(d, INSERT ROW, st);
	if (all->one == NULL)
		return -1;
	all->all = db_sqlite_prepare(d,
	    INSERT FOUR_ROWS "," FOUR_ROWS "," FOUR_ROWS "," FOUR_ROWS, st);
	return all->all == NULL ? -1 : 0;
}

static int
write_rows(struct db_sqlite *d, const struct db_sqlite_inserts *all, unsigned n,
    struct status *st)
{
	unsigned i;

	if (n == DB_SQLITE_ROWS)
		return insert(d, all->all, all->rows, n, st);
	for (i = 0; i < n; i++)
		if (insert(d, all->one, &all->rows[i], 1, st) == -1)
			return -1;
	return 0;
}

int
db_sqlite_insert_flush(struct db_sqlite *d, struct db_sqlite_inserts *all,
    struct status *st)
{
	unsigned n = all->n;

	if (n == 0)
		return 0;
	all->n = 0;
	if (prepare(d, all, st) == -1 || write_rows(d, all, n, st) == -1)
		return -1;
	all->changes = sqlite3_total_changes(d->conn);
	if (sqlite3_last_insert_rowid(d->conn) == all->last_id)
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: the ids of entries don't ascend", d->path);
}

/* Other statements may have removed the last entry: then read its id again. */
static int
find_last_id(struct db_sqlite *d, struct db_sqlite_inserts *all,
    struct status *st)
{
	int changes = sqlite3_total_changes(d->conn);

	if (all->n > 0 || (all->known && all->changes == changes))
		return 0;
	all->known = true;
	all->changes = changes;
	return db_one(&d->db, st, &all->last_id,
	    "SELECT ifnull(max(id), 0) FROM entry", "");
}

int
db_sqlite_insert(struct db_sqlite *d, struct db_sqlite_inserts *all,
    const struct db_key *k, struct db_entry *e, const struct slice *record,
    struct status *st)
{
	struct db_sqlite_row *row = &all->rows[all->n];
	bool fits;

	if (find_last_id(d, all, st) == -1)
		return -1;
	e->id = ++all->last_id;
	row->key = *k;
	row->entry = *e;
	row->record = *record;
	/* Copy the CID: the caller may have unescaped it into a buffer that the
	 * next line overwrites. */
	fits = e->cid.len <= sizeof(row->cid);
	if (e->cid.at != NULL && fits) {
		memcpy(row->cid, e->cid.at, e->cid.len);
		row->entry.cid.at = row->cid;
	}
	if (++all->n < DB_SQLITE_ROWS && fits)
		return 0;
	return db_sqlite_insert_flush(d, all, st);
}
