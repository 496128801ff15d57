/*
 * merge: one repo from the blocks of several CARs.
 *
 * Copies of one commit that are damaged in different places may be whole
 * together, and an earlier CAR has most of the blocks of a later commit. A
 * block counts only if it has the hash of its CID, wherever it comes from. What
 * a CAR has after a damage that can't be passed is ignored. merge_write() fails
 * if a block is missing, so a result is always a whole repo.
 */
#ifndef LIBCAR_REPO_MERGE_H
#define LIBCAR_REPO_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/blocks.h"
#include "libcar/repo/car.h"
#include "libcar/repo/repo.h"

#define MERGE_MAX_CARS 1000 /* each look-up may try each of them */

struct merge_part {
	struct blocks blocks;
	uint64_t used;    /* look-ups that found their block here */
	uint8_t *written; /* a bit for each stretch of the CAR's bytes */
	bool damaged;     /* and the first reason: */
	struct status why;
};

/* All zero, before the first CAR. */
struct merge {
	struct merge_part *parts;
	size_t count, room;
	/* Set by merge_open(): commit, cid and verified, as by repo_open(). */
	struct repo repo;
};

/* Add the blocks of a CAR. Look-ups try the CARs in this order. `root`, which
 * may be NULL, becomes roots[0], with the bytes in root_bytes (CID_MAX_BYTES);
 * len is 0 if there is none. The input must stay until merge_free(). -1: not a
 * CAR, STATUS_TOO_LARGE (too many CARs), STATUS_SYSTEM. */
int merge_add(struct merge *, struct car_input *, uint8_t *root_bytes,
    size_t *root_len, struct status *);

/* Find the commit of this CID, and check it as repo_open() does. -1 and why;
 * if repo.commit.did isn't NULL, the failure concerns this commit. */
int merge_open(struct merge *, const struct slice *root,
    const struct repo_want *, struct status *)
    __attribute__((warn_unused_result));

/* Write the whole repo in pre-order (preorder.h). -1: STATUS_MISSING_BLOCK,
 * STATUS_BAD_TREE, STATUS_SYSTEM, or what put sets. */
int merge_write(struct merge *,
    int (*put)(void *ctx, const void *bytes, size_t len, struct status *),
    void *ctx, struct status *) __attribute__((warn_unused_result));

void merge_free(struct merge *);

#endif
