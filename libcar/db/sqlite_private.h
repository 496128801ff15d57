/*
 * db_sqlite: the database as an SQLite file.
 *
 * What db.h says, in SQL: sqlite_schema.c has the tables, sqlite_statement.c
 * runs statements, sqlite_entry.c has what concerns entries. The file is in WAL
 * mode; several processes may write it, one at a time.
 */
#ifndef LIBCAR_DB_SQLITE_PRIVATE_H
#define LIBCAR_DB_SQLITE_PRIVATE_H

#include "libcar/db/db.h"

/* read: only read. */
int db_sqlite_open(struct db **out, const char *path, bool read,
    unsigned wait_ms, struct status *);

#endif
