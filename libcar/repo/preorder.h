/*
 * preorder: writes a repo as a CAR in pre-order.
 * https://atproto.com/specs/repository#car-file-serialization
 *
 * The order is the commit, then each node of the tree, its entries depth first
 * with their records. A reader can verify each block of such a CAR as it comes.
 * Each block is written once, and a block that the tree doesn't link is left
 * out. So one commit has exactly one such CAR.
 *
 * The tree is checked while it is written, as in mst_walk(). The caller checks
 * the hashes of the blocks that it brings, and discards what was written if
 * preorder_write() fails.
 */
#ifndef LIBCAR_REPO_PREORDER_H
#define LIBCAR_REPO_PREORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/commit.h"

/* put gets at least as many bytes, except at the end. */
#define PREORDER_PIECE (256 << 10)

struct preorder {
	void *ctx;
	/* Finds the block of a node or a record: 1, 0 if it is missing, -1 and
	 * the status. The block stays until the next call. */
	int (*get)(void *ctx, const struct slice *cid, const uint8_t **block,
	    size_t *len, struct status *);
	/* Takes the next bytes of the CAR. -1 and the status. */
	int (*put)(void *ctx, const void *bytes, size_t len, struct status *);
	/* Is this call the first one for this CID, whose block get or the
	 * commit gave? NULL: a set of CIDs tells, which takes a third of the
	 * time of at-carbuild; a caller may know by the block's place. */
	bool (*once)(void *ctx, const struct slice *cid, const uint8_t *block);
};

/* Write the repo of this commit, whose CID is `cid`. 0, or -1:
 * STATUS_BAD_TREE, STATUS_MISSING_BLOCK, STATUS_SYSTEM, or what get and put
 * set. */
int preorder_write(const struct preorder *, const struct slice *cid,
    const struct commit *, struct status *) __attribute__((warn_unused_result));

#endif
