/*
 * standing_format: the lines of at-status, made of rows.
 */
#ifndef LIBCAR_DB_STANDING_FORMAT_H
#define LIBCAR_DB_STANDING_FORMAT_H

#include "libcar/base/buf.h"
#include "libcar/db/coverage.h"
#include "libcar/db/standing.h"

/* Append where the import of an account stands, as a `repo` line. */
int db_standing_format(struct buf *, const struct db_standing *,
    struct status *);

/* Append where a list or stream of a service goes on, as a `cursor` line. */
int db_service_format(struct buf *, const struct db_service *, struct status *);

#endif
