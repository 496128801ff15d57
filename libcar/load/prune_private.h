/*
 * load_prune: remove old tombstones.
 */
#ifndef LIBCAR_LOAD_PRUNE_PRIVATE_H
#define LIBCAR_LOAD_PRUNE_PRIVATE_H

#include "libcar/load/transact_private.h"

/* Those that were written here so long ago. */
int load_prune_tombstones(struct load_session *, uint64_t age_ms,
    struct status *);

#endif
