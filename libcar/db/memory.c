#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/db/memory.h"

/*
 * A pool is a list of blocks, of which the first one still has room. A piece
 * that is larger than a block gets a block of its own.
 */

#define BLOCK_BYTES ((size_t)256 << 10)

struct db_pool_block {
	struct db_pool_block *next;
	size_t used, size;
	max_align_t bytes[];
};

static int
add_block(struct db_pool *pool, size_t n, struct status *st)
{
	size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
	struct db_pool_block *b = malloc(sizeof(*b) + size);

	if (b == NULL)
		return status_no_memory(st);
	*b = (struct db_pool_block){ pool->blocks, 0, size };
	pool->blocks = b;
	pool->bytes += size;
	return 0;
}

void *
db_pool_take(struct db_pool *pool, size_t n, struct status *st)
{
	struct db_pool_block *b = pool->blocks;
	void *p;

	n = (n + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
	if ((b == NULL || b->size - b->used < n) &&
	    add_block(pool, n, st) == -1)
		return NULL;
	b = pool->blocks;
	p = (char *)b->bytes + b->used;
	b->used += n;
	return p;
}

const char *
db_pool_copy(struct db_pool *pool, const struct slice *t, struct status *st)
{
	char *copy = db_pool_take(pool, t->len, st);

	if (copy != NULL && t->len > 0)
		memcpy(copy, t->at, t->len);
	return copy;
}

void
db_pool_free(struct db_pool *pool)
{
	struct db_pool_block *b;

	while ((b = pool->blocks) != NULL) {
		pool->blocks = b->next;
		free(b);
	}
	pool->bytes = 0;
}
