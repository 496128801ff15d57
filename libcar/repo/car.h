/*
 * car: the CAR format, reading (version 1, also within version 2) and writing
 * (version 1).
 *
 * varint-length-prefixed header {version: 1, roots: [cid]}, then sections:
 * varint length, CID, data, up to the end of the input. Nothing says how
 * many there are: a CAR cut between two sections reads clean, and only the
 * tree in it can tell. https://ipld.io/specs/transport/car/carv1/
 *
 * The reader sees the input through the caller's function, which makes
 * bytes available as they are needed, so that a file, a pipe and a
 * decompressor look the same and a hostile length costs nothing.
 */
#ifndef LIBCAR_REPO_CAR_H
#define LIBCAR_REPO_CAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"

#define CAR_V2_HEAD 11 /* bytes that tell a CARv2 */
#define CAR_MAX_HEADER (1 << 16)
#define CAR_MAX_BLOCK (2 << 20) /* bytes of a section: CID and data */

/* The input's first bytes. They may move when more are asked for. */
struct car_input {
	const uint8_t *data;
	uint64_t len;
	/* Have at least upto bytes, or all there are: 0, or -1. NULL if data
	 * is the whole input. */
	int (*need)(struct car_input *, uint64_t upto, struct status *);
	/* Read the rest of the input, all that follows `len`, without keeping
	 * it. NULL: need() reads it. */
	int (*skip)(struct car_input *, struct status *);
};

struct car {
	struct car_input *in;
	uint64_t pos;    /* of the next section */
	uint64_t end;    /* of the sections; UINT64_MAX: of the input */
	uint64_t blocks; /* sections read */
	/* roots[0], which borrows root_bytes; len 0 if there is none */
	struct cid root;
	uint8_t root_bytes[CID_MAX_BYTES];
};

struct car_block {
	uint64_t pos, end; /* of the section in the input */
	struct cid cid;    /* borrowed, as data, until the next call */
	const uint8_t *data;
	size_t len;
};

/* Is what begins like this a CARv2? */
bool car_is_v2(const void *head, size_t len);

/* Read the header. -1: the error of need(), or STATUS_BAD_CAR or
 * STATUS_NOT_CAR, whose message says what the input is if car_guess.h knows
 * it. */
int car_open(struct car *, struct car_input *, struct status *);

/* The next block: 1, 0 at the end of the input, or -1 (STATUS_BAD_CAR,
 * STATUS_TOO_LARGE), after which nothing more can be read. Hashes aren't
 * checked. */
int car_next(struct car *, struct car_block *, struct status *);

/* Does a block have the hash of its CID? 0, also if the hash function isn't
 * known here (hash_known()); -1: STATUS_BAD_BLOCK. */
int car_verify_block(const struct car_block *, struct status *)
    __attribute__((warn_unused_result));

/* Append a header with one root, or with none (len 0); a section. */
void car_write_header(struct buf *, const uint8_t *root, size_t len);
void car_write_block(struct buf *, const uint8_t *cid, size_t cid_len,
    const void *data, size_t len);

#endif
