/*
 * db_sqlite_statement: SQLite statements, and their rows.
 *
 * A statement is prepared once, and found again by the address of its text.
 */
#ifndef LIBCAR_DB_SQLITE_STATEMENT_PRIVATE_H
#define LIBCAR_DB_SQLITE_STATEMENT_PRIVATE_H

#include <sqlite3.h>

#include "libcar/db/driver_private.h"

struct db_sqlite_entries;

struct db_sqlite {
	struct db db;
	sqlite3 *conn;
	char *path;
	bool read; /* opened read-only */
	struct db_sqlite_statement {
		const char *sql;
		sqlite3_stmt *stmt;
		int at[DB_VALUES]; /* of the parameters $1, $2, ... */
	} cache[DB_STATEMENTS];
	unsigned ncached;
	unsigned limit_ms; /* of a statement; 0: none */
	uint64_t until_ms; /* of the one that runs, by the clock */
	struct db_sqlite_entries *entries; /* private to sqlite_entry.c */

	/* For transactions: sqlite.c. */
	unsigned wait_ms;
	int64_t busy_ms; /* since when another process is in the way */
	bool waited;     /* the last begin had to wait for another process */
	bool contended;  /* or another process wrote since the last one */
	int64_t began_ms, held_ms; /* of the last transaction */
	int64_t data_version;
};

static inline struct db_sqlite *
db_sqlite_of(struct db *db)
{
	return (struct db_sqlite *)db;
}

/* Set the status from the last error; returns -1. */
int db_sqlite_fail(struct db_sqlite *, struct status *);

/* Get a prepared statement, reset. NULL: failed. */
sqlite3_stmt *db_sqlite_prepare(struct db_sqlite *, const char *sql,
    struct status *);

/* Step a statement: 1: a row; 0: no row, and the statement is reset; -1. */
int db_sqlite_step(struct db_sqlite *, sqlite3_stmt *, struct status *);

/* The driver's methods for statements. */
int db_sqlite_query(struct db *, struct db_rows *, const char *sql,
    const char *format, va_list, struct status *);
int db_sqlite_next(struct db_rows *, struct status *);
void db_sqlite_done(struct db_rows *);
struct slice db_sqlite_column(const struct db_rows *, int column);
int64_t db_sqlite_integer(const struct db_rows *, int column);

#endif
