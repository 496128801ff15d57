#include "config.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/db/audit.h"
#include "libcar/db/sqlite_trouble_private.h"

/*
 * Three tables without row numbers, so that each is one tree. A transaction is
 * open all the time, which makes writes cheap. The lock is exclusive because a
 * transaction alone would give the file to a waiting process at each commit,
 * while this process still has logs of it in memory.
 */

#define APPLICATION 0x61747061 /* PRAGMA application_id */
#define TABLE_VERSION 2        /* PRAGMA user_version */

/* clang-format off */
static const char schema[] =
"PRAGMA application_id = 1635020897;\n"
"PRAGMA user_version = 2;\n"
"CREATE TABLE log (\n"
"	did BLOB NOT NULL PRIMARY KEY, entries BLOB NOT NULL\n"
") WITHOUT ROWID;\n"
"CREATE TABLE past (\n"
"	did BLOB NOT NULL, digest BLOB NOT NULL,\n"
"	created_ms INTEGER NOT NULL, nullified INTEGER NOT NULL,\n"
"	PRIMARY KEY (did, digest)\n"
") WITHOUT ROWID;\n"
"CREATE TABLE line (\n"
"	did BLOB NOT NULL, digest BLOB NOT NULL,\n"
"	created_ms INTEGER NOT NULL, line BLOB NOT NULL,\n"
"	PRIMARY KEY (did, digest)\n"
") WITHOUT ROWID;\n"
"CREATE INDEX line_created_ms ON line (created_ms);\n";

enum statement {
	GET_LOG, PUT_LOG, GET_LINE, PUT_LINE, GET_PAST, PUT_PAST, PRUNE,
	STATEMENTS
};

static const char *const sql[STATEMENTS] = {
[GET_LOG] = "SELECT entries FROM log WHERE did = ?1",
[PUT_LOG] = "REPLACE INTO log (did, entries) VALUES (?1, ?2)",
[GET_LINE] = "SELECT line FROM line WHERE did = ?1 AND digest = ?2",
[PUT_LINE] =
"REPLACE INTO line (did, digest, line, created_ms) VALUES (?1, ?2, ?3, ?4)",
[GET_PAST] =
"SELECT nullified, created_ms FROM past WHERE did = ?1 AND digest = ?2",
[PUT_PAST] =
("REPLACE INTO past (did, digest, nullified, created_ms) "
    "VALUES (?1, ?2, ?3, ?4)"),
[PRUNE] = "DELETE FROM line WHERE created_ms < ?1",
};
/* clang-format on */

struct db_audit {
	sqlite3 *conn;
	char *path;
	sqlite3_stmt *stmt[STATEMENTS], *open; /* open: has a row */
};

static int
fail(struct db_audit *d, struct status *st)
{
	return db_sqlite_trouble(d->conn, d->path, false, st);
}

