/*
 * load_floor: floors that rise, and entries that are removed.
 */
#ifndef LIBCAR_LOAD_FLOOR_PRIVATE_H
#define LIBCAR_LOAD_FLOOR_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Raise the floor of a pattern, if it is lower. */
int load_floor_raise(struct load_account *, const struct slice *pattern,
    const char *rev, struct status *);

/* Is a tombstone ignored because its collection's floor has passed it? */
static inline bool
load_floor_has_passed(const struct load_account *a, struct load_collection *c,
    const struct db_entry *e)
{
	return e->state >= DB_TOMBSTONE &&
	    load_account_cmp(e->rev, load_account_floor_of(a, c)) <= 0;
}

/* After floors were raised: remove tombstones that they passed, and redundant
 * floors. */
int load_floor_settle(struct db *, struct load_account *, struct status *);

/* Remove an entry, and its errors up to a rev. Snapshots that have seen its key
 * remember the key. */
int load_floor_remove(struct db *, struct load_account *, const struct db_key *,
    int64_t entry, const char *rev, struct status *);

#endif
