/*
 * db_postgres_value: values of statements, in PostgreSQL's binary format.
 */
#ifndef LIBCAR_DB_POSTGRES_VALUE_PRIVATE_H
#define LIBCAR_DB_POSTGRES_VALUE_PRIVATE_H

#include <libpq-fe.h>
#include <stdarg.h>

#include "libcar/db/driver_private.h"

/* The values of a statement, for libpq. Texts are borrowed; arrays are in
 * lists, which are reused by the next statement. */
struct db_postgres_values {
	const char *at[DB_VALUES];
	int len[DB_VALUES];
	char integers[DB_VALUES][8];
	struct buf lists[DB_VALUES];
};

/* Take the values that the format of driver_private.h describes; returns their
 * number, or -1. And the type of a letter. */
int db_postgres_bind(struct db_postgres_values *, const char *format, va_list,
    struct status *);
Oid db_postgres_type(char letter);
void db_postgres_values_free(struct db_postgres_values *);

/* Append a text, after its length; NULL as NULL. */
void db_postgres_put_text(struct buf *, const struct slice *);

/* Begin an array of this letter's type, in an empty buffer; end it with its
 * number of elements. */
void db_postgres_list_begin(struct buf *, char letter);
void db_postgres_list_end(struct buf *, size_t n);

/* Add an element of this letter's type. */
void db_postgres_list_add(struct buf *, char letter, va_list *);

/* Append an integer of n bytes, big-endian. */
void db_postgres_put_integer(struct buf *, int64_t value, unsigned n);

#endif
