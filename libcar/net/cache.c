#include "config.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/clock.h"
#include "libcar/net/cache.h"

/*
 * One SQLite table, and a prepared statement for each of its three operations.
 * Each call holds a lock only until it returns, so processes that share the
 * file wait for each other only briefly.
 */

#define APPLICATION 0x61747063 /* PRAGMA application_id */
#define TABLE_VERSION 1        /* of the table: user_version */

/* clang-format off */
static const char schema[] =
"PRAGMA journal_mode = WAL;\n"
"BEGIN IMMEDIATE;\n"
"PRAGMA application_id = 1635020899;\n"
"PRAGMA user_version = 1;\n"
"CREATE TABLE entry (\n"
"	name TEXT NOT NULL PRIMARY KEY,\n"
"	value BLOB, value_ms INTEGER NOT NULL,\n"
"	-- what went wrong since: our name for it, the host's own\n"
"	error TEXT, host_error TEXT, message TEXT,\n"
"	after_ms INTEGER, fault_ms INTEGER\n"
");\n"
"COMMIT;\n";

enum statement { GET, PUT, PUT_FAULT, STATEMENTS };

static const char *const sql[STATEMENTS] = {
[GET] =
"SELECT value, value_ms, error, host_error, message, after_ms, fault_ms"
" FROM entry WHERE name = ?1",
[PUT] =
"INSERT INTO entry (name, value, value_ms) VALUES (?1, ?2, ?3)"
" ON CONFLICT (name) DO UPDATE SET value = ?2, value_ms = ?3,"
" error = NULL, host_error = NULL, message = NULL, after_ms = NULL,"
" fault_ms = NULL",
[PUT_FAULT] =
"INSERT INTO entry (name, value_ms, error, host_error, message, after_ms,"
" fault_ms) VALUES (?1, 0, ?2, ?3, ?4, ?5, ?6)"
" ON CONFLICT (name) DO UPDATE SET"
" value = CASE WHEN ?7 THEN value END,"
" error = ?2, host_error = ?3, message = ?4, after_ms = ?5, fault_ms = ?6",
};
/* clang-format on */

struct cache {
	sqlite3 *conn;
	char *path;
	sqlite3_stmt *stmt[STATEMENTS];
	struct buf value; /* the last one returned */
};

static int
fail(struct cache *c, struct status *st)
{
	int code = sqlite3_errcode(c->conn);
	int number = sqlite3_system_errno(c->conn);
	enum status_code sc = code == SQLITE_BUSY || code == SQLITE_LOCKED ?
	    STATUS_AGAIN :
	    STATUS_SYSTEM;
	bool why = code == SQLITE_CANTOPEN && number != 0;

	return status_set(st, sc, 0, "%s: %s%s%s", c->path,
	    sqlite3_errmsg(c->conn), why ? ": " : "",
	    why ? strerror(number) : "");
}

static int
exec(struct cache *c, const char *text, struct status *st)
{
	if (sqlite3_exec(c->conn, text, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return fail(c, st);
}

static int
get_integer(struct cache *c, const char *text, int64_t *out, struct status *st)
{
	sqlite3_stmt *stmt;
	int code;

	if (sqlite3_prepare_v2(c->conn, text, -1, &stmt, NULL) != SQLITE_OK)
		return fail(c, st);
	if ((code = sqlite3_step(stmt)) == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else
		fail(c, st);
	sqlite3_finalize(stmt);
	return code == SQLITE_ROW ? 0 : -1;
}

/* 1: the file has our table; 0: it is empty. */
static int
check_version(struct cache *c, struct status *st)
{
	int64_t application, version, tables;

	if (exec(c, "BEGIN", st) == -1 ||
	    get_integer(c, "PRAGMA application_id", &application, st) == -1 ||
	    get_integer(c, "PRAGMA user_version", &version, st) == -1 ||
	    get_integer(c, "SELECT count(*) FROM sqlite_schema", &tables, st) ==
		-1 ||
	    exec(c, "COMMIT", st) == -1)
		return -1;
	if (tables == 0 && version == 0 && application == 0)
		return 0;
	if (application != APPLICATION)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s: a database of something else", c->path);
	if (version != TABLE_VERSION)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s: a cache of version %lld, this program supports %d",
		    c->path, (long long)version, TABLE_VERSION);
	return 1;
}

static void
roll_back(struct cache *c)
{
	if (!sqlite3_get_autocommit(c->conn))
		sqlite3_exec(c->conn, "ROLLBACK", NULL, NULL, NULL);
}

/* Another process may be creating the table at the same time, and not all of
 * SQLite's calls wait for that: check again. */
static int
make_table(struct cache *c, struct status *st)
{
	uint64_t end = clock_monotonic_ms() + CACHE_WAIT_MS;
	int got, code;

	do {
		if ((got = check_version(c, st)) == 1)
			return 0;
		if (got == 0 && exec(c, schema, st) == 0)
			return 0;
		code = sqlite3_errcode(c->conn);
		roll_back(c);
		if (code != SQLITE_BUSY && (got == -1 || code != SQLITE_ERROR))
			return -1;
		sqlite3_sleep(1);
	} while (clock_monotonic_ms() < end);
	return -1;
}

static int
set_up(struct cache *c, struct status *st)
{
	unsigned i;

	sqlite3_busy_timeout(c->conn, CACHE_WAIT_MS);
	if (sqlite3_db_readonly(c->conn, "main") == 1)
		return status_set(st, STATUS_SYSTEM, 0, "%s: can't be written",
		    c->path);
	if (exec(c, "PRAGMA synchronous = OFF", st) == -1 ||
	    make_table(c, st) == -1)
		return -1;
	for (i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(c->conn, sql[i], -1,
			SQLITE_PREPARE_PERSISTENT, &c->stmt[i],
			NULL) != SQLITE_OK)
			return fail(c, st);
	return 0;
}

struct cache *
cache_open(const char *path, struct status *st)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->path = strdup(path)) == NULL) {
		status_no_memory(st);
		free(c);
		return NULL;
	}
	/* SQLite would take an empty name as a temporary file. */
	if (path[0] == '\0')
		status_set(st, STATUS_SYSTEM, 0, "a cache without a name");
	else if (sqlite3_open_v2(path, &c->conn,
		     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			 SQLITE_OPEN_NOMUTEX,
		     NULL) != SQLITE_OK)
		fail(c, st);
	else if (set_up(c, st) == 0)
		return c;
	cache_close(c);
	return NULL;
}

