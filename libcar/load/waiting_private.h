/*
 * load_waiting: ends that wait for keys.
 *
 * An `end` is fulfilled when each collection has as many keys as it counts, or
 * is already loaded. It waits for one collection at a time, so that a key costs
 * nothing for ends that wait for others.
 */
#ifndef LIBCAR_LOAD_WAITING_PRIVATE_H
#define LIBCAR_LOAD_WAITING_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* An end came, or was read from the database: it waits, or is ready. */
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

/* All patterns of a filter were loaded, at the rev of its snapshot. */
int load_waiting_loaded(struct load_account *, const struct load_filter *,
    struct status *);

/* Something was loaded without a snapshot. */
int load_waiting_covered(struct load_account *, struct status *);

/* Take the next ready filter, which is then done; NULL: none is ready. */
struct load_filter *load_waiting_next(struct load_account *);

/* Stop waiting, before it is removed; or stop all filters of a snapshot, before
 * it is removed with its counts. */
void load_waiting_drop(struct load_filter *);
void load_waiting_drop_all(struct load_snapshot *);

#endif
