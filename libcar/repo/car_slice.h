/*
 * car_slice: the blocks of a small CAR in memory, found by CID.
 *
 * Events of a stream and proofs carry a part of a repo in this form. Every
 * block has the hash of its CID. The CAR is borrowed; the next CAR uses the
 * memory of the list again.
 */
#ifndef LIBCAR_REPO_CAR_SLICE_H
#define LIBCAR_REPO_CAR_SLICE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/car.h"

struct car_slice_block {
	struct slice cid, data;
};

/* All zero is a slice without blocks. */
struct car_slice {
	struct car car;                 /* car.root: roots[0] */
	struct car_slice_block *blocks; /* sorted by CID, once opened */
	size_t count, room;
};

/* Read a CAR of version 1. STATUS_BAD_CAR, STATUS_BAD_BLOCK, STATUS_TOO_LARGE,
 * STATUS_SYSTEM. A block with an unknown hash function is left out. */
int car_slice_open(struct car_slice *, const void *bytes, size_t len,
    struct status *);

/* The block of a link: 1, or 0 if it is missing. ctx is the slice, so that
 * mst_walk() and similar functions can call this. */
int car_slice_get(void *ctx, const struct slice *cid, const uint8_t **block,
    size_t *len, struct status *);

void car_slice_free(struct car_slice *);

#endif
