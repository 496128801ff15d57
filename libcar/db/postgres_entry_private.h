/*
 * db_postgres_entry: entries in PostgreSQL.
 *
 * These are the methods of the driver that must be fast; see driver_private.h.
 */
#ifndef LIBCAR_DB_POSTGRES_ENTRY_PRIVATE_H
#define LIBCAR_DB_POSTGRES_ENTRY_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

/* Write all changes to the tables, before the commit. */
int db_postgres_entry_flush(struct db_postgres *, struct status *);

int db_postgres_find(struct db *, const struct db_key *, struct db_entry *,
    struct status *);
int db_postgres_put(struct db *, const struct db_key *, struct db_entry *,
    const struct slice *record, struct status *);
int db_postgres_touch(struct db *, const struct db_key *,
    const struct db_entry *, struct status *);
int db_postgres_remove(struct db *, const struct db_key *, int64_t entry,
    struct status *);
int db_postgres_keys(struct db *, int64_t account, int64_t collection,
    const struct db_named *,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);
int db_postgres_known(struct db *, int64_t account, bool *known,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *, struct status *);
bool db_postgres_fresh(struct db *, int64_t account);
int db_postgres_settle(struct db *, int64_t account, struct status *);

#endif
