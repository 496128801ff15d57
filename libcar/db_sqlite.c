#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcar/db_sqlite.h"

#define CHECKPOINT_PAGES 8192
#define LONG_MS 20 /* a transaction that others notice */

static struct db_sqlite *
self(struct db *db)
{
	return (struct db_sqlite *)db;
}

static int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sleep_ms(unsigned ms)
{
	struct timespec ts = { 0, ms * 1000000L };

	nanosleep(&ts, NULL);
}

/* Ask often: whoever holds the file lets go of it for a moment only. */
static int
on_busy(void *arg, int times)
{
	struct db_sqlite *d = arg;

	d->waited = true;
	if ((unsigned)times >= d->wait_ms)
		return 0;
	sleep_ms(1);
	return 1;
}

int
db_sqlite_fail(struct db_sqlite *d, struct status *st)
{
	int code = sqlite3_errcode(d->conn);
	enum status_code sc = STATUS_SYSTEM;

	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		sc = STATUS_AGAIN;
	return status_set(st, sc, 0, "%s: %s", d->path,
	    sqlite3_errmsg(d->conn));
}

sqlite3_stmt *
db_sqlite_prepare(struct db_sqlite *d, const char *sql, struct status *st)
{
	sqlite3_stmt *stmt;
	unsigned i;

	for (i = 0; i < d->ncached; i++)
		if (d->cache[i].sql == sql) {
			sqlite3_reset(d->cache[i].stmt);
			return d->cache[i].stmt;
		}
	if (i == DB_SQLITE_STATEMENTS) {
		status_set(st, STATUS_SYSTEM, 0, "too many statements");
		return NULL;
	}
	if (sqlite3_prepare_v3(d->conn, sql, -1, SQLITE_PREPARE_PERSISTENT,
		&stmt, NULL) != SQLITE_OK) {
		db_sqlite_fail(d, st);
		return NULL;
	}
	d->cache[i].sql = sql;
	d->cache[i].stmt = stmt;
	d->ncached++;
	return stmt;
}

static int
bind_text(sqlite3_stmt *stmt, int i, const char *s, size_t len)
{
	if (s == NULL)
		return sqlite3_bind_null(stmt, i);
	return sqlite3_bind_text64(stmt, i, s, len, SQLITE_STATIC, SQLITE_UTF8);
}

