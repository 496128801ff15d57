#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcar/db/sqlite_private.h"

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

/* Where the parameters are in what SQLite counts. */
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

/* ---- rows ---- */

static int
query(struct db *db, struct db_rows *rows, const char *sql, const char *format,
    va_list ap, struct status *st)
{
	struct db_sqlite *d = self(db);
	struct db_sqlite_statement *s = prepare(d, sql, st);

	if (s == NULL)
		return -1;
	bind(s, format, ap);
	*rows = (struct db_rows){ db, s->stmt, 0 };
	return db_sqlite_step(d, s->stmt, st);
}

static int
step(struct db_rows *rows, struct status *st)
{
	return db_sqlite_step(self(rows->db), rows->result, st);
}

static void
done(struct db_rows *rows)
{
	sqlite3_reset(rows->result);
}

static struct slice
text(const struct db_rows *rows, int column)
{
	return db_sqlite_text(rows->result, column);
}

static int64_t
integer(const struct db_rows *rows, int column)
{
	return sqlite3_column_int64(rows->result, column);
}

struct slice
db_sqlite_text(sqlite3_stmt *stmt, int column)
{
	struct slice t;

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
data_version(struct db_sqlite *d, bool *changed, struct status *st)
{
	int64_t old = d->data_version;

	if (db_one(&d->db, st, &d->data_version, "PRAGMA data_version", "") ==
	    -1)
		return -1;
	*changed = old != d->data_version;
	return 0;
}

static int
refresh(struct db *db, bool *changed, struct status *st)
{
	struct db_sqlite *d = self(db);

	if (data_version(d, changed, st) == -1)
		return -1;
	if (*changed)
		d->cursor.known = false;
	return 0;
}

/*
 * Whoever waits looks every millisecond, so that after a transaction that
 * took much longer a pause of little more lets it in: without it one of
 * several processes would hold the file until its input ends.
 */
static int
begin(struct db *db, const struct db_plan *plan, size_t n,
    void (*changed)(void *, const struct slice *), void *arg, struct status *st)
{
	struct db_sqlite *d = self(db);
	bool is_changed;

	(void)plan;
	(void)n;

	if (d->contended && d->held_ms > LONG_MS)
		sleep_ms(2);
	d->waited = false;
	if (db_run(db, st, "BEGIN IMMEDIATE", "") == -1 ||
	    data_version(d, &is_changed, st) == -1)
		return -1;
	d->contended = d->waited || is_changed;
	d->began_ms = clock_ms();
	if (is_changed) {
		d->cursor.known = false;
		changed(arg, NULL);
	}
	return 0;
}

static int
commit(struct db *db, struct status *st)
{
	struct db_sqlite *d = self(db);

	db_sqlite_entry_pause(d);
	if (db_run(db, st, "COMMIT", "") == -1)
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
	free(d->path);
	free(d);
}

/* The version of its tables; 0: it is empty. */
static int
get_version(struct db_sqlite *d, int64_t *version, struct status *st)
{
	int64_t application, tables;

	if (exec(d, "BEGIN", st) == -1 ||
	    db_one(&d->db, st, &application, "PRAGMA application_id", "") ==
		-1 ||
	    db_one(&d->db, st, version, "PRAGMA user_version", "") == -1 ||
	    db_one(&d->db, st, &tables, "SELECT count(*) FROM sqlite_schema",
		"") == -1 ||
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
	if (version == 0)
		return exec(d, db_sqlite_schema, st);
	if (exec(d, "BEGIN IMMEDIATE", st) == -1)
		return -1;
	for (; version <= DB_SQLITE_VERSION; version++)
		if (exec(d, db_sqlite_upgrade(version), st) == -1)
			return -1;
	return exec(d, "COMMIT", st);
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

static struct db_driver methods;

int
db_sqlite_open(struct db **out, const char *path, bool read, unsigned wait_ms,
    struct status *st)
{
	int flags = read ? SQLITE_OPEN_READONLY :
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	struct db_sqlite *d = calloc(1, sizeof(*d));
	struct stat s;

	methods.close = close_file;
	methods.begin = begin;
	methods.commit = commit;
	methods.refresh = refresh;
	methods.query = query;
	methods.step = step;
	methods.done = done;
	methods.text = text;
	methods.integer = integer;
	db_sqlite_entry_methods(&methods);
	if (d == NULL || (d->path = strdup(path)) == NULL) {
		free(d);
		return status_set(st, STATUS_SYSTEM, 0, "no memory");
	}
	d->db.driver = &methods;
	d->wait_ms = wait_ms;
	if (stat(path, &s) == 0 && !S_ISREG(s.st_mode)) {
		close_file(&d->db);
		return status_set(st, STATUS_SYSTEM, 0, "%s: no regular file",
		    path);
	}
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
