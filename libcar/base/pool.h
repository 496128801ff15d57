/*
 * pool: memory that is allocated piece by piece and released at once.
 *
 * All zero is an empty pool.
 */
#ifndef LIBCAR_BASE_POOL_H
#define LIBCAR_BASE_POOL_H

#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

struct pool {
	struct pool_block *blocks;
	size_t bytes; /* of all blocks */
};

/* A piece of n bytes, not zeroed, aligned for any type. NULL: no memory. */
void *pool_take(struct pool *, size_t n, struct status *);

/* A copy of a text. NULL: no memory. */
const char *pool_copy(struct pool *, const struct slice *, struct status *);

/* Release all pieces, but keep memory for the next ones. */
void pool_clear(struct pool *);

void pool_free(struct pool *);

#endif
