/*
 * db_postgres: a database of a PostgreSQL server.
 *
 * It implements db.h with libpq: postgres_schema.c has the tables,
 * postgres_statement.c sends statements, postgres_entry.c handles entries.
 *
 * Several processes may write at the same time, but not the same account: a
 * transaction first locks its accounts, in the order of their DIDs, and may
 * then take the single lock for what all accounts share. So processes never
 * wait for each other in a circle.
 */
#ifndef LIBCAR_DB_POSTGRES_PRIVATE_H
#define LIBCAR_DB_POSTGRES_PRIVATE_H

#include "libcar/db/db.h"

/* read: open only for reading. */
int db_postgres_open(struct db **out, const char *name, bool read,
    unsigned wait_ms, struct status *);

#endif
