#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/db/sqlite_statement_private.h"
#include "libcar/db/sqlite_trouble_private.h"

/*
 * SQLite statements. Each is prepared at its first use, and kept until the file
 * is closed.
 */

int
db_sqlite_fail(struct db_sqlite *d, struct status *st)
{
	return db_sqlite_trouble(d->conn, d->path, d->read, st);
}

/* Find the parameters' indexes in SQLite's numbering. */
static void
find_parameters(struct db_sqlite_statement *s)
{
	char name[16];
	int i;

	for (i = 0; i < DB_VALUES; i++) {
		snprintf(name, sizeof(name), "$%d", i + 1);
		s->at[i] = sqlite3_bind_parameter_index(s->stmt, name);
	}
}

static struct db_sqlite_statement *
prepare(struct db_sqlite *d, const char *sql, struct status *st)
{
	struct db_sqlite_statement *s = d->cache;

	for (; s < d->cache + d->ncached; s++)
		if (s->sql == sql) {
			sqlite3_reset(s->stmt);
			return s;
		}
	if (d->ncached == DB_STATEMENTS) {
		status_set(st, STATUS_SYSTEM, 0, "too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&s->stmt, NULL) != SQLITE_OK) {
		db_sqlite_fail(d, st);
		return NULL;
	}
	s->sql = sql;
	find_parameters(s);
	d->ncached++;
	return s;
}

sqlite3_stmt *
db_sqlite_prepare(struct db_sqlite *d, const char *sql, struct status *st)
{
	struct db_sqlite_statement *s = prepare(d, sql, st);

	return s == NULL ? NULL : s->stmt;
}

static void
bind_text(sqlite3_stmt *stmt, int i, const char *s, size_t len)
{
	if (s == NULL)
		sqlite3_bind_null(stmt, i);
	else
		sqlite3_bind_text64(stmt, i, s, len, SQLITE_STATIC,
		    SQLITE_UTF8);
}

static void
bind(const struct db_sqlite_statement *s, const char *format, va_list ap)
{
	const struct slice *t;
	const char *text;
	int i;

	for (i = 0; format[i] != '\0'; i++)
		switch (format[i]) {
		case 'i':
			sqlite3_bind_int64(s->stmt, s->at[i],
			    va_arg(ap, int64_t));
			break;
		case 't':
			t = va_arg(ap, const struct slice *);
			bind_text(s->stmt, s->at[i], t->at, t->len);
			break;
		case 's':
			text = va_arg(ap, const char *);
			if (text != NULL && *text == '\0')
				text = NULL;
			bind_text(s->stmt, s->at[i], text,
			    text == NULL ? 0 : strlen(text));
			break;
		case 'c':
			sqlite3_bind_blob(s->stmt, s->at[i],
			    va_arg(ap, const void *), DB_CHUNK_BYTES,
			    SQLITE_STATIC);
			break;
		}
}

int
db_sqlite_step(struct db_sqlite *d, sqlite3_stmt *stmt, struct status *st)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		db_sqlite_fail(d, st);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : -1;
}

/* Rows */

int
db_sqlite_query(struct db *db, struct db_rows *rows, const char *sql,
    const char *format, va_list ap, struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);
	struct db_sqlite_statement *s = prepare(d, sql, st);

	if (s == NULL)
		return -1;
	if (d->limit_ms > 0)
		d->until_ms = clock_monotonic_ms() + d->limit_ms;
	bind(s, format, ap);
	rows->result = s->stmt;
	return db_sqlite_step(d, s->stmt, st);
}

int
db_sqlite_next(struct db_rows *rows, struct status *st)
{
	return db_sqlite_step(db_sqlite_of(rows->db), rows->result, st);
}

void
db_sqlite_done(struct db_rows *rows)
{
	sqlite3_reset(rows->result);
}

struct slice
db_sqlite_column(const struct db_rows *rows, int column)
{
	struct slice t;

	t.at = (const char *)sqlite3_column_text(rows->result, column);
	t.len = sqlite3_column_bytes(rows->result, column);
	return t;
}

int64_t
db_sqlite_integer(const struct db_rows *rows, int column)
{
	return sqlite3_column_int64(rows->result, column);
}
