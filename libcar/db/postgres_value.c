#include "config.h"

#include <string.h>

#include "libcar/db/postgres_value_private.h"

/*
 * Values as PostgreSQL takes them in binary: integers of 8 bytes, big-endian;
 * texts as they are; arrays of one dimension without NULLs.
 */

/* Types, by their OIDs in every PostgreSQL. */
enum { BYTEA = 17, INT8 = 20, TEXT = 25, TEXT_ARRAY = 1009, INT8_ARRAY = 1016 };

void
db_postgres_put_integer(struct buf *b, int64_t value, unsigned n)
{
	char bytes[8];
	unsigned i;

	for (i = 0; i < n; i++)
		bytes[i] = (char)((uint64_t)value >> 8 * (n - 1 - i));
	buf_put(b, bytes, n);
}

void
db_postgres_array(struct buf *b, size_t n, bool texts)
{
	b->len = 0;
	db_postgres_put_integer(b, 1, 4); /* dimensions */
	db_postgres_put_integer(b, 0, 4); /* no NULLs */
	db_postgres_put_integer(b, texts ? TEXT : INT8, 4);
	db_postgres_put_integer(b, (int64_t)n, 4);
	db_postgres_put_integer(b, 1, 4); /* the first one's number */
}

void
db_postgres_add_integer(struct buf *b, int64_t value)
{
	db_postgres_put_integer(b, 8, 4);
	db_postgres_put_integer(b, value, 8);
}

void
db_postgres_add_text(struct buf *b, const struct slice *t)
{
	db_postgres_put_integer(b, (int64_t)t->len, 4);
	buf_put(b, t->at, t->len);
}

Oid
db_postgres_type(char letter)
{
	switch (letter) {
	case 'i':
		return INT8;
	case 'c':
	case 'b':
		return BYTEA;
	case 'a':
		return INT8_ARRAY;
	case 'A':
		return TEXT_ARRAY;
	}
	return TEXT;
}

static void
bind_integer(struct db_postgres_values *v, int i, uint64_t value)
{
	int byte;

	for (byte = 0; byte < 8; byte++)
		v->integers[i][byte] = (char)(value >> (56 - 8 * byte));
	v->at[i] = v->integers[i];
	v->len[i] = 8;
}

int
db_postgres_bind(struct db_postgres_values *v, const char *format, va_list ap)
{
	const struct slice *t;
	const struct buf *b;
	int i;

	for (i = 0; format[i] != '\0'; i++) {
		v->binary[i] = 1;
		switch (format[i]) {
		case 'i':
			bind_integer(v, i, (uint64_t)va_arg(ap, int64_t));
			break;
		case 't':
		case 'b':
			t = va_arg(ap, const struct slice *);
			v->at[i] = t->at;
			v->len[i] = (int)t->len;
			break;
		case 's':
			v->at[i] = va_arg(ap, const char *);
			if (v->at[i] != NULL && *v->at[i] == '\0')
				v->at[i] = NULL;
			v->len[i] = v->at[i] == NULL ? 0 : strlen(v->at[i]);
			break;
		case 'c':
			v->at[i] = va_arg(ap, const char *);
			v->len[i] = DB_CHUNK_BYTES;
			break;
		default:
			b = va_arg(ap, const struct buf *);
			v->at[i] = b->data;
			v->len[i] = (int)b->len;
		}
	}
	return i;
}