static int
exec(struct db_audit *d, const char *text, struct status *st)
{
	if (sqlite3_exec(d->conn, text, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return fail(d, st);
}

static int
get_integer(struct db_audit *d, const char *text, int64_t *out,
    struct status *st)
{
	sqlite3_stmt *stmt;
	int rc = 0;

	if (sqlite3_prepare_v2(d->conn, text, -1, &stmt, NULL) != SQLITE_OK)
		return fail(d, st);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else
		rc = fail(d, st);
	sqlite3_finalize(stmt);
	return rc;
}

static int
make_tables(struct db_audit *d, struct status *st)
{
	int64_t application, version, tables;

	if (get_integer(d, "PRAGMA application_id", &application, st) == -1 ||
	    get_integer(d, "PRAGMA user_version", &version, st) == -1 ||
	    get_integer(d, "SELECT count(*) FROM sqlite_schema", &tables, st) ==
		-1)
		return -1;
	if (tables == 0 && version == 0 && application == 0)
		return exec(d, schema, st);
	if (application != APPLICATION)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s: a database of something else", d->path);
	if (version != TABLE_VERSION)
		return status_set(st, STATUS_SYSTEM, 0,
		    "%s: a state of version %lld, this program supports %d",
		    d->path, (long long)version, TABLE_VERSION);
	return 0;
}

static int
set_up(struct db_audit *d, struct status *st)
{
	unsigned i;

	sqlite3_busy_timeout(d->conn, DB_AUDIT_WAIT_MS);
	if (exec(d,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
		"BEGIN IMMEDIATE",
		st) == -1 ||
	    make_tables(d, st) == -1)
		return -1;
	for (i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(d->conn, sql[i], -1,
			SQLITE_PREPARE_PERSISTENT, &d->stmt[i],
			NULL) != SQLITE_OK)
			return fail(d, st);
	return 0;
}

int
db_audit_open(struct db_audit **out, const char *path, struct status *st)
{
	struct db_audit *d = calloc(1, sizeof(*d));

	if (d == NULL || (d->path = strdup(path)) == NULL) {
		free(d);
		return status_no_memory(st);
	}
	*out = d;
	/* SQLite would take an empty name as a temporary file. */
	if (*path == '\0')
		status_set(st, STATUS_SYSTEM, 0, "a state without a name");
	else if (sqlite3_open_v2(path, &d->conn,
		     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
			 SQLITE_OPEN_NOMUTEX,
		     NULL) != SQLITE_OK)
		fail(d, st);
	else if (set_up(d, st) == 0)
		return 0;
	db_audit_close(d);
	*out = NULL;
	return -1;
}

/* Statements */

static sqlite3_stmt *
start(struct db_audit *d, enum statement which, const struct slice *did,
    const struct slice *more)
{
	if (d->open != NULL)
		sqlite3_reset(d->open);
	d->open = d->stmt[which];
	sqlite3_bind_blob64(d->open, 1, did->at, did->len, SQLITE_STATIC);
	if (more != NULL)
		sqlite3_bind_blob64(d->open, 2, more->at, more->len,
		    SQLITE_STATIC);
	return d->open;
}

static int
run(struct db_audit *d, struct status *st)
{
	int rc = sqlite3_step(d->open) == SQLITE_DONE ? 0 : fail(d, st);

	sqlite3_reset(d->open);
	sqlite3_clear_bindings(d->open);
	d->open = NULL;
	return rc;
}

/* The row stays open, so that the caller can borrow its blob. */
static int
get_blob(struct db_audit *d, struct slice *out, struct status *st)
{
	int code = sqlite3_step(d->open);

	*out = slice_make(NULL, 0);
	if (code == SQLITE_DONE)
		return 0;
	if (code != SQLITE_ROW)
		return fail(d, st);
	out->len = (size_t)sqlite3_column_bytes(d->open, 0);
	out->at = out->len > 0 ? sqlite3_column_blob(d->open, 0) : "";
	return out->at != NULL ? 0 : status_no_memory(st);
}

int
db_audit_get_log(struct db_audit *d, const struct slice *did, struct slice *log,
    struct status *st)
{
	start(d, GET_LOG, did, NULL);
	return get_blob(d, log, st);
}

int
db_audit_put_log(struct db_audit *d, const struct slice *did,
    const struct slice *log, struct status *st)
{
	start(d, PUT_LOG, did, log);
	return run(d, st);
}

int
db_audit_get_line(struct db_audit *d, const struct slice *did,
    const struct slice *digest, struct slice *line, struct status *st)
{
	start(d, GET_LINE, did, digest);
	return get_blob(d, line, st);
}

int
db_audit_put_line(struct db_audit *d, const struct slice *did,
    const struct slice *digest, int64_t created_ms, const struct slice *line,
    struct status *st)
{
	sqlite3_stmt *stmt = start(d, PUT_LINE, did, digest);

	sqlite3_bind_blob64(stmt, 3, line->at, line->len, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 4, created_ms);
	return run(d, st);
}

int
db_audit_get_past(struct db_audit *d, const struct slice *did,
    const struct slice *digest, struct db_audit_past *past, struct status *st)
{
	sqlite3_stmt *stmt = start(d, GET_PAST, did, digest);
	int code = sqlite3_step(stmt);

	*past = (struct db_audit_past){ .is_known = false };
	if (code == SQLITE_DONE)
		return 0;
	if (code != SQLITE_ROW)
		return fail(d, st);
	past->is_known = true;
	past->is_nullified = sqlite3_column_int64(stmt, 0) != 0;
	past->created_ms = sqlite3_column_int64(stmt, 1);
	return 0;
}

int
db_audit_put_past(struct db_audit *d, const struct slice *did,
    const struct slice *digest, const struct db_audit_past *past,
    struct status *st)
{
	sqlite3_stmt *stmt = start(d, PUT_PAST, did, digest);

	sqlite3_bind_int64(stmt, 3, past->is_nullified);
	sqlite3_bind_int64(stmt, 4, past->created_ms);
	return run(d, st);
}

int
db_audit_commit(struct db_audit *d, int64_t oldest_ms, struct status *st)
{
	if (d->open != NULL)
		sqlite3_reset(d->open);
	d->open = d->stmt[PRUNE];
	sqlite3_bind_int64(d->open, 1, oldest_ms);
	if (run(d, st) == -1)
		return -1;
	return exec(d, "COMMIT; BEGIN IMMEDIATE", st);
}

void
db_audit_close(struct db_audit *d)
{
	unsigned i;

	if (d == NULL)
		return;
	for (i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(d->stmt[i]);
	sqlite3_close(d->conn);
	free(d->path);
	free(d);
}
