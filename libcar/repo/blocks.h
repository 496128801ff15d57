/*
 * blocks: the sound blocks of a CAR, found by CID.
 *
 * Look-ups are faster where they can be foreseen: a block that follows the
 * last one found, as in a CAR in the tree's own order (commit, then each
 * node, its entries depth first with their records), and look-ups repeated in
 * the same order after blocks_rewind(). Memory: 8 bytes a block, and 13.4 more
 * once one couldn't be foreseen.
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
	uint64_t *gaps; /* positions of those left out, ascending */
	size_t gap_count, gap_room;
	uint64_t *slots; /* the index; NULL until it is needed */
	size_t slot_count;
	uint64_t seed[2]; /* of the index's hash */
	uint64_t next;    /* the section after the last one found */
	int luck;         /* hits of that guess less misses */
	uint64_t *trail;  /* positions of the blocks found, in that order */
	size_t trail_len, trail_at;
	bool replay;
};

/* Take each block that car_next() gives, in turn. 0, or -1: STATUS_BAD_BLOCK
 * (it doesn't have the hash of its CID and is left out), STATUS_SYSTEM. A
 * block whose hash function isn't known here will not be found, nor one with
 * an identity CID. */
int blocks_add(struct blocks *, const struct car_block *, struct status *);

/* 1 and the block's data (borrowed from the input, which must not grow any
 * more), 0 if there is none, -1: STATUS_SYSTEM. */
int blocks_get(struct blocks *, const uint8_t *cid, size_t cid_len,
    const uint8_t **data, size_t *len, struct status *);

/* Begin to remember look-ups. */
void blocks_mark(struct blocks *);

/* The look-ups since blocks_mark() are about to be repeated; those of them
 * that found a block but aren't needed again are to be skipped. */
void blocks_rewind(struct blocks *);
void blocks_skip(struct blocks *);

void blocks_free(struct blocks *);

#endif
