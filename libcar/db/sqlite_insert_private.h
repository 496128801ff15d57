/*
 * db_sqlite_insert: new entries, written several rows at a time.
 *
 * The caller flushes the collected rows before each other statement, because
 * that statement may read them, and before the commit.
 */
#ifndef LIBCAR_DB_SQLITE_INSERT_PRIVATE_H
#define LIBCAR_DB_SQLITE_INSERT_PRIVATE_H

#include "libcar/data/cid.h"
#include "libcar/db/entry.h"
#include "libcar/db/sqlite_statement_private.h"

#define DB_SQLITE_ROWS 16 /* maximum number of rows to collect */

/* An entry that isn't written yet. */
struct db_sqlite_row {
	struct db_key key;
	struct db_entry entry;
	struct slice record;
	char cid[CID_MAX_TEXT];
};

/* All zero: nothing is collected. */
struct db_sqlite_inserts {
	struct db_sqlite_row rows[DB_SQLITE_ROWS];
	unsigned n;
	int64_t last_id; /* the greatest id of the table and of the rows */
	bool known;      /* last_id is right, if SQLite still counts as many */
	int changes;     /* changes by this connection */
	sqlite3_stmt *one, *all;
};

/* Collect an entry, and set its id. The key's rkey and the record are borrowed
 * until it is written. */
int db_sqlite_insert(struct db_sqlite *, struct db_sqlite_inserts *,
    const struct db_key *, struct db_entry *, const struct slice *record,
    struct status *);

/* Write what was collected. */
int db_sqlite_insert_flush(struct db_sqlite *, struct db_sqlite_inserts *,
    struct status *);

/* Another process may have written: read the last id again. */
static inline void
db_sqlite_insert_forget(struct db_sqlite_inserts *all)
{
	all->known = false;
}

#endif
