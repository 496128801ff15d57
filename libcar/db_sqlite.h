/*
 * db_sqlite: the database as an SQLite file. Layer 5.
 *
 * What db.h says, in SQL: db_sqlite_schema.c has the tables,
 * db_sqlite_entry.c what concerns entries, db_sqlite_import.c coverage and
 * snapshots, db_sqlite_account.c accounts and errors, db_sqlite_standing.c
 * what at-status asks for. The file is in WAL mode; several processes may
 * write it, one at a time.
 *
 * Statements are prepared once and found again by the address of their text.
 */
#ifndef LIBCAR_DB_SQLITE_H
#define LIBCAR_DB_SQLITE_H

#include <sqlite3.h>

#include "libcar/db.h"

#define DB_SQLITE_APPLICATION 0x61747031 /* PRAGMA application_id */
#define DB_SQLITE_VERSION 2              /* of the tables: user_version */
#define DB_SQLITE_STATEMENTS 64
#define DB_SQLITE_KEY_BYTES 1024 /* record keys found in order */

/* Where the last look-up left off: see db_sqlite_entry_find(). */
struct db_sqlite_cursor {
	sqlite3_stmt *stmt;
	bool known; /* the keys after `last` begin where stmt stands */
	bool end;   /* there are none */
	int64_t account, collection;
	struct line_text rkey; /* of the row it stands at */
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
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} cache[DB_SQLITE_STATEMENTS];
	unsigned ncached;
	struct db_sqlite_cursor cursor;
	bool (*skip)(void *, int64_t); /* of the keys() that is running */
	void *skip_arg;
	sqlite3_stmt *insert; /* of entries, and what is bound to it */
	struct db_key insert_key;
	struct buf text; /* the last NSID or DID given out */
};

extern const char db_sqlite_schema[];

/* What brings the tables of an older version, within a transaction, as far as
 * the views, which are then to be made: NULL if the version isn't known. */
const char *db_sqlite_upgrade(int64_t version, const char **views);

/* read: only read. */
int db_sqlite_open(struct db **out, const char *path, bool read,
    unsigned wait_ms, struct status *);

/* The last error's status; always -1. */
int db_sqlite_fail(struct db_sqlite *, struct status *);

/* A prepared statement, reset. NULL: no. */
sqlite3_stmt *db_sqlite_prepare(struct db_sqlite *, const char *sql,
    struct status *);

/*
 * Bind and run a statement. The format has a letter for each parameter: i an
 * int64_t, t a const struct line_text *, s a string, NULL or empty for NULL,
 * c a chunk of bits. db_sqlite_query() steps to the first row: 1 and the
 * statement in *out, to be stepped on or reset, 0 none, -1 failed.
 */
int db_sqlite_run(struct db_sqlite *, struct status *, const char *sql,
    const char *format, ...);
int db_sqlite_query(struct db_sqlite *, sqlite3_stmt **out, struct status *,
    const char *sql, const char *format, ...);
int db_sqlite_step(struct db_sqlite *, sqlite3_stmt *, struct status *);

/* A column's text, borrowed; a rev copied to a buffer of DB_REV_BYTES. */
struct line_text db_sqlite_text(sqlite3_stmt *, int column);
void db_sqlite_rev(char *rev, sqlite3_stmt *, int column);

/* db.h's methods, by the file they are in. */
void db_sqlite_entry_methods(struct db_methods *);
void db_sqlite_import_methods(struct db_methods *);
void db_sqlite_account_methods(struct db_methods *);
void db_sqlite_standing_methods(struct db_methods *);

/* Make the function skipped() known to SQL. */
int db_sqlite_entry_open(struct db_sqlite *);

/* Let go of the rows that find is at: before a commit. */
void db_sqlite_entry_pause(struct db_sqlite *);

#endif
