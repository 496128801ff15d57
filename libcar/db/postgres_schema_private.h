/*
 * db_postgres_schema: the tables and views in PostgreSQL.
 */
#ifndef LIBCAR_DB_POSTGRES_SCHEMA_PRIVATE_H
#define LIBCAR_DB_POSTGRES_SCHEMA_PRIVATE_H

#include <stdint.h>

#define DB_POSTGRES_VERSION 6 /* of the tables */

/* Creates them in an empty schema. */
extern const char db_postgres_schema[];

/* The statements that upgrade tables of this version to the next one, within a
 * transaction; NULL: unknown version. */
const char *db_postgres_upgrade(int64_t version);

/* Of the driver: see driver_private.h. */
extern const char db_postgres_index_time[], db_postgres_index_prepare[];

#endif
