/*
 * load_settle: what to finish for an account before the commit.
 *
 * Work whose cost grows with what is in progress is done here, once per
 * transaction, and not with each line.
 */
#ifndef LIBCAR_LOAD_SETTLE_PRIVATE_H
#define LIBCAR_LOAD_SETTLE_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Settle the imports and floors of a changed account, and drop the counting
 * data of what is loaded. This may remove snapshots. */
int load_settle(struct db *, struct load_account *, struct status *);

/* Get a snapshot, created if missing. If LOAD_SNAPSHOTS are in progress, this
 * drops the one with the lowest rev: the entries it named stay, and its `end`
 * can be fulfilled only if its lines come again. */
struct load_snapshot *load_settle_snapshot(struct db *, struct load_account *,
    const char *rev, bool listed, struct status *);

#endif
