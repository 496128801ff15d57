/*
 * load_prune: remove old tombstones.
 */
#ifndef LIBCAR_LOAD_PRUNE_H
#define LIBCAR_LOAD_PRUNE_H

#include "libcar/load/load.h"

/* Those that were written here so long ago. Lines about these records that
 * are older than their deletion must not come any more. */
int load_prune(struct load *, uint64_t age_ms, struct status *);

#endif
