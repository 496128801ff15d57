/*
 * db_pair: a number for rows whose key is two texts, for struct db_many.once: a
 * statement must not have two rows of one key.
 */
#ifndef LIBCAR_DB_PAIR_PRIVATE_H
#define LIBCAR_DB_PAIR_PRIVATE_H

#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/db/db.h"

/* The same for equal keys; equal for other keys by chance only. */
int db_pair_hash(struct db *, const struct slice *, const struct slice *,
    int64_t *hash, struct status *);

#endif
