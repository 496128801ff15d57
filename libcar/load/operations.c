#include "config.h"

#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/operations_private.h"

/*
 * Directories write operations in the order of time, which is no order of DIDs.
 * Sorted, they come to each page of an index once a batch: into a database of
 * 250,000 operations, SQLite then takes 0.6 of the time. Processes that store
 * the same operations lock their rows in the same order.
 */

int
load_operations_add(struct load_operations *o, const struct line *line,
    struct status *st)
{
	if (!ARRAY_GROW(o->lines, o->count, o->room))
		return status_no_memory(st);
	o->lines[o->count++] = line;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct line *x = *(const struct line *const *)a;
	const struct line *y = *(const struct line *const *)b;
	int c = slice_compare(&x->did, &y->did);

	return c != 0 ? c : slice_compare(&x->cid, &y->cid);
}

/* Its host may have plain http: what reads the database decides whether to use
 * such a host. */
static int
apply(struct load_operations *o, struct db *db, const struct line *l,
    struct status *st)
{
	if (plc_identity_read(&o->identity, l->operation.at, l->operation.len,
		true, st) == -1)
		return -1;
	return db_plc_put(db, l, &o->identity, st);
}

int
load_operations_apply(struct load_operations *o, struct db *db,
    struct status *st)
{
	size_t i;

	if (o->count > 1)
		qsort(o->lines, o->count, sizeof(*o->lines), compare);
	for (i = 0; i < o->count; i++)
		if (apply(o, db, o->lines[i], st) == -1)
			return -1;
	load_operations_clear(o);
	return 0;
}

void
load_operations_clear(struct load_operations *o)
{
	o->count = 0;
}

void
load_operations_free(struct load_operations *o)
{
	free(o->lines);
	plc_identity_free(&o->identity);
	*o = (struct load_operations){ .lines = NULL };
}
