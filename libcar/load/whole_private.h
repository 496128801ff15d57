/*
 * load_whole: lines that are about an account or a service as a whole.
 */
#ifndef LIBCAR_LOAD_WHOLE_PRIVATE_H
#define LIBCAR_LOAD_WHOLE_PRIVATE_H

#include "libcar/load/batch_private.h"
#include "libcar/load/work_private.h"

/* Apply a line of any type except a record and an `error` about a key. */
int load_whole_apply(struct load_work *, const struct load_run *,
    struct status *);

/* Why not to believe an `end` that says `unchanged`: STATUS_BAD_LINE. */
int load_whole_doubt(const struct load_run *, struct status *);

#endif
