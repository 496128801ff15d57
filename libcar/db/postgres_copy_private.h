/*
 * db_postgres_copy: what a transaction changed, into the table.
 */
#ifndef LIBCAR_DB_POSTGRES_COPY_PRIVATE_H
#define LIBCAR_DB_POSTGRES_COPY_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

/* Bring the entries of d->map that were changed into the table. */
int db_postgres_copy_changes(struct db_postgres *, struct status *);

#endif
