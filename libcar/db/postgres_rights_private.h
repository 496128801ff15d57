/*
 * db_postgres_rights: may the role do what it is going to?
 *
 * Asked once, when the database is opened. What is missing is an error that
 * has the statement that grants it, before anything is written.
 */
#ifndef LIBCAR_DB_POSTGRES_RIGHTS_PRIVATE_H
#define LIBCAR_DB_POSTGRES_RIGHTS_PRIVATE_H

#include "libcar/db/postgres_statement_private.h"

int db_postgres_rights(struct db_postgres *, struct status *);

/* May it change the tables, or make an index? Before that is done. */
int db_postgres_may_alter(struct db_postgres *, struct status *);

#endif
