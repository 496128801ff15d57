#include "config.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "libcar/db/name_private.h"

/*
 * Each kind of mistake has a function that recognises it by its form and says
 * what to write instead. A name that starts with a directory is always a file.
 */

#define SQLITE "sqlite:"
#define POSTGRES_FORM "postgresql://user@host:port/name"
#define LOCAL_FORM "postgresql:///name"

static bool
starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
db_name_is_postgres(const char *name)
{
	return starts(name, "postgresql://") || starts(name, "postgres://");
}

const char *
db_name_path(const char *name)
{
	return starts(name, SQLITE) ? name + strlen(SQLITE) : name;
}

static bool
is_one_of(const char *name, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len &&
		    strncasecmp(name, *words, len) == 0)
			return true;
	return false;
}

/* Length of the text before the first of these characters; 0 if there is none
 * of them. */
static size_t
before(const char *name, const char *ends)
{
	size_t len = strcspn(name, ends);

	return name[len] == '\0' ? 0 : len;
}

static int
want_postgres(const char *name, struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0,
	    "'%s': a database of PostgreSQL is " POSTGRES_FORM " or " LOCAL_FORM
	    "; a file of that name is ./%s",
	    name, name);
}

/* `postgres`, `postgres:x`, `PostgreSQL://x`, `jdbc:postgresql://x`. */
static int
check_postgres(const char *name, struct status *st)
{
	static const char *const words[] = { "postgresql", "postgres", "pgsql",
		"psql", "pg", "libpq", "jdbc", "cockroachdb", NULL };
	size_t len = strcspn(name, ":+");

	if (is_one_of(name, len, words))
		return want_postgres(name, st);
	return 0;
}

/* `host=127.0.0.1 dbname = x`. The rest may contain a password. */
static int
check_conninfo(const char *name, struct status *st)
{
	static const char *const keys[] = { "host", "hostaddr", "port",
		"dbname", "database", "user", "username", "password",
		"passfile", "service", "server", "driver", "options",
		"application_name", "connect_timeout", "client_encoding",
		"sslmode", "sslrootcert", "sslcert", "sslkey",
		"target_session_attrs", NULL };
	const char *key = name + strspn(name, " \t");
	size_t len = before(key, "=");

	while (len > 0 && isspace((unsigned char)key[len - 1]))
		len--;
	if (len == 0 || !is_one_of(key, len, keys))
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    "'%.*s=...': a database of PostgreSQL is " POSTGRES_FORM
	    " or " LOCAL_FORM "; a file of that name is ./%.*s=...",
	    (int)len, key, (int)len, key);
}

/* `localhost`, `host:5432/records`. */
static int
check_host(const char *name, struct status *st)
{
	static const char *const hosts[] = { "localhost", "127.0.0.1", "::1",
		"[::1]", NULL };
	size_t len = strcspn(name, "/"), colon = before(name, ":");
	size_t digits = strspn(name + colon + 1, "0123456789");

	if (is_one_of(name, len, hosts))
		return want_postgres(name, st);
	if (colon > 0 && digits > 0 && colon + 1 + digits == len)
		return want_postgres(name, st);
	return 0;
}

/* `mysql://x`, `mysql`, `https://x`. */
static int
check_other(const char *name, struct status *st)
{
	static const char *const words[] = { "mysql", "mariadb", "duckdb",
		"mongodb", "redis", "mssql", "sqlserver", "oracle", "sqlite",
		"sqlite3", NULL };
	size_t scheme = before(name, ":/");

	if (is_one_of(name, strcspn(name, ":"), words) ||
	    (scheme > 0 && starts(name + scheme, "://")))
		return status_set(st, STATUS_SYSTEM, 0,
		    "'%s' isn't a supported database; use an SQLite file, such "
		    "as records.db, or PostgreSQL, as " LOCAL_FORM,
		    name);
	return 0;
}

/* `-`, a DID, `:memory:`. */
static int
check_thing(const char *name, struct status *st)
{
	if (name[0] == '-')
		return status_set(st, STATUS_SYSTEM, 0,
		    "'%s' isn't a database; a file of that name is ./%s", name,
		    name);
	if (starts(name, "did:"))
		return status_set(st, STATUS_SYSTEM, 0,
		    "'%s' is a DID, not a database; a file of that name is "
		    "./%s",
		    name, name);
	return 0;
}

/* Names that SQLite takes for a temporary database or a URI. */
static int
check_path(const char *name, const char *path, struct status *st)
{
	size_t slashes = strspn(path, "/");

	if (path[0] == '\0' || starts(path, ":memory:") ||
	    starts(path, "file:"))
		return status_set(st, STATUS_SYSTEM, 0,
		    "'%s' doesn't name a file; use an SQLite file, such as "
		    "records.db, or PostgreSQL, as " LOCAL_FORM,
		    name);
	if (path != name && slashes > 1)
		return status_set(st, STATUS_SYSTEM, 0,
		    "'%s': write " SQLITE "%s, or " SQLITE "/%s for a file in "
		    "the root directory",
		    name, path + slashes, path + slashes);
	return 0;
}

int
db_name_check(const char *name, struct status *st)
{
	const char *path = db_name_path(name);

	if (db_name_is_postgres(name))
		return 0;
	if (check_path(name, path, st) == -1)
		return -1;
	if (path != name || name[0] == '/' || starts(name, "./") ||
	    starts(name, "../"))
		return 0;
	return check_postgres(name, st) == -1 ||
		check_conninfo(name, st) == -1 || check_host(name, st) == -1 ||
		check_other(name, st) == -1 || check_thing(name, st) == -1 ?
	    -1 :
	    0;
}
