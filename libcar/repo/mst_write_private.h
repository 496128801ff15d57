/*
 * mst_write: a node's block.
 *
 * mst_write_begin(), mst_write_entry() for each entry in the order of keys,
 * mst_write_end(); then the buffer has the block, unless it failed.
 */
#ifndef LIBCAR_REPO_MST_WRITE_PRIVATE_H
#define LIBCAR_REPO_MST_WRITE_PRIVATE_H

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"

void mst_write_begin(struct buf *, size_t entries);

/* The key after `before`, which is nothing for the first one; a subtree's link
 * may be nothing. */
void mst_write_entry(struct buf *, const struct slice *before,
    const struct slice *key, const struct slice *value,
    const struct slice *tree);

void mst_write_end(struct buf *, const struct slice *left);

#endif
