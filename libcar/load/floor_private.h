/*
 * load_floor: floors that rise, and entries that go.
 */
#ifndef LIBCAR_LOAD_FLOOR_PRIVATE_H
#define LIBCAR_LOAD_FLOOR_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Raise the floor of a pattern, if it is lower; tombstones that it passes are
 * removed. */
int load_floor_raise(struct db *, struct load_account *,
    const struct slice *pattern, const char *rev, struct status *);

/* Remove an entry, and its errors up to a rev. Snapshots that have seen its
 * key keep that in mind. */
int load_floor_remove(struct db *, struct load_account *, const struct db_key *,
    int64_t entry, const char *rev, struct status *);

#endif
