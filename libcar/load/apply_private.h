/*
 * load_apply: a batch of lines, applied within a transaction.
 */
#ifndef LIBCAR_LOAD_APPLY_PRIVATE_H
#define LIBCAR_LOAD_APPLY_PRIVATE_H

#include "libcar/load/batch_private.h"
#include "libcar/load/work_private.h"

/* Apply the runs that are news, and count the others. Report items from *told
 * on, and advance it, so that each item is reported once, even if the batch is
 * applied again. */
int load_apply(struct load_work *, const struct load_batch *,
    const struct load_hooks *, size_t *told, struct status *);

#endif
