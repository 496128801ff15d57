/*
 * db_columns: rows of values, stored as one array for each column.
 */
#ifndef LIBCAR_DB_COLUMNS_PRIVATE_H
#define LIBCAR_DB_COLUMNS_PRIVATE_H

#include "libcar/base/pool.h"
#include "libcar/db/driver_private.h"

struct db_columns {
	const char *format; /* a letter for each column, as for a statement */
	struct db_list lists[DB_VALUES];
	size_t n; /* number of rows in each list */
	struct pool pool;
};

/* Allocate room for n rows of columns i, t or s; add a row, whose texts are
 * borrowed. */
int db_columns_open(struct db_columns *, const char *format, size_t rows,
    struct status *);
void db_columns_add(struct db_columns *, ...);

void db_columns_free(struct db_columns *);

#endif
