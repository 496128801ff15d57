/*
 * repo_stream: the records of a CAR in pre-order, each as soon as it is read.
 *
 * Pre-order is the commit, then each node followed by its entries depth first
 * with their records. In this order the hashes of the blocks before a record
 * prove the record, so nothing has to be remembered but the nodes above it:
 * at most MST_LAYERS blocks of CAR_MAX_BLOCK bytes, usually some kilobytes.
 * Only the end of the walk tells that the repo is complete.
 *
 * Each block is checked as repo_open() and repo_check() do. Blocks that follow
 * the tree are checked, too, and ignored.
 * https://atproto.com/specs/repository#car-file-serialization
 */
#ifndef LIBCAR_REPO_REPO_STREAM_H
#define LIBCAR_REPO_REPO_STREAM_H

#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/repo.h"

enum repo_stream_end {
	REPO_STREAM_COMPLETE,  /* every record was given */
	REPO_STREAM_UNORDERED, /* the next block isn't the one that pre-order
				  requires, or no block is left; repo_open()
				  can say more. The status isn't set. */
	REPO_STREAM_FAILED,
};

/* All zero before first use. The caller sets begin and record. */
struct repo_stream {
	/* Called once, when the commit is verified; then for each key in order,
	 * with its block, borrowed until the return. -1 stops the walk. */
	int (*begin)(void *ctx, struct status *);
	int (*record)(void *ctx, const struct repo_record *, struct status *);
	void *ctx;

	/* repo_stream's own. */
	struct repo *repo;
	const struct repo_want *want;
	bool unordered;
	struct buf commit;            /* copies, because the input moves */
	struct buf nodes[MST_LAYERS]; /* from the root to the present one */
	size_t depth;
};

/* Walk the CAR. repo->commit is borrowed from the repo_stream. `want->partial`,
 * `salvage` and `key` are ignored. */
enum repo_stream_end repo_stream_walk(struct repo_stream *, struct repo *,
    struct car_input *, const struct repo_want *, struct status *)
    __attribute__((warn_unused_result));

/* Release the memory, but keep what the caller has set. */
void repo_stream_free(struct repo_stream *);

#endif
