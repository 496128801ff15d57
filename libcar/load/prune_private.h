/*
 * load_prune: remove old tombstones.
 */
#ifndef LIBCAR_LOAD_PRUNE_PRIVATE_H
#define LIBCAR_LOAD_PRUNE_PRIVATE_H

#include "libcar/load/transact_private.h"

/* Remove tombstones that were written here at least this long ago. */
int load_prune_tombstones(struct load_session *, uint64_t age_ms,
    struct status *);

#endif