/* SQLite would store NULL for a NULL address, not an empty text. */
static void
bind_text(sqlite3_stmt *stmt, int i, const char *text, size_t len)
{
	sqlite3_bind_text64(stmt, i, len > 0 ? text : "", len, SQLITE_STATIC,
	    SQLITE_UTF8);
}

static sqlite3_stmt *
start(struct cache *c, enum statement which, const char *name, size_t len)
{
	sqlite3_stmt *stmt = c->stmt[which];

	bind_text(stmt, 1, name, len);
	return stmt;
}

/* Reset the statement, because an open read would block the next write. */
static int
finish(struct cache *c, sqlite3_stmt *stmt, struct status *st)
{
	int rc = 0;

	if (sqlite3_step(stmt) != SQLITE_DONE)
		rc = fail(c, st);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return rc;
}

static void
copy_text(char *out, size_t size, sqlite3_stmt *stmt, int column)
{
	const unsigned char *text = sqlite3_column_text(stmt, column);

	snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
}

static void
read_fault(struct cache_entry *e, sqlite3_stmt *stmt)
{
	struct status *fault = &e->fault;
	char name[STATUS_NAME_BYTES];

	copy_text(name, sizeof(name), stmt, 2);
	fault->code = status_code_of(name);
	if (fault->code == STATUS_OK)
		return;
	copy_text(name, sizeof(name), stmt, 3);
	status_call(fault, name, strlen(name));
	copy_text(fault->msg, sizeof(fault->msg), stmt, 4);
	fault->after_ms = sqlite3_column_int64(stmt, 5);
	e->fault_ms = sqlite3_column_int64(stmt, 6);
}

static int
read_value(struct cache *c, struct cache_entry *e, sqlite3_stmt *stmt,
    struct status *st)
{
	const void *bytes = sqlite3_column_blob(stmt, 0);

	if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		return 0;
	e->len = sqlite3_column_bytes(stmt, 0);
	e->value_ms = sqlite3_column_int64(stmt, 1);
	/* An empty value needs an address, too. */
	if (buf_reserve(&c->value, e->len + 1) == NULL ||
	    (bytes == NULL && e->len > 0))
		return status_no_memory(st);
	buf_put(&c->value, bytes, e->len);
	e->value = c->value.data;
	return 0;
}

int
cache_get(struct cache *c, const char *name, size_t len, struct cache_entry *e,
    struct status *st)
{
	sqlite3_stmt *stmt = start(c, GET, name, len);
	int code, rc = 0;

	memset(e, 0, sizeof(*e));
	c->value.len = 0;
	c->value.failed = false;
	if ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		read_fault(e, stmt);
		rc = read_value(c, e, stmt, st);
	} else if (code != SQLITE_DONE)
		rc = fail(c, st);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	if (rc == -1)
		return -1;
	return e->value != NULL || e->fault.code != STATUS_OK;
}

int
cache_put(struct cache *c, const char *name, size_t len, const char *value,
    size_t value_len, uint64_t now_ms, struct status *st)
{
	sqlite3_stmt *stmt = start(c, PUT, name, len);

	if (sqlite3_bind_blob64(stmt, 2, value_len > 0 ? value : "", value_len,
		SQLITE_STATIC) != SQLITE_OK)
		return fail(c, st);
	sqlite3_bind_int64(stmt, 3, now_ms);
	return finish(c, stmt, st);
}

int
cache_put_fault(struct cache *c, const char *name, size_t len,
    const struct status *fault, uint64_t now_ms, struct status *st)
{
	sqlite3_stmt *stmt = start(c, PUT_FAULT, name, len);
	const char *error = status_name(fault->code);

	bind_text(stmt, 2, error, strlen(error));
	bind_text(stmt, 3, fault->name, strlen(fault->name));
	bind_text(stmt, 4, fault->msg, strlen(fault->msg));
	sqlite3_bind_int64(stmt, 5, fault->after_ms);
	sqlite3_bind_int64(stmt, 6, now_ms);
	sqlite3_bind_int(stmt, 7, status_retry(fault->code));
	return finish(c, stmt, st);
}

void
cache_close(struct cache *c)
{
	unsigned i;

	if (c == NULL)
		return;
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(c->stmt[i]);
	sqlite3_close(c->conn);
	buf_free(&c->value);
	free(c->path);
	free(c);
}
