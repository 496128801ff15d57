/*
 * load_waiting: ends that wait for keys.
 *
 * An `end` is fulfilled when each collection has as many keys as it counts, or
 * is loaded already. It waits for one collection at a time, so that a key is
 * no concern of the ends that wait for others.
 */
#ifndef LIBCAR_LOAD_WAITING_PRIVATE_H
#define LIBCAR_LOAD_WAITING_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* An end has come, or was read: it waits, or is ready. */
int load_waiting_begin(struct load_account *, struct load_filter *,
    struct status *);

/* A key was counted. */
static inline bool
load_waiting_is_met(const struct load_snapshot_count *c)
{
	return c->nwaits > 0 && c->waits[0].keys <= c->row.named;
}
int load_waiting_count(struct load_account *, struct load_snapshot_count *,
    struct status *);

/* All of a filter's patterns were loaded, at the rev of its snapshot. */
int load_waiting_loaded(struct load_account *, const struct load_filter *,
    struct status *);

/* Something was loaded without a snapshot. */
int load_waiting_covered(struct load_account *, struct status *);

/* The next one that is ready, and is done then; NULL: there is none. */
struct load_filter *load_waiting_next(struct load_account *);

/* It waits no longer, as it is to go; or all of a snapshot, which is to go with
 * its counts. */
void load_waiting_drop(struct load_filter *);
void load_waiting_drop_all(struct load_snapshot *);

#endif
