/*
 * db_postgres_value: values of statements, in PostgreSQL's binary form.
 */
#ifndef LIBCAR_DB_POSTGRES_VALUE_PRIVATE_H
#define LIBCAR_DB_POSTGRES_VALUE_PRIVATE_H

#include <libpq-fe.h>
#include <stdarg.h>

#include "libcar/db/driver_private.h"

/* The values of a statement, as libpq takes them. Texts are borrowed; arrays
 * lie in lists, which stay for the next statement. */
struct db_postgres_values {
	const char *at[DB_VALUES];
	int len[DB_VALUES];
	char integers[DB_VALUES][8];
	struct buf lists[DB_VALUES];
};

/* Take those that the format of driver_private.h names: how many there are, or
 * -1. And the type of a letter. */
int db_postgres_bind(struct db_postgres_values *, const char *format, va_list,
    struct status *);
Oid db_postgres_type(char letter);
void db_postgres_values_free(struct db_postgres_values *);

/* A text with its length in front; NULL as that. */
void db_postgres_put_text(struct buf *, const struct slice *);

/* Begin an array of what the letter says, in an empty buffer; and when it has
 * n elements, each with its length in front, say so. */
void db_postgres_list_begin(struct buf *, char letter);
void db_postgres_list_end(struct buf *, size_t n);

/* Add an element that the letter's value says. */
void db_postgres_list_add(struct buf *, char letter, va_list *);

/* An integer of n bytes, big-endian. */
void db_postgres_put_integer(struct buf *, int64_t value, unsigned n);

#endif
