#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/index.h"

/*
 * An index can't be limited to one collection: a query of the view names the
 * collection, but an entry has only its number. So an index has the records of
 * all collections that have a value at the path, and no others.
 *
 * PostgreSQL's indexes are of type SP-GiST. A B-tree rejects texts of more than
 * 2,700 bytes, so that one record could stop the load; a hash index is slow if
 * many texts are equal. The cost of SP-GiST grows with the square of a text's
 * length, which jsonb.h limits.
 */

#define COLUMN "indexed_at"
#define PREFIX "record:" /* of its name, before the path */

static int
refuse(const char *text, const char *why, struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0,
	    "'%s': %s; want an NSID and a path, such as "
	    "app.bsky.feed.like:subject.uri, or " COLUMN,
	    text, why);
}

static bool
is_number(const char *part, size_t len)
{
	return len <= 6 && strspn(part, "0123456789") >= len;
}

/* A key, or the number of an element. */
static bool
is_part(const char *part, size_t len, bool first)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-$";

	if (len == 0 || strspn(part, letters) < len)
		return false;
	if (isdigit((unsigned char)part[0]))
		return !first && is_number(part, len);
	return true;
}

int
db_index_check(const char *text, struct status *st)
{
	size_t nsid = strcspn(text, ":"), len;
	const char *path = text + nsid + 1, *part = path;

	if (strcmp(text, COLUMN) == 0)
		return 0;
	if (text[nsid] == '\0')
		return refuse(text, "there is no ':'", st);
	if (!syntax_is_nsid(text, nsid))
		return refuse(text, "it does not start with an NSID", st);
	if (strlen(path) > DB_INDEX_PATH_MAX)
		return refuse(text, "the path is too long", st);
	for (;; part += len + 1) {
		len = strcspn(part, ".");
		if (!is_part(part, len, part == path))
			return refuse(text,
			    "a part of a path is a key of letters, digits, "
			    "_, - and $, or a number",
			    st);
		if (part[len] == '\0')
			return 0;
	}
}

/* ->'key', ->0; ->> the last one. SQLite takes what begins with $ for a
 * path. */
static void
put_part(struct buf *sql, const struct db_driver *driver, const char *part,
    size_t len, bool last)
{
	buf_puts(sql, last ? "->>" : "->");
	if (is_number(part, len)) {
		buf_put(sql, part, len);
		return;
	}
	buf_puts(sql, part[0] == '$' && !driver->arrays ? "'$." : "'");
	buf_put(sql, part, len);
	buf_putc(sql, '\'');
}

static void
put_expression(struct buf *sql, const struct db_driver *driver,
    const char *path)
{
	size_t len;

	buf_puts(sql, "(record");
	for (;; path += len + 1) {
		len = strcspn(path, ".");
		put_part(sql, driver, path, len, path[len] == '\0');
		if (path[len] == '\0')
			break;
	}
	buf_putc(sql, ')');
}

static void
put_index(struct buf *sql, const struct db_driver *driver, const char *path)
{
	buf_puts(sql, "CREATE INDEX \"" PREFIX);
	buf_puts(sql, path);
	buf_puts(sql, driver->index_of);
	put_expression(sql, driver, path);
	buf_puts(sql, ") WHERE ");
	put_expression(sql, driver, path);
	buf_puts(sql, " IS NOT NULL");
}

static int
make(struct db *db, const char *sql, struct status *st)
{
	const struct db_driver *driver = db->driver;

	if (driver->may_index != NULL && driver->may_index(db, st) == -1)
		return -1;
	return driver->execute(db, sql, st);
}

/* Is it there? Asking needs no right and waits for no writer. */
static int
is_there(struct db *db, const char *name, bool *there, struct status *st)
{
	int64_t n;

	if (db_one(db, st, &n, db->driver->index_there, "s", name) == -1)
		return -1;
	*there = n > 0;
	return 0;
}

/* Run sql unless the index is there, in one process at a time. */
static int
make_once(struct db *db, const char *name, const char *sql, struct status *st)
{
	const struct db_plan none = { 0 };
	bool there, stale;

	if (db->driver->begin(db, &none, &stale, st) == -1 ||
	    db_share(db, st) == -1 || is_there(db, name, &there, st) == -1 ||
	    (!there && make(db, sql, st) == -1))
		return -1;
	return db->driver->commit(db, st);
}

/* The index by what the records have at the path. */
static int
make_path(struct db *db, const char *path, const char *sql, struct status *st)
{
	char name[sizeof(PREFIX) + DB_INDEX_PATH_MAX];
	const char *prepare = db->driver->index_prepare;

	snprintf(name, sizeof(name), PREFIX "%s", path);
	/* Not in the same transaction: CREATE INDEX also reads the versions of
	 * rows that its own transaction replaced. */
	if (prepare != NULL && make_once(db, name, prepare, st) == -1)
		return -1;
	return make_once(db, name, sql, st);
}

int
db_index_make(struct db *db, const char *text, struct status *st)
{
	const char *path = strcmp(text, COLUMN) == 0 ? NULL :
						       strchr(text, ':') + 1;
	struct buf sql = { 0 };
	int rc;

	if (path == NULL)
		buf_puts(&sql, db->driver->index_time);
	else
		put_index(&sql, db->driver, path);
	buf_puts(&sql, "; ");
	buf_puts(&sql, db->driver->index_statistics);
	buf_putc(&sql, '\0');
	if (sql.failed)
		rc = status_no_memory(st);
	else if (path == NULL)
		rc = make_once(db, "entry_" COLUMN, sql.data, st);
	else
		rc = make_path(db, path, sql.data, st);
	buf_free(&sql);
	return rc;
}
