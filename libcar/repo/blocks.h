/*
 * blocks: find the valid blocks of a CAR by CID.
 *
 * Predictable look-ups are faster: a block that follows the last one found, as
 * in a CAR in the tree's own order (commit, then each node, its entries depth
 * first with their records), and look-ups that are repeated in the same order
 * after blocks_rewind(). Memory: 8 bytes a block, and 13.4 more from the first
 * look-up that was not predicted.
 */
#ifndef LIBCAR_REPO_BLOCKS_H
#define LIBCAR_REPO_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/car.h"

struct blocks {
	const struct car_input *in;
	uint64_t start, end; /* the sections, one after the other */
	size_t count;
	uint64_t *gaps; /* positions of omitted blocks, ascending */
	size_t gap_count, gap_room;
	uint64_t *slots; /* the index; NULL until it is needed */
	size_t slot_count;
	uint64_t seed[2]; /* of the index's hash */
	uint64_t next;    /* the section after the last one found */
	int luck;         /* hits of that guess minus misses */
	bool repeats;     /* the index has found a block that comes twice */
	uint64_t *trail;  /* positions of the blocks found, in that order */
	size_t trail_len, trail_at;
	bool replay;
};

/* Add each block of car_next(), in order. 0, or -1: STATUS_BAD_BLOCK (the block
 * doesn't have the hash of its CID and is left out), STATUS_SYSTEM.
 * blocks_get() never finds a block with an unknown hash function or an identity
 * CID. */
int blocks_add(struct blocks *, const struct car_block *, struct status *);

/* 1 and the data of the block (borrowed from the input, which must no longer
 * grow), 0 if it is missing, -1: STATUS_SYSTEM. */
int blocks_get(struct blocks *, const uint8_t *cid, size_t cid_len,
    const uint8_t **data, size_t *len, struct status *);

/* Build the index now. From then on, all look-ups of a CID find the same one of
 * its blocks. STATUS_SYSTEM. */
int blocks_index(struct blocks *, struct status *);

/* Start to record look-ups. */
void blocks_mark(struct blocks *);

/* The caller is about to repeat the look-ups since blocks_mark(). It calls
 * blocks_skip() for each that found a block and isn't repeated. */
void blocks_rewind(struct blocks *);
void blocks_skip(struct blocks *);

void blocks_free(struct blocks *);

#endif
