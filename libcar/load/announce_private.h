/*
 * load_announce: what a snapshot covers, and how many keys it has.
 */
#ifndef LIBCAR_LOAD_ANNOUNCE_PRIVATE_H
#define LIBCAR_LOAD_ANNOUNCE_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Apply a `commit` or `end` line of a snapshot. */
int load_announce(struct db *, struct load_account *, struct load_snapshot *,
    const struct line *, struct status *);

/* A key of this collection came: return its count, created if missing. If no
 * line has said yet that the snapshot covers it, its import begins here. NULL:
 * failed. */
struct load_snapshot_count *load_announce_key(struct db *,
    struct load_account *, struct load_snapshot *, struct load_collection *,
    struct status *);

#endif
