/*
 * blocks: a store of blocks by CID, in memory, for tests of trees.
 *
 * blocks_get() marks what it reads as shown, so a test can find out which
 * blocks an operation needs, and then allow only those.
 */
#ifndef T_BLOCKS_H
#define T_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"

#define BLOCKS_SLOTS (1 << 16) /* half of them can be used */
#define BLOCKS_UNUSED __attribute__((unused))

struct block {
	uint8_t cid[CID_REPO_BYTES], *data; /* data NULL: an empty slot */
	size_t len;
	bool shown; /* was read, or the test marked it */
	bool gone;  /* the test removed it */
};

static struct block blocks[BLOCKS_SLOTS];
/* The used slots, in the order of their first blocks_put(). */
static size_t blocks_used[BLOCKS_SLOTS], blocks_count;
static size_t blocks_reads;    /* calls of blocks_get() */
static bool blocks_only_shown; /* blocks_get() hides the others */

/* The block, or the empty slot for it. */
BLOCKS_UNUSED static struct block *
block_of(const uint8_t *cid)
{
	size_t i = (cid[10] | (size_t)cid[11] << 8) % BLOCKS_SLOTS;

	while (blocks[i].data != NULL &&
	    memcmp(blocks[i].cid, cid, CID_REPO_BYTES) != 0)
		i = (i + 1) % BLOCKS_SLOTS;
	return &blocks[i];
}

BLOCKS_UNUSED static void
blocks_clear(void)
{
	while (blocks_count > 0) {
		struct block *b = &blocks[blocks_used[--blocks_count]];

		free(b->data);
		memset(b, 0, sizeof(*b));
	}
}

/* Mark no block as shown. */
BLOCKS_UNUSED static void
blocks_hide(void)
{
	size_t i;

	for (i = 0; i < blocks_count; i++)
		blocks[blocks_used[i]].shown = false;
}

/* For mst_build() and mst_edit_root(). */
BLOCKS_UNUSED static int
blocks_put(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	struct block *b = block_of(cid);

	(void)ctx;
	if (b->data != NULL)
		return 0;
	if (blocks_count == BLOCKS_SLOTS / 2)
		return status_set(st, STATUS_TOO_LARGE, 0, "too many blocks");
	memcpy(b->cid, cid, sizeof(b->cid));
	b->data = calloc(1, len);
	memcpy(b->data, data, len);
	b->len = len;
	blocks_used[blocks_count++] = b - blocks;
	return 0;
}

/* For struct mst_edit and struct mst_cursor. */
BLOCKS_UNUSED static int
blocks_get(void *ctx, const struct slice *link, const uint8_t **data,
    size_t *len, struct status *st)
{
	struct block *b = block_of(slice_bytes(link));

	(void)ctx;
	(void)st;
	blocks_reads++;
	if (b->data == NULL || b->gone || (blocks_only_shown && !b->shown))
		return 0;
	b->shown = true;
	*data = b->data;
	*len = b->len;
	return 1;
}

#endif
