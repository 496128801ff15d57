/*
 * db_columns: rows of values, stored as one array for each column, so that one
 * statement writes all of them.
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

/* How to write an array: each element alone, or all of them as columns. */
struct db_columns_batch {
	const char *format; /* of the columns */
	size_t size;        /* of an element */
	int (*one)(struct db *, const void *element, struct status *);
	void (*add)(struct db_columns *, const void *element);
	int (*all)(struct db *, const struct db_columns *, struct status *);
};

/* Write n elements, as columns if the driver has arrays. */
int db_columns_write(struct db *, const struct db_columns_batch *,
    const void *elements, size_t n, struct status *);

#endif