static void
bind(sqlite3_stmt *stmt, const char *format, va_list ap)
{
	const struct line_text *t;
	const char *s;
	int i;

	for (i = 1; *format != '\0'; format++, i++)
		switch (*format) {
		case 'i':
			sqlite3_bind_int64(stmt, i, va_arg(ap, int64_t));
			break;
		case 't':
			t = va_arg(ap, const struct line_text *);
			bind_text(stmt, i, t->at, t->len);
			break;
		case 's':
			s = va_arg(ap, const char *);
			if (s != NULL && *s == '\0')
				s = NULL;
			bind_text(stmt, i, s, s == NULL ? 0 : strlen(s));
			break;
		case 'c':
			sqlite3_bind_blob(stmt, i, va_arg(ap, const void *),
			    DB_CHUNK_BYTES, SQLITE_STATIC);
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

int
db_sqlite_query(struct db_sqlite *d, sqlite3_stmt **out, struct status *st,
    const char *sql, const char *format, ...)
{
	va_list ap;

	if ((*out = db_sqlite_prepare(d, sql, st)) == NULL)
		return -1;
	va_start(ap, format);
	bind(*out, format, ap);
	va_end(ap);
	return db_sqlite_step(d, *out, st);
}

int
db_sqlite_run(struct db_sqlite *d, struct status *st, const char *sql,
    const char *format, ...)
{
	sqlite3_stmt *stmt;
	va_list ap;
	int got;

	if ((stmt = db_sqlite_prepare(d, sql, st)) == NULL)
		return -1;
	va_start(ap, format);
	bind(stmt, format, ap);
	va_end(ap);
	if ((got = db_sqlite_step(d, stmt, st)) == 1)
		sqlite3_reset(stmt);
	return got == -1 ? -1 : 0;
}

struct line_text
db_sqlite_text(sqlite3_stmt *stmt, int column)
{
	struct line_text t;

	t.at = (const char *)sqlite3_column_text(stmt, column);
	t.len = sqlite3_column_bytes(stmt, column);
	return t;
}

void
db_sqlite_rev(char *rev, sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	memset(rev, 0, DB_REV_BYTES);
	if (text != NULL)
		memccpy(rev, text, 0, DB_REV_BYTES - 1);
}

static int
exec(struct db_sqlite *d, const char *sql, struct status *st)
{
	if (sqlite3_exec(d->conn, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return db_sqlite_fail(d, st);
}

static int
get_integer(struct db_sqlite *d, const char *sql, int64_t *out,
    struct status *st)
{
	sqlite3_stmt *stmt;

	if (db_sqlite_query(d, &stmt, st, sql, "") != 1)
		return -1;
	*out = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return 0;
}

static int
data_version(struct db_sqlite *d, bool *changed, struct status *st)
{
	int64_t old = d->data_version;

	if (get_integer(d, "PRAGMA data_version", &d->data_version, st) == -1)
		return -1;
	*changed = old != d->data_version;
	return 0;
}

/*
 * Whoever waits looks every millisecond, so that after a transaction that
 * took much longer a pause of little more lets it in: without it one of
 * several processes would hold the file until its input ends.
 */
static int
begin(struct db *db, bool *changed, struct status *st)
{
	struct db_sqlite *d = self(db);

	if (d->contended && d->held_ms > LONG_MS)
		sleep_ms(2);
	d->waited = false;
	if (db_sqlite_run(d, st, "BEGIN IMMEDIATE", "") == -1 ||
	    data_version(d, changed, st) == -1)
		return -1;
	d->contended = d->waited || *changed;
	d->began_ms = clock_ms();
	if (*changed)
		d->cursor.known = false;
	return 0;
}

static int
commit(struct db *db, struct status *st)
{
	struct db_sqlite *d = self(db);

	db_sqlite_entry_pause(d);
	if (db_sqlite_run(d, st, "COMMIT", "") == -1)
		return -1;
	d->held_ms = clock_ms() - d->began_ms;
	return 0;
}

static void
close_file(struct db *db)
{
	struct db_sqlite *d = self(db);
	unsigned i;

	for (i = 0; i < d->ncached; i++)
		sqlite3_finalize(d->cache[i].stmt);
	sqlite3_close(d->conn);
	buf_free(&d->text);
	free(d->path);
	free(d);
}

/* The version of its tables; 0: it is empty. */
static int
get_version(struct db_sqlite *d, int64_t *version, struct status *st)
{
	int64_t application, tables;

	if (exec(d, "BEGIN", st) == -1 ||
	    get_integer(d, "PRAGMA application_id", &application, st) == -1 ||
	    get_integer(d, "PRAGMA user_version", version, st) == -1 ||
	    get_integer(d, "SELECT count(*) FROM sqlite_schema", &tables, st) ==
		-1 ||
	    exec(d, "COMMIT", st) == -1)
		return -1;
	if (tables == 0 && *version == 0)
		return 0;
	if (application != DB_SQLITE_APPLICATION)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s: a database of something else", d->path);
	if (*version > 0 && *version <= DB_SQLITE_VERSION)
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: tables of version %lld, this program knows %d", d->path,
	    (long long)*version, DB_SQLITE_VERSION);
}

static int
make_tables(struct db_sqlite *d, int64_t version, struct status *st)
{
	const char *upgrade, *views;

	if (version == 0)
		return exec(d, db_sqlite_schema, st);
	upgrade = db_sqlite_upgrade(version, &views);
	return exec(d, upgrade, st) == -1 ? -1 : exec(d, views, st);
}

/* Another process may be making them at the same moment: look again. */
static int
need_tables(struct db_sqlite *d, struct status *st)
{
	int code = SQLITE_ERROR;
	int64_t version;
	unsigned tries;

	for (tries = 0; tries <= d->wait_ms; tries++) {
		if (get_version(d, &version, st) == -1)
			return -1;
		if (version == DB_SQLITE_VERSION ||
		    make_tables(d, version, st) == 0)
			return 0;
		code = sqlite3_errcode(d->conn);
		if (!sqlite3_get_autocommit(d->conn))
			sqlite3_exec(d->conn, "ROLLBACK", NULL, NULL, NULL);
		if (code != SQLITE_BUSY && code != SQLITE_ERROR)
			break;
		sleep_ms(1);
	}
	return -1;
}

static int
set_up(struct db_sqlite *d, struct status *st)
{
	bool changed;

	sqlite3_busy_handler(d->conn, on_busy, d);
	if (db_sqlite_entry_open(d) != SQLITE_OK)
		return db_sqlite_fail(d, st);
	if (need_tables(d, st) == -1)
		return -1;
	if (exec(d, "PRAGMA synchronous = NORMAL", st) == -1 ||
	    exec(d, "PRAGMA temp_store = MEMORY", st) == -1)
		return -1;
	sqlite3_wal_autocheckpoint(d->conn, CHECKPOINT_PAGES);
	return data_version(d, &changed, st);
}

static int
set_up_read(struct db_sqlite *d, struct status *st)
{
	int64_t version;

	sqlite3_busy_handler(d->conn, on_busy, d);
	if (get_version(d, &version, st) == -1)
		return -1;
	if (version == DB_SQLITE_VERSION)
		return 0;
	if (version == 0)
		return status_set(st, STATUS_SYSTEM, 0, "%s: an empty database",
		    d->path);
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: tables of version %lld, at-load makes them %d", d->path,
	    (long long)version, DB_SQLITE_VERSION);
}

static struct db_methods methods;

int
db_sqlite_open(struct db **out, const char *path, bool read, unsigned wait_ms,
    struct status *st)
{
	int flags = read ? SQLITE_OPEN_READONLY :
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	struct db_sqlite *d = calloc(1, sizeof(*d));

	methods.close = close_file;
	methods.begin = begin;
	methods.commit = commit;
	db_sqlite_entry_methods(&methods);
	db_sqlite_import_methods(&methods);
	db_sqlite_account_methods(&methods);
	db_sqlite_standing_methods(&methods);
	if (d == NULL || (d->path = strdup(path)) == NULL) {
		free(d);
		return status_set(st, STATUS_SYSTEM, 0, "no memory");
	}
	d->db.call = &methods;
	d->wait_ms = wait_ms;
	if (sqlite3_open_v2(path, &d->conn, flags | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK)
		db_sqlite_fail(d, st);
	else if ((read ? set_up_read(d, st) : set_up(d, st)) == 0) {
		*out = &d->db;
		return 0;
	}
	close_file(&d->db);
	return -1;
}
