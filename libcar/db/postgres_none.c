#include "config.h"

#include "libcar/db/postgres_private.h"

/*
 * In place of the driver where configure was told --without-postgresql. The
 * schema, which needs no server, is there all the same.
 */

int
db_postgres_open(struct db **out, const char *name, bool read, unsigned wait_ms,
    struct status *st)
{
	(void)out, (void)name, (void)read, (void)wait_ms;
	return status_set(st, STATUS_SYSTEM, 0,
	    "this build has no PostgreSQL (configure --without-postgresql)");
}
