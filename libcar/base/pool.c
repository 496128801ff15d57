#include "config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/pool.h"

/*
 * A pool is a list of blocks, of which the first one still has room. A piece
 * that is larger than a block gets a block of its own.
 */

#define BLOCK_BYTES ((size_t)256 << 10)

struct pool_block {
	struct pool_block *next;
	size_t used, size;
	max_align_t bytes[];
};

static int
add_block(struct pool *pool, size_t n, struct status *st)
{
	size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;
	struct pool_block *b = malloc(sizeof(*b) + size);

	if (b == NULL)
		return status_no_memory(st);
	*b = (struct pool_block){ pool->blocks, 0, size };
	pool->blocks = b;
	pool->bytes += size;
	return 0;
}

void *
pool_take(struct pool *pool, size_t n, struct status *st)
{
	struct pool_block *b = pool->blocks;
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
pool_copy(struct pool *pool, const struct slice *t, struct status *st)
{
	char *copy = pool_take(pool, t->len, st);

	if (copy != NULL && t->len > 0)
		memcpy(copy, t->at, t->len);
	return copy;
}

/* Release all blocks behind this one. */
static void
free_behind(struct pool *pool, struct pool_block *b)
{
	struct pool_block *next;

	while ((next = b->next) != NULL) {
		b->next = next->next;
		pool->bytes -= next->size;
		free(next);
	}
}

void
pool_clear(struct pool *pool)
{
	if (pool->blocks == NULL)
		return;
	free_behind(pool, pool->blocks);
	if (pool->blocks->size > BLOCK_BYTES)
		pool_free(pool);
	else
		pool->blocks->used = 0;
}

void
pool_free(struct pool *pool)
{
	if (pool->blocks != NULL)
		free_behind(pool, pool->blocks);
	free(pool->blocks);
	*pool = (struct pool){ 0 };
}
