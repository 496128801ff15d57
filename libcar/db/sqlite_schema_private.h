/*
 * db_sqlite_schema: the tables and views in SQLite.
 */
#ifndef LIBCAR_DB_SQLITE_SCHEMA_PRIVATE_H
#define LIBCAR_DB_SQLITE_SCHEMA_PRIVATE_H

#include <stdint.h>

#define DB_SQLITE_APPLICATION 0x61747031 /* PRAGMA application_id */
#define DB_SQLITE_VERSION 8              /* of the tables: user_version */

/* Creates the tables and views in an empty file. */
extern const char db_sqlite_schema[];

/* The statements that upgrade tables of this version to the next one, or
 * recreate the views of the current version; run them in a transaction. NULL:
 * unknown version. */
const char *db_sqlite_upgrade(int64_t version);

/* Part of the driver: see driver_private.h. */
extern const char db_sqlite_index_time[];

#endif
