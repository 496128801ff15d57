/*
 * since: the blocks that a repo has and an earlier state of it doesn't.
 *
 * It is what com.atproto.sync.getRepo answers with `since`: a CAR whose root is
 * the newer commit, with the commit, the nodes of its tree that the earlier
 * tree doesn't have, and the records of its new keys and values. Whoever has
 * the whole earlier repo can make the whole newer one of both.
 * https://atproto.com/specs/sync
 */
#ifndef LIBCAR_REPO_SINCE_H
#define LIBCAR_REPO_SINCE_H

#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/repo/repo.h"

/* Append the CAR. Both repos were opened by repo_open() and are whole. -1:
 * STATUS_TOO_LARGE, more than max bytes; STATUS_MISSING_BLOCK, STATUS_BAD_TREE,
 * STATUS_SYSTEM. */
int since_write(struct buf *, struct repo *old, struct repo *new, size_t max,
    struct status *);

/* Append a CAR that has the root of this commit (a CID), and no block. */
void since_write_none(struct buf *, const uint8_t *cid, size_t len);

#endif
