/*
 * db_postgres_copy: write the changed entries of a transaction.
 */
#ifndef LIBCAR_DB_POSTGRES_COPY_PRIVATE_H
#define LIBCAR_DB_POSTGRES_COPY_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

/* Write the changed entries of d->map to the table. */
int db_postgres_copy_changes(struct db_postgres *, struct status *);

#endif
