/*
 * db_postgres_gather: collect rows, to write many with one statement.
 *
 * See struct db_many. Rows are kept here until a flush, which must come before
 * any other statement and before the commit.
 */
#ifndef LIBCAR_DB_POSTGRES_GATHER_PRIVATE_H
#define LIBCAR_DB_POSTGRES_GATHER_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

/* An empty collection, for d->gathers. NULL: no memory. */
struct db_postgres_gathers *db_postgres_gather_open(struct status *);
void db_postgres_gather_close(struct db_postgres *);

/* The method of the driver. */
int db_postgres_gather(struct db *, const struct db_many *, va_list,
    struct status *);

/* Run the statements of all collected rows; or drop the rows. */
int db_postgres_gather_flush(struct db_postgres *, struct status *);
void db_postgres_gather_clear(struct db_postgres *);

#endif
