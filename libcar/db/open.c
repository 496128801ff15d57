#include "config.h"

#include <string.h>

#include "libcar/db/db.h"
#include "libcar/db/postgres_private.h"
#include "libcar/db/postgres_schema_private.h"
#include "libcar/db/sqlite_private.h"
#include "libcar/db/sqlite_schema_private.h"

/*
 * Which database a name means. This is the only file that knows both drivers,
 * and nothing in this folder stands above it.
 */

static bool
starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static bool
is_postgres(const char *name)
{
	return starts(name, "postgresql:") || starts(name, "postgres:");
}

/* The file's name, or NULL where the name is of none. */
static const char *
sqlite_path(const char *name, struct status *st)
{
	const char *path = name;

	if (starts(name, "sqlite:"))
		path = name + strlen("sqlite:");
	if (strstr(path, "://") != NULL) {
		status_set(st, STATUS_SYSTEM, 0, "'%s': no such database",
		    name);
		return NULL;
	}
	/* What SQLite may take for one that is gone when it is closed. */
	if (path[0] == '\0' || starts(path, ":memory:") ||
	    starts(path, "file:")) {
		status_set(st, STATUS_SYSTEM, 0, "'%s' names no file", name);
		return NULL;
	}
	return path;
}

static int
open_any(struct db **out, const char *name, bool read, unsigned wait_ms,
    struct status *st)
{
	const char *path;

	if (is_postgres(name))
		return db_postgres_open(out, name, read, wait_ms, st);
	if ((path = sqlite_path(name, st)) == NULL)
		return -1;
	return db_sqlite_open(out, path, read, wait_ms, st);
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
	if (is_postgres(name))
		return db_postgres_schema;
	if (name[0] != '\0' && sqlite_path(name, st) == NULL)
		return NULL;
	return db_sqlite_schema;
}
