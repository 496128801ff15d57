/*
 * db_sqlite: the database as an SQLite file.
 *
 * What db.h says, in SQL: db_sqlite_schema.c has the tables,
 * db_sqlite_entry.c what concerns entries. The file is in WAL
 * mode; several processes may write it, one at a time.
 *
 * Statements are prepared once and found again by the address of their text.
 */
#ifndef LIBCAR_DB_SQLITE_PRIVATE_H
#define LIBCAR_DB_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "libcar/db/driver_private.h"

#define DB_SQLITE_APPLICATION 0x61747031 /* PRAGMA application_id */
#define DB_SQLITE_VERSION 3              /* of the tables: user_version */
#define DB_SQLITE_KEY_BYTES 1024         /* record keys found in order */

/* Where the last look-up left off: see find() of db_sqlite_entry.c. */
struct db_sqlite_cursor {
	sqlite3_stmt *stmt;
	bool known; /* the keys after `last` begin where stmt stands */
	bool end;   /* there are none */
	int64_t account, collection;
	struct slice rkey; /* of the row it stands at */
	char last[DB_SQLITE_KEY_BYTES];
	size_t last_len;
};

struct db_sqlite {
	struct db db;
	sqlite3 *conn;
	char *path;
	unsigned wait_ms;
	bool waited;    /* the last begin met another process */
	bool contended; /* or another has written since the one before */
	int64_t began_ms, held_ms; /* of the last transaction */
	int64_t data_version;
	struct db_sqlite_statement {
		const char *sql;
		sqlite3_stmt *stmt;
		int at[DB_VALUES]; /* of the parameters $1, $2, ... */
	} cache[DB_STATEMENTS];
	unsigned ncached;
	struct db_sqlite_cursor cursor;
	const struct db_named *named; /* of the keys() that is running */
	sqlite3_stmt *insert;         /* of entries, and what is bound to it */
	struct db_key insert_key;
};

extern const char db_sqlite_schema[];

/* What brings the tables of a version to the next one, and those of the
 * present one their views anew; within a transaction. NULL: not known. */
const char *db_sqlite_upgrade(int64_t version);

/* read: only read. */
int db_sqlite_open(struct db **out, const char *path, bool read,
    unsigned wait_ms, struct status *);

/* The last error's status; always -1. */
int db_sqlite_fail(struct db_sqlite *, struct status *);

/* A prepared statement, reset. NULL: no. */
sqlite3_stmt *db_sqlite_prepare(struct db_sqlite *, const char *sql,
    struct status *);

/* Step a statement: 1 a row, 0 none and the statement is reset, -1. */
int db_sqlite_step(struct db_sqlite *, sqlite3_stmt *, struct status *);

/* Columns; texts are borrowed until the next step. */
struct slice db_sqlite_text(sqlite3_stmt *, int column);
void db_sqlite_rev(char *rev, sqlite3_stmt *, int column);

/* Entries: the methods, what the connection needs for them, and what has to
 * be done before a commit. */
void db_sqlite_entry_methods(struct db_driver *);
int db_sqlite_entry_open(struct db_sqlite *);
void db_sqlite_entry_pause(struct db_sqlite *);

#endif
