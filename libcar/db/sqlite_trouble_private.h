/*
 * db_sqlite_trouble: why SQLite can't open or write a file.
 */
#ifndef LIBCAR_DB_SQLITE_TROUBLE_PRIVATE_H
#define LIBCAR_DB_SQLITE_TROUBLE_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>

#include "libcar/base/status.h"

/* Set the status to the cause of the connection's last error, for a process
 * that opened the path for reading or writing; returns -1. */
int db_sqlite_trouble(sqlite3 *, const char *path, bool read, struct status *);

#endif
