#include "config.h"

#include <string.h>

#include "libcar/db.h"
#include "libcar/db_sqlite.h"

static bool
starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The file's name, or NULL where the name is of another kind. */
static const char *
sqlite_path(const char *name, struct status *st)
{
	const char *path = name;

	if (starts(name, "sqlite:"))
		path = name + strlen("sqlite:");
	if (starts(name, "postgresql:") || starts(name, "postgres:")) {
		status_set(st, STATUS_SYSTEM, 0,
		    "%s: PostgreSQL is not built in", name);
		return NULL;
	}
	/* What SQLite takes for a database that is gone when it is closed. */
	if (path[0] == '\0' || starts(path, ":memory:")) {
		status_set(st, STATUS_SYSTEM, 0, "'%s' names no file", name);
		return NULL;
	}
	return path;
}

static int
open_any(struct db **out, const char *name, bool read, unsigned wait_ms,
    struct status *st)
{
	const char *path = sqlite_path(name, st);

	if (path == NULL)
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
	if (name[0] != '\0' && sqlite_path(name, st) == NULL)
		return NULL;
	return db_sqlite_schema;
}
