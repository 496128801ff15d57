/*
 * load_sweep: what follows when a snapshot is whole.
 */
#ifndef LIBCAR_LOAD_SWEEP_PRIVATE_H
#define LIBCAR_LOAD_SWEEP_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Conclude what can be concluded of the account's snapshots: remove what they
 * didn't name, and note what is loaded. */
int load_sweep_conclude(struct db *, struct load_account *, struct status *);

/* Remove what a filter covers and what is older than a rev. */
int load_sweep_whole(struct db *, struct load_account *,
    const struct load_filter *, const char *rev, struct status *);

/* After a live commit: join its run with what is loaded, and finish the ends
 * that wait no longer. */
int load_sweep_live(struct db *, struct load_account *, struct status *);

#endif
