/*
 * db_sqlite_trouble: why SQLite can't open or write a file.
 */
#ifndef LIBCAR_DB_SQLITE_TROUBLE_PRIVATE_H
#define LIBCAR_DB_SQLITE_TROUBLE_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "libcar/base/status.h"

/* Set the status to what the connection's last error means for whoever opened
 * the path, to read or to write it; always -1. */
int db_sqlite_trouble(sqlite3 *, const char *path, bool read, struct status *);

#endif
