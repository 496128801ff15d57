/*
 * db_sqlite_entry: entries in SQLite.
 *
 * The methods of the driver that must be fast; db.h says what they do.
 */
#ifndef LIBCAR_DB_SQLITE_ENTRY_PRIVATE_H
#define LIBCAR_DB_SQLITE_ENTRY_PRIVATE_H

#include "libcar/db/sqlite_statement_private.h"

/* Create and free d->entries, the connection's data for entries. */
int db_sqlite_entry_open(struct db_sqlite *, struct status *);
void db_sqlite_entry_close(struct db_sqlite *);

/* Write the collected entries. Call this before each statement that this module
 * doesn't make. */
int db_sqlite_entry_flush(struct db_sqlite *, struct status *);

/* Close open rows before a commit. */
void db_sqlite_entry_pause(struct db_sqlite *);

/* Another process has written: forget what is known about rows. */
void db_sqlite_entry_forget(struct db_sqlite *);

/* This account was just created, without entries. */
void db_sqlite_entry_made(struct db_sqlite *, int64_t account);

int db_sqlite_find(struct db *, const struct db_key *, struct db_entry *,
    struct status *);
int db_sqlite_put(struct db *, const struct db_key *, struct db_entry *,
    const struct slice *record, struct status *);
int db_sqlite_touch(struct db *, const struct db_key *, const struct db_entry *,
    struct status *);
int db_sqlite_remove(struct db *, const struct db_key *, int64_t entry,
    struct status *);
int db_sqlite_keys(struct db *, int64_t account, int64_t collection,
    const struct db_named *,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);

#endif
