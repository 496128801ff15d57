/*
 * db_name: which database a name means.
 *
 * `postgresql://...` and `postgres://...` mean a database of PostgreSQL,
 * anything else a file of SQLite, also after `sqlite:`. A name that is surely
 * meant otherwise, such as `host=127.0.0.1` or `mysql://x/y`, is refused, and
 * the message has the right form. A file that really has such a name is
 * reached as `./name` or `sqlite:name`.
 */
#ifndef LIBCAR_DB_NAME_PRIVATE_H
#define LIBCAR_DB_NAME_PRIVATE_H

#include <stdbool.h>

#include "libcar/base/status.h"

bool db_name_is_postgres(const char *name);

/* Is it a name for a database? -1: STATUS_SYSTEM. */
int db_name_check(const char *name, struct status *);

/* The file of a name that was checked: a part of it. */
const char *db_name_path(const char *name);

#endif
