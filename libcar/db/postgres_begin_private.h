/*
 * db_postgres_begin: lock the accounts and read the keys of a transaction.
 */
#ifndef LIBCAR_DB_POSTGRES_BEGIN_PRIVATE_H
#define LIBCAR_DB_POSTGRES_BEGIN_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

/* Does the work of db_begin(), after BEGIN. */
int db_postgres_begin(struct db_postgres *, const struct db_plan *,
    struct status *);

#endif
