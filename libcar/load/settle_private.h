/*
 * load_settle: what is left to do of an account before the commit.
 *
 * What costs as much as there is in progress of the account is done here, once
 * a transaction, and not with each line.
 */
#ifndef LIBCAR_LOAD_SETTLE_PRIVATE_H
#define LIBCAR_LOAD_SETTLE_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Settle the imports and floors of an account that has changed, and drop what
 * was kept to count of what is loaded. Snapshots may be gone. */
int load_settle(struct db *, struct load_account *, struct status *);

/* A snapshot, made if need be. If there are LOAD_SNAPSHOTS in progress, the one
 * with the lowest rev is forgotten for it: what it named stays, and its `end`
 * can be fulfilled only by its lines coming again. */
struct load_snapshot *load_settle_snapshot(struct db *, struct load_account *,
    const char *rev, bool listed, struct status *);

#endif
