#include "config.h"

#include <string.h>

#include "libcar/db/driver_private.h"

/*
 * This file passes the calls of db.h and the statements of this folder to the
 * driver of the database. All files that use SQL are above this file, including
 * the drivers; it knows a driver only by its table of methods.
 */

int
db_refresh(struct db *db, bool *changed, struct status *st)
{
	return db->driver->refresh(db, changed, st);
}

int
db_took_back(struct db *db, struct status *st)
{
	return db->driver->took_back == NULL ? 0 :
					       db->driver->took_back(db, st);
}

int
db_ping(struct db *db, struct status *st)
{
	int64_t one;

	return db_one(db, st, &one, "SELECT 1", "");
}

int
db_limit(struct db *db, unsigned ms, struct status *st)
{
	return db->driver->limit(db, ms, st);
}

bool
db_fresh(struct db *db, int64_t account)
{
	return db->driver->fresh != NULL && db->driver->fresh(db, account);
}

int
db_share(struct db *db, struct status *st)
{
	return db->driver->share == NULL ? 0 : db->driver->share(db, st);
}

int
db_settle(struct db *db, int64_t account, struct status *st)
{
	return db->driver->settle == NULL ? 0 :
					    db->driver->settle(db, account, st);
}

/* Statements */

void
db_query(struct db *db, struct db_rows *rows, struct status *st,
    const char *sql, const char *format, ...)
{
	va_list ap;

	*rows = (struct db_rows){ .db = db, .st = st };
	va_start(ap, format);
	rows->got = db->driver->query(db, rows, sql, format, ap, st);
	va_end(ap);
	if (rows->got == -1)
		rows->rc = -1;
}

bool
db_next(struct db_rows *rows)
{
	if (rows->rc == -1)
		return false;
	if (rows->begun && rows->got == 1)
		rows->got = rows->db->driver->step(rows, rows->st);
	rows->begun = true;
	if (rows->got == -1)
		rows->rc = -1;
	return rows->got == 1;
}

int
db_end(struct db_rows *rows)
{
	if (rows->got == 1)
		rows->db->driver->done(rows);
	rows->got = 0;
	return rows->rc;
}

int
db_run(struct db *db, struct status *st, const char *sql, const char *format,
    ...)
{
	struct db_rows rows = { .db = db, .st = st };
	va_list ap;

	va_start(ap, format);
	rows.got = db->driver->run != NULL ?
	    db->driver->run(db, sql, format, ap, st) :
	    db->driver->query(db, &rows, sql, format, ap, st);
	va_end(ap);
	return rows.got == -1 ? -1 : db_end(&rows);
}

int
db_run_many(struct db *db, struct status *st, const struct db_many *many, ...)
{
	struct db_rows rows = { .db = db, .st = st };
	va_list ap;

	va_start(ap, many);
	rows.got = db->driver->gather != NULL ?
	    db->driver->gather(db, many, ap, st) :
	    db->driver->query(db, &rows, many->one, many->format, ap, st);
	va_end(ap);
	return rows.got == -1 ? -1 : db_end(&rows);
}

int
db_one(struct db *db, struct status *st, int64_t *out, const char *sql,
    const char *format, ...)
{
	struct db_rows rows = { .db = db, .st = st };
	va_list ap;

	va_start(ap, format);
	rows.got = db->driver->query(db, &rows, sql, format, ap, st);
	va_end(ap);
	if (rows.got == 0)
		return status_set(st, STATUS_SYSTEM, 0, "a row is missing");
	if (rows.got == -1)
		return -1;
	*out = db_integer(&rows, 0);
	return db_end(&rows);
}

struct slice
db_text(const struct db_rows *rows, int column)
{
	return rows->db->driver->text(rows, column);
}

int64_t
db_integer(const struct db_rows *rows, int column)
{
	return rows->db->driver->integer(rows, column);
}

void
db_rev(char *rev, const struct db_rows *rows, int column)
{
	struct slice t = db_text(rows, column);

	memset(rev, 0, DB_REV_BYTES);
	if (t.at != NULL)
		memcpy(rev, t.at,
		    t.len < DB_REV_BYTES ? t.len : DB_REV_BYTES - 1);
}

int
db_one_text(struct db *db, const char *sql, int64_t id, struct slice *out,
    struct status *st)
{
	struct db_rows rows;
	bool found;

	db->text.len = 0;
	db_query(db, &rows, st, sql, "i", id);
	if ((found = db_next(&rows))) {
		*out = db_text(&rows, 0);
		buf_put(&db->text, out->at, out->len);
	}
	if (db_end(&rows) == -1)
		return -1;
	if (!found)
		return status_set(st, STATUS_SYSTEM, 0, "a row is missing");
	if (db->text.failed)
		return status_no_memory(st);
	out->at = db->text.data;
	return 0;
}
