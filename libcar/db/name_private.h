/*
 * db_name: which database a name means.
 *
 * `postgresql://...` and `postgres://...` mean a PostgreSQL database,
 * everything else an SQLite file, with or without `sqlite:`. A name that almost
 * certainly means something else, such as `host=127.0.0.1` or `mysql://x/y`, is
 * an error whose message has the right form. `./name` and `sqlite:name` are
 * always files.
 */
#ifndef LIBCAR_DB_NAME_PRIVATE_H
#define LIBCAR_DB_NAME_PRIVATE_H

#include <stdbool.h>

#include "libcar/base/status.h"

bool db_name_is_postgres(const char *name);

/* Is this a valid name? -1: STATUS_SYSTEM. */
int db_name_check(const char *name, struct status *);

/* The file of a valid name: a part of the name. */
const char *db_name_path(const char *name);

#endif
