/*
 * load_sweep: finish snapshots that are whole.
 */
#ifndef LIBCAR_LOAD_SWEEP_PRIVATE_H
#define LIBCAR_LOAD_SWEEP_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Finish the account's snapshots that are whole: remove what they didn't name,
 * and note what is loaded. */
int load_sweep_conclude(struct db *, struct load_account *, struct status *);

/* Remove what a filter covers if it is older than a rev. */
int load_sweep_whole(struct db *, struct load_account *,
    const struct load_filter *, const char *rev, struct status *);

/* Join runs with what is loaded, and finish the ends that no longer wait:
 * after each live commit; and after ends, before the next commit or the end of
 * the transaction. */
int load_sweep_live(struct db *, struct load_account *, struct status *);

#endif
