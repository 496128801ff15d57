/*
 * db_sqlite_ahead: the rows of an account's collection, in the order of their
 * keys, read several at a time.
 *
 * A row that was read ahead doesn't show later writes.
 */
#ifndef LIBCAR_DB_SQLITE_AHEAD_PRIVATE_H
#define LIBCAR_DB_SQLITE_AHEAD_PRIVATE_H

#include "libcar/base/buf.h"
#include "libcar/db/entry.h"
#include "libcar/db/sqlite_statement_private.h"

#define DB_SQLITE_AHEAD 64 /* maximum number of rows to read ahead */

struct db_sqlite_ahead {
	sqlite3_stmt *stmt;
	struct db_sqlite_ahead_row {
		int64_t id;
		char rev[DB_REV_BYTES];
		unsigned state;
		size_t rkey, rkey_len, cid, cid_len; /* within text */
		bool has_cid;
	} rows[DB_SQLITE_AHEAD];
	unsigned at, n, want; /* this row, of how many that were read */
	bool end;             /* no rows follow those */
	struct buf text;
};

/* Prepare the connection for it. The value, all zero, must not move. */
int db_sqlite_ahead_open(struct db_sqlite_ahead *, struct db_sqlite *,
    struct status *);
void db_sqlite_ahead_free(struct db_sqlite_ahead *);

/* Read the collection's rows from this key on. */
int db_sqlite_ahead_seek(struct db_sqlite_ahead *, struct db_sqlite *,
    const struct db_key *, struct status *);

/* Go to the first row or to the next one. 1: there is one, 0, -1. */
int db_sqlite_ahead_next(struct db_sqlite_ahead *, struct db_sqlite *,
    struct status *);

/* Forget all rows: there is no next one. */
void db_sqlite_ahead_stop(struct db_sqlite_ahead *);

/* Of this row. The texts are borrowed until the next call. */
int64_t db_sqlite_ahead_id(const struct db_sqlite_ahead *);
struct slice db_sqlite_ahead_rkey(const struct db_sqlite_ahead *);
void db_sqlite_ahead_entry(const struct db_sqlite_ahead *, struct db_entry *);

#endif
