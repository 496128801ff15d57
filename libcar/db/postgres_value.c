#include "config.h"

#include <string.h>

#include "libcar/db/postgres_value_private.h"

/*
 * Values in PostgreSQL's binary format: integers of 8 bytes, big-endian; texts
 * unchanged; arrays of one dimension.
 */

/* OIDs of types, the same in every PostgreSQL. */
enum {
	BYTEA = 17,
	INT8 = 20,
	TEXT = 25,
	BYTEA_ARRAY = 1001,
	TEXT_ARRAY = 1009,
	INT8_ARRAY = 1016,
};

#define COUNT_AT 12 /* offset in an array */

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
db_postgres_put_text(struct buf *b, const struct slice *t)
{
	if (t->at == NULL) {
		db_postgres_put_integer(b, -1, 4);
		return;
	}
	db_postgres_put_integer(b, (int64_t)t->len, 4);
	buf_put(b, t->at, t->len);
}

void
db_postgres_list_begin(struct buf *b, char letter)
{
	b->len = 0;
	db_postgres_put_integer(b, 1, 4);             /* dimensions */
	db_postgres_put_integer(b, letter != 'i', 4); /* may have NULLs */
	db_postgres_put_integer(b, db_postgres_type(letter), 4);
	db_postgres_put_integer(b, 0, 4); /* elements */
	db_postgres_put_integer(b, 1, 4); /* index of the first element */
}

void
db_postgres_list_end(struct buf *b, size_t n)
{
	size_t len = b->len;

	if (b->failed)
		return;
	b->len = COUNT_AT;
	db_postgres_put_integer(b, (int64_t)n, 4);
	b->len = len;
}

static void
put_element(struct buf *b, int64_t value)
{
	db_postgres_put_integer(b, 8, 4);
	db_postgres_put_integer(b, value, 8);
}

void
db_postgres_list_add(struct buf *b, char letter, va_list *ap)
{
	struct slice t;

	switch (letter) {
	case 'i':
		put_element(b, va_arg(*ap, int64_t));
		return;
	case 't':
		t = *va_arg(*ap, const struct slice *);
		break;
	case 'c':
		t = (struct slice){ va_arg(*ap, const char *), DB_CHUNK_BYTES };
		break;
	default:
		t = slice_of(va_arg(*ap, const char *));
		if (t.len == 0)
			t.at = NULL;
	}
	db_postgres_put_text(b, &t);
}

static void
put_list(struct buf *b, const struct db_list *list, bool texts)
{
	size_t i;

	db_postgres_list_begin(b, texts ? 't' : 'i');
	for (i = 0; i < list->n; i++)
		if (texts)
			db_postgres_put_text(b, &list->texts[i]);
		else
			put_element(b, list->integers[i]);
	db_postgres_list_end(b, list->n);
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
	case 'B':
		return BYTEA_ARRAY;
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

static void
bind_bytes(struct db_postgres_values *v, int i, const char *at, size_t len)
{
	v->at[i] = at;
	v->len[i] = at == NULL ? 0 : (int)len;
}

static int
bind_list(struct db_postgres_values *v, int i, const struct db_list *list,
    bool texts)
{
	struct buf *b = &v->lists[i];

	put_list(b, list, texts);
	bind_bytes(v, i, b->data, b->len);
	return b->failed ? -1 : 0;
}

int
db_postgres_bind(struct db_postgres_values *v, const char *format, va_list ap,
    struct status *st)
{
	const struct slice *t;
	const char *text;
	int i, rc = 0;

	for (i = 0; format[i] != '\0' && rc == 0; i++)
		switch (format[i]) {
		case 'i':
			bind_integer(v, i, (uint64_t)va_arg(ap, int64_t));
			break;
		case 't':
		case 'b':
			t = va_arg(ap, const struct slice *);
			bind_bytes(v, i, t->at, t->len);
			break;
		case 's':
			text = va_arg(ap, const char *);
			if (text != NULL && *text == '\0')
				text = NULL;
			bind_bytes(v, i, text, text == NULL ? 0 : strlen(text));
			break;
		case 'c':
			bind_bytes(v, i, va_arg(ap, const char *),
			    DB_CHUNK_BYTES);
			break;
		default:
			rc = bind_list(v, i, va_arg(ap, const struct db_list *),
			    format[i] == 'A');
		}
	return rc == -1 ? status_no_memory(st) : i;
}

void
db_postgres_values_free(struct db_postgres_values *v)
{
	int i;

	for (i = 0; i < DB_VALUES; i++)
		buf_free(&v->lists[i]);
}
