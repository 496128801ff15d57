/*
 * db_postgres: the database as one of a PostgreSQL server.
 *
 * What db.h says, by libpq: postgres_schema.c has the tables,
 * postgres_statement.c sends statements, postgres_entry.c has what concerns
 * entries.
 *
 * Several processes may write at the same time, but not the same account: a
 * transaction locks its accounts when it begins, in the order of their DIDs,
 * and may then take the one lock for what all accounts share. So nobody waits
 * for somebody who waits for him.
 */
#ifndef LIBCAR_DB_POSTGRES_PRIVATE_H
#define LIBCAR_DB_POSTGRES_PRIVATE_H

#include "libcar/db/db.h"

/* read: only read. */
int db_postgres_open(struct db **out, const char *name, bool read,
    unsigned wait_ms, struct status *);

#endif
