/*
 * load_sweep: what follows when a snapshot is whole. Layer 6.
 */
#ifndef LIBCAR_LOAD_SWEEP_H
#define LIBCAR_LOAD_SWEEP_H

#include "libcar/load_snapshot.h"

/* Conclude what can be concluded of the account's snapshots: remove what they
 * didn't name, and note what is loaded. They may be gone afterwards. */
int load_sweep_conclude(struct load *, struct load_account *, struct status *);

#endif
