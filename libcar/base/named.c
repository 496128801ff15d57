#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/named.h"

/*
 * Find rows by name, by binary search in a sorted list. It is a list of
 * pointers, so that rows stay where they are.
 */

static int
compare(const struct named *row, const struct slice *name)
{
	const struct slice own = slice_make(row->name, row->len);

	return slice_compare(&own, name);
}

/* The index of the row, or the one where it belongs. */
static size_t
search(const struct named_list *l, const struct slice *name)
{
	size_t low = 0, high = l->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(l->rows[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct named *
row_at(const struct named_list *l, size_t at, const struct slice *name)
{
	return at < l->count && compare(l->rows[at], name) == 0 ? l->rows[at] :
								  NULL;
}

struct named *
named_get(const struct named_list *l, const struct slice *name)
{
	return row_at(l, search(l, name), name);
}

/* NULL without memory. */
static struct named *
make_row(const struct slice *name, size_t bytes)
{
	struct named *row = calloc(1, bytes);

	if (row == NULL || (row->name = malloc(name->len + 1)) == NULL) {
		free(row);
		return NULL;
	}
	memcpy(row->name, name->at, name->len);
	row->name[name->len] = '\0';
	row->len = name->len;
	return row;
}

struct named *
named_add(struct named_list *l, const struct slice *name, size_t bytes,
    struct status *st)
{
	size_t at = search(l, name);
	struct named *row = row_at(l, at, name);

	if (row != NULL)
		return row;
	if (!ARRAY_GROW(l->rows, l->count, l->room) ||
	    (row = make_row(name, bytes)) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	memmove(l->rows + at + 1, l->rows + at,
	    (l->count - at) * sizeof(struct named *));
	l->rows[at] = row;
	l->count++;
	return row;
}

void
named_free(struct named_list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		free(l->rows[i]->name);
		free(l->rows[i]);
	}
	free(l->rows);
	memset(l, 0, sizeof(*l));
}
