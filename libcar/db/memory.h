/*
 * memory: how this folder and load take memory that grows.
 *
 * A pool gives pieces that are released together. An array doubles at powers
 * of two.
 */
#ifndef LIBCAR_DB_MEMORY_H
#define LIBCAR_DB_MEMORY_H

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* Set "no memory"; always -1. */
int db_no_memory(struct status *);

/* The array of n elements of this size, with room for one more. NULL: no
 * memory, and the array is as it was. */
void *db_room(void *array, size_t n, size_t size, struct status *);

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
