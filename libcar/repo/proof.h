/*
 * proof: what a part of a repo proves about one record.
 * https://atproto.com/specs/repository, com.atproto.sync.getRecord
 *
 * The part is a CAR whose root is the commit. A record is present if every node
 * on its key's path is in the CAR, the key is in the tree, and the record's
 * block is in the CAR. It is absent if every node on the path is in the CAR and
 * none has the key. Without one of these blocks, the CAR proves nothing:
 * STATUS_UNPROVED. Every block has the hash of its CID.
 */
#ifndef LIBCAR_REPO_PROOF_H
#define LIBCAR_REPO_PROOF_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/repo/car_slice.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/mst.h"

#define PROOF_MAX_BYTES (16 << 20) /* of the CAR */

/* All zero before first use; one struct serves many proofs. */
struct proof {
	struct commit commit; /* borrowed from the CAR */
	struct cid cid;       /* the commit's */
	bool verified;        /* the commit has the signature of its key */

	/* The module's own. */
	struct car_slice slice;
	struct mst_cursor cursor;
};

/* FAILED: STATUS_UNPROVED, STATUS_BAD_TREE, STATUS_SYSTEM. */
enum proof_result {
	PROOF_FAILED = -1,
	PROOF_ABSENT,
	PROOF_PRESENT,
};

/* Borrowed from the CAR. */
struct proof_record {
	struct slice cid, block;
};

/* Check the blocks, and the commit by commit_check(). The CAR must stay until
 * the last proof_find(). If commit.did isn't NULL, the failure concerns this
 * commit. STATUS_UNPROVED: the commit isn't in the CAR; STATUS_TOO_LARGE,
 * STATUS_BAD_CAR, STATUS_BAD_BLOCK, and those of commit_check(). */
int proof_open(struct proof *, const void *car, size_t len,
    const struct commit_want *, struct status *)
    __attribute__((warn_unused_result));

/* What does it prove about this key, `collection/rkey`? PRESENT sets the
 * record. */
enum proof_result proof_find(struct proof *, const struct slice *key,
    struct proof_record *, struct status *) __attribute__((warn_unused_result));

void proof_free(struct proof *);

#endif
