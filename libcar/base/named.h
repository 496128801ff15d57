/*
 * named: a list of rows that have names, sorted by name.
 *
 * Rows never move, so a caller may keep its row while others are added.
 */
#ifndef LIBCAR_BASE_NAMED_H
#define LIBCAR_BASE_NAMED_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* The first member of a row. */
struct named {
	char *name; /* with a NUL after len bytes */
	size_t len;
};

/* All zero is empty. */
struct named_list {
	struct named **rows;
	size_t count, room;
};

/* The row of this name, or NULL. */
struct named *named_get(const struct named_list *, const struct slice *name);

/* The row of this name. A missing row of that many bytes, all zero but for its
 * name, is added. NULL: STATUS_SYSTEM. Adding takes time in proportion to the
 * number of rows, so there should be few. */
struct named *named_add(struct named_list *, const struct slice *name,
    size_t bytes, struct status *);

/* Release all rows. */
void named_free(struct named_list *);

#endif
