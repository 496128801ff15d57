/*
 * event: a commit of the event stream, verified by the blocks in its message.
 * https://atproto.com/specs/sync#message-validation-and-verification
 *
 * The blocks must have their hashes, the commit must be the one that the
 * message names, and its tree must hold what the operations put there. Undoing
 * the operations (inversion) must give the tree that the message names as the
 * one before. This proves that no operation was left out, and no commit either,
 * if the reader knows the tree before.
 */
#ifndef LIBCAR_REPO_EVENT_H
#define LIBCAR_REPO_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/repo/car_slice.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/frame.h"
#include "libcar/repo/key.h"
#include "libcar/repo/mst_edit.h"

#define EVENT_MAX_BLOCKS 2000000 /* bytes of a message's blocks */

/* All zero before first use; one struct serves many messages. */
struct event {
	struct car_slice slice;
	struct commit commit; /* borrowed from the frame */
	bool whole;           /* the tree before was empty */

	/* The module's own. */
	struct mst_edit tree;
	uint8_t empty[CID_REPO_BYTES]; /* the root of an empty tree */
	bool has_empty;
};

/* Read the blocks and the commit of a FRAME_COMMIT or FRAME_SYNC. The commit
 * must be of the frame's account and rev, and not of the future.
 * STATUS_BAD_CAR, STATUS_BAD_BLOCK, STATUS_MISSING_BLOCK, STATUS_BAD_COMMIT,
 * STATUS_WRONG_DID, STATUS_BAD_REV, STATUS_FUTURE_REV, STATUS_TOO_LARGE. After
 * that the caller may check the signature with commit_verify(). */
int event_open(struct event *, const struct frame *, uint64_t now_micros,
    struct status *) __attribute__((warn_unused_result));

/* Check the operations of a FRAME_COMMIT by inversion, and set `whole`.
 * STATUS_BAD_OPS: they don't fit the tree, or the tree before isn't prevData;
 * STATUS_MISSING_BLOCK: the slice lacks a node or a record that is needed;
 * STATUS_BAD_TREE. */
int event_check(struct event *, const struct frame *, struct status *)
    __attribute__((warn_unused_result));

/* The block of an operation's record, after event_check(). */
struct slice event_record(struct event *, const struct frame_op *);

void event_free(struct event *);

#endif
