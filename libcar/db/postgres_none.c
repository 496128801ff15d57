#include "config.h"

#include "libcar/db/postgres_private.h"

/*
 * This file replaces the driver if configure had --without-postgresql. The
 * schema needs no server and is available.
 */

int
db_postgres_open(struct db **out, const char *name, bool read, unsigned wait_ms,
    struct status *st)
{
	(void)out, (void)name, (void)read, (void)wait_ms;
	return status_set(st, STATUS_SYSTEM, 0,
	    "this build has no PostgreSQL (configure --without-postgresql)");
}
