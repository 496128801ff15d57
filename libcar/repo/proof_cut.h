/*
 * proof_cut: cut proofs out of a repo.
 *
 * A proof is a CAR of the commit, the nodes on the paths of the keys, each of
 * them once, and the records that exist; proof.h reads it. Nothing outside the
 * proof is needed, so the repo may lack other blocks.
 */
#ifndef LIBCAR_REPO_PROOF_CUT_H
#define LIBCAR_REPO_PROOF_CUT_H

#include "libcar/base/buf.h"
#include "libcar/base/set.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/proof.h"
#include "libcar/repo/repo.h"

/* All zero before first use; one struct serves many proofs. */
struct proof_cut {
	struct buf car; /* the proof */

	/* The module's own. */
	struct repo *repo;
	struct set blocks; /* CIDs in the proof */
	struct mst_cursor cursor;
};

/* Begin a proof with the commit of a repo that was opened by repo_open() and
 * must stay. -1: STATUS_SYSTEM. */
int proof_cut_begin(struct proof_cut *, struct repo *, struct status *);

/* Add what proves that the key, `collection/rkey`, is present or absent.
 * PRESENT sets the record, borrowed from the repo. FAILED: STATUS_UNPROVED, if
 * the repo lacks a block; STATUS_TOO_LARGE, if the proof would have more than
 * PROOF_MAX_BYTES; STATUS_BAD_TREE, STATUS_SYSTEM. */
enum proof_result proof_cut_add(struct proof_cut *, const struct slice *key,
    struct proof_record *, struct status *);

void proof_cut_free(struct proof_cut *);

#endif
