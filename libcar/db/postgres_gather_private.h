/*
 * db_postgres_gather: rows of statements that are run for many of them at once.
 *
 * See struct db_many. They are kept here until they are flushed, which is due
 * before another statement and before the commit.
 */
#ifndef LIBCAR_DB_POSTGRES_GATHER_PRIVATE_H
#define LIBCAR_DB_POSTGRES_GATHER_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

/* Nothing gathered: d->gathers. NULL: no memory. */
struct db_postgres_gathers *db_postgres_gather_open(struct status *);
void db_postgres_gather_close(struct db_postgres *);

/* The driver's method. */
int db_postgres_gather(struct db *, const struct db_many *, va_list,
    struct status *);

/* Run the statements of what is gathered; or forget it. */
int db_postgres_gather_flush(struct db_postgres *, struct status *);
void db_postgres_gather_clear(struct db_postgres *);

#endif
