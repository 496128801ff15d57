/*
 * memory: memory that this folder and load take piece by piece and release at
 * once.
 */
#ifndef LIBCAR_DB_MEMORY_H
#define LIBCAR_DB_MEMORY_H

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* All zero is an empty pool. */
struct db_pool {
	struct db_pool_block *blocks;
	size_t bytes; /* of all blocks */
};

/* A piece of n bytes, not zeroed; a copy of a text. NULL: no memory. */
void *db_pool_take(struct db_pool *, size_t n, struct status *);
const char *db_pool_copy(struct db_pool *, const struct slice *,
    struct status *);

void db_pool_free(struct db_pool *);

#endif
