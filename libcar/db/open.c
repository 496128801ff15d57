#include "config.h"

#include "libcar/db/db.h"
#include "libcar/db/name_private.h"
#include "libcar/db/postgres_private.h"
#include "libcar/db/postgres_schema_private.h"
#include "libcar/db/sqlite_private.h"
#include "libcar/db/sqlite_schema_private.h"

/*
 * Choose the driver of the named database. This is the only file that knows
 * both drivers, and no file in this folder is above it.
 */

static int
open_any(struct db **out, const char *name, bool read, unsigned wait_ms,
    struct status *st)
{
	if (db_name_check(name, st) == -1)
		return -1;
	if (db_name_is_postgres(name))
		return db_postgres_open(out, name, read, wait_ms, st);
	return db_sqlite_open(out, db_name_path(name), read, wait_ms, st);
}

int
db_open(struct db **out, const char *name, unsigned wait_ms, struct status *st)
{
	return open_any(out, name, false, wait_ms, st);
}

int
db_open_read(struct db **out, const char *name, unsigned wait_ms,
    struct status *st)
{
	return open_any(out, name, true, wait_ms, st);
}

const char *
db_schema(const char *name, struct status *st)
{
	if (name[0] != '\0' && db_name_check(name, st) == -1)
		return NULL;
	return db_name_is_postgres(name) ? db_postgres_schema :
					   db_sqlite_schema;
}
