#include "config.h"

#include "libcar/db/columns_private.h"

/*
 * All lists are in one memory pool, with room for the given number of rows.
 */

int
db_columns_open(struct db_columns *c, const char *format, size_t rows,
    struct status *st)
{
	size_t size;
	void *p;
	int i;

	*c = (struct db_columns){ .format = format };
	for (i = 0; format[i] != '\0'; i++) {
		size = format[i] == 'i' ? sizeof(int64_t) :
					  sizeof(struct slice);
		if ((p = pool_take(&c->pool, rows * size, st)) == NULL) {
			db_columns_free(c);
			return -1;
		}
		if (format[i] == 'i')
			c->lists[i].integers = p;
		else
			c->lists[i].texts = p;
	}
	return 0;
}

/* An empty string means NULL, as for statements. */
static struct slice
text_of(const char *s)
{
	return slice_of(s != NULL && *s == '\0' ? NULL : s);
}

void
db_columns_add(struct db_columns *c, ...)
{
	struct db_list *list = c->lists;
	va_list ap;
	int i;

	va_start(ap, c);
	for (i = 0; c->format[i] != '\0'; i++, list++) {
		list->n = c->n + 1;
		if (c->format[i] == 'i')
			((int64_t *)list->integers)[c->n] = va_arg(ap, int64_t);
		else if (c->format[i] == 't')
			((struct slice *)list->texts)[c->n] = *va_arg(ap,
			    const struct slice *);
		else
			((struct slice *)list->texts)[c->n] = text_of(
			    va_arg(ap, const char *));
	}
	va_end(ap);
	c->n++;
}

void
db_columns_free(struct db_columns *c)
{
	pool_free(&c->pool);
}

static int
write_each(struct db *db, const struct db_columns_batch *batch,
    const char *element, size_t n, struct status *st)
{
	for (; n > 0; n--, element += batch->size)
		if (batch->one(db, element, st) == -1)
			return -1;
	return 0;
}

int
db_columns_write(struct db *db, const struct db_columns_batch *batch,
    const void *elements, size_t n, struct status *st)
{
	const char *element = elements;
	struct db_columns c;
	size_t i;
	int rc;

	if (!db->driver->arrays || n == 0)
		return write_each(db, batch, element, n, st);
	if (db_columns_open(&c, batch->format, n, st) == -1)
		return -1;
	for (i = 0; i < n; i++)
		batch->add(&c, element + i * batch->size);
	rc = batch->all(db, &c, st);
	db_columns_free(&c);
	return rc;
}
