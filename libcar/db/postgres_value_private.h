/*
 * db_postgres_value: values of statements, in PostgreSQL's binary form.
 */
#ifndef LIBCAR_DB_POSTGRES_VALUE_PRIVATE_H
#define LIBCAR_DB_POSTGRES_VALUE_PRIVATE_H

#include <libpq-fe.h>
#include <stdarg.h>

#include "libcar/db/driver_private.h"

/* The values of a statement, as libpq takes them. Texts are borrowed. */
struct db_postgres_values {
	const char *at[DB_VALUES];
	int len[DB_VALUES], binary[DB_VALUES];
	char integers[DB_VALUES][8];
};

/* Take those that the format of driver_private.h names; returns how many there
 * are. And the type of a letter. */
int db_postgres_bind(struct db_postgres_values *, const char *format, va_list);
Oid db_postgres_type(char letter);

/* An array of integers or of texts, for a value of format a or A: it is begun
 * anew in the buffer, and added to n times. */
void db_postgres_array(struct buf *, size_t n, bool texts);
void db_postgres_add_integer(struct buf *, int64_t);
void db_postgres_add_text(struct buf *, const struct slice *);

/* An integer of n bytes, big-endian. */
void db_postgres_put_integer(struct buf *, int64_t value, unsigned n);

#endif
