/*
 * db_postgres_schema: the tables and views in PostgreSQL.
 */
#ifndef LIBCAR_DB_POSTGRES_SCHEMA_PRIVATE_H
#define LIBCAR_DB_POSTGRES_SCHEMA_PRIVATE_H

#define DB_POSTGRES_VERSION 1 /* of the tables */

/* Makes them in an empty schema. */
extern const char db_postgres_schema[];

#endif
