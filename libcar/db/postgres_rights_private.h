/*
 * db_postgres_rights: does the role have the rights that it needs?
 *
 * This is checked once, when the database is opened and before anything is
 * written. The error has the statement that grants the missing right.
 */
#ifndef LIBCAR_DB_POSTGRES_RIGHTS_PRIVATE_H
#define LIBCAR_DB_POSTGRES_RIGHTS_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

int db_postgres_rights(struct db_postgres *, struct status *);

/* May the role change the tables or create an index? Check before doing so. */
int db_postgres_may_alter(struct db_postgres *, struct status *);

#endif
