#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcar/base/clock.h"
#include "libcar/db/account.h"
#include "libcar/db/sqlite_entry_private.h"
#include "libcar/db/sqlite_private.h"
#include "libcar/db/sqlite_schema_private.h"
#include "libcar/db/sqlite_statement_private.h"

/*
 * The SQLite file: how it is opened and its tables created, its transactions,
 * and the table of the driver's methods.
 */

#define CHECKPOINT_PAGES 8192
#define CACHE_KIB "-16384" /* for pages, as SQLite counts them */
/* Map the beginning of the file instead of copying its pages. A reader maps
 * SQLite's maximum: random look-ups in a large file take 0.6 times as long. A
 * writer maps less, because people see it as memory of the process. */
#define MAP_TO_READ "PRAGMA mmap_size = 2147418112"
#define MAP_TO_WRITE "PRAGMA mmap_size = 268435456"
#define PROGRESS_STEPS 20000 /* of SQLite's machine: about a millisecond */
#define LONG_MS 20           /* other processes notice a longer transaction */

/* Retry often, because others lock the file only briefly. A pause may take much
 * longer than it should, so the clock decides when to give up. */
static int
on_busy(void *arg, int times)
{
	struct db_sqlite *d = arg;

	if (times == 0)
		d->busy_ms = clock_monotonic_ms();
	d->waited = true;
	if (clock_monotonic_ms() - d->busy_ms >= d->wait_ms)
		return 0;
	clock_sleep_ms(1);
	return 1;
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
	struct db_sqlite *d = db_sqlite_of(db);

	if (data_version(d, changed, st) == -1)
		return -1;
	if (*changed)
		db_sqlite_entry_forget(d);
	return 0;
}

/* RETURNING would take three times as long, because it makes a table. */
static int
make_account(struct db_sqlite *d, struct db_account *a, struct status *st)
{
	if (db_run(&d->db, st, "INSERT INTO account (did) VALUES ($1)", "t",
		&a->did) == -1)
		return -1;
	a->id = sqlite3_last_insert_rowid(d->conn);
	a->is_new = true;
	db_sqlite_entry_made(d, a->id);
	return 0;
}

static int
make_accounts(struct db_sqlite *d, const struct db_plan *plan,
    struct status *st)
{
	size_t i;

	for (i = 0; i < plan->naccounts; i++)
		if (plan->accounts[i]->id == 0 &&
		    make_account(d, plan->accounts[i], st) == -1)
			return -1;
	return 0;
}

/*
 * Waiting processes retry every millisecond. So after a much longer
 * transaction, a slightly longer pause lets another process in. Without the
 * pause, one of several processes would hold the file until its input ends.
 */
static int
begin(struct db *db, const struct db_plan *plan, bool *stale, struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);

	if (d->contended && d->held_ms > LONG_MS)
		clock_sleep_ms(2);
	d->waited = false;
	if (db_run(db, st, "BEGIN IMMEDIATE", "") == -1 ||
	    data_version(d, stale, st) == -1)
		return -1;
	d->contended = d->waited || *stale;
	d->began_ms = clock_monotonic_ms();
	if (*stale)
		db_sqlite_entry_forget(d);
	/* Others may have created them meanwhile. */
	if ((*stale || !plan->make) &&
	    db_account_ids(db, plan->accounts, plan->naccounts, st) == -1)
		return -1;
	return plan->make ? make_accounts(d, plan, st) : 0;
}

static int
commit(struct db *db, struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);

	db_sqlite_entry_pause(d);
	if (db_run(db, st, "COMMIT", "") == -1)
		return -1;
	d->held_ms = clock_monotonic_ms() - d->began_ms;
	return 0;
}

static void
close_file(struct db *db)
{
	struct db_sqlite *d = db_sqlite_of(db);
	unsigned i;

	for (i = 0; i < d->ncached; i++)
		sqlite3_finalize(d->cache[i].stmt);
	db_sqlite_entry_close(d);
	sqlite3_close(d->conn);
	free(d->path);
	free(d);
}

/* The version of the file's tables; 0: the file is empty. */
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
		    "%s: not a database of at-load", d->path);
	if (*version > 0 && *version <= DB_SQLITE_VERSION)
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: tables of version %lld, this program supports %d", d->path,
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

/* Another process may be creating them at the same time: check again. */
static int
need_tables(struct db_sqlite *d, struct status *st)
{
	int code = SQLITE_ERROR;
	int64_t began_ms = clock_monotonic_ms(), version;

	for (;;) {
		if (get_version(d, &version, st) == -1)
			return -1;
		if (version == DB_SQLITE_VERSION ||
		    make_tables(d, version, st) == 0)
			return 0;
		code = sqlite3_errcode(d->conn);
		if (!sqlite3_get_autocommit(d->conn))
			sqlite3_exec(d->conn, "ROLLBACK", NULL, NULL, NULL);
		if ((code != SQLITE_BUSY && code != SQLITE_ERROR) ||
		    clock_monotonic_ms() - began_ms >= d->wait_ms)
			return -1;
		clock_sleep_ms(1);
	}
}

static int
set_up(struct db_sqlite *d, struct status *st)
{
	bool changed;

	sqlite3_busy_handler(d->conn, on_busy, d);
	if (need_tables(d, st) == -1 ||
	    exec(d, "PRAGMA synchronous = NORMAL", st) == -1 ||
	    exec(d, "PRAGMA temp_store = MEMORY", st) == -1 ||
	    exec(d, "PRAGMA cache_size = " CACHE_KIB, st) == -1 ||
	    exec(d, MAP_TO_WRITE, st) == -1)
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
		return exec(d, MAP_TO_READ "; PRAGMA cache_size = " CACHE_KIB,
		    st);
	if (version == 0)
		return status_set(st, STATUS_NOT_FOUND, 0,
		    "%s: an empty database", d->path);
	return status_set(st, STATUS_SYSTEM, 0,
	    "%s: tables of version %lld, at-load needs %d", d->path,
	    (long long)version, DB_SQLITE_VERSION);
}

static int
query(struct db *db, struct db_rows *rows, const char *sql, const char *format,
    va_list ap, struct status *st)
{
	if (db_sqlite_entry_flush(db_sqlite_of(db), st) == -1)
		return -1;
	return db_sqlite_query(db, rows, sql, format, ap, st);
}

static int
execute(struct db *db, const char *sql, struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);

	return db_sqlite_entry_flush(d, st) == -1 ? -1 : exec(d, sql, st);
}

/* Called now and then while a statement runs: not 0 ends it. */
static int
on_progress(void *arg)
{
	const struct db_sqlite *d = arg;

	return clock_monotonic_ms() > d->until_ms;
}

static int
limit(struct db *db, unsigned ms, struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);

	(void)st;
	d->limit_ms = ms;
	sqlite3_progress_handler(d->conn, PROGRESS_STEPS, on_progress, d);
	return 0;
}

static const struct db_driver methods = {
	.index_of = "\" ON entry (collection, ",
	.index_time = db_sqlite_index_time,
	.index_statistics = "",
	.index_there = "SELECT count(*) FROM sqlite_schema "
		       "WHERE type = 'index' AND name = $1",
	.execute = execute,
	.close = close_file,
	.limit = limit,
	.begin = begin,
	.commit = commit,
	.refresh = refresh,
	.query = query,
	.step = db_sqlite_next,
	.done = db_sqlite_done,
	.text = db_sqlite_column,
	.integer = db_sqlite_integer,
	.find = db_sqlite_find,
	.put = db_sqlite_put,
	.touch = db_sqlite_touch,
	.remove = db_sqlite_remove,
	.keys = db_sqlite_keys,
};

int
db_sqlite_open(struct db **out, const char *path, bool read, unsigned wait_ms,
    struct status *st)
{
	int flags = read ? SQLITE_OPEN_READONLY :
			   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	struct db_sqlite *d = calloc(1, sizeof(*d));
	struct stat s;

	if (d == NULL || (d->path = strdup(path)) == NULL) {
		free(d);
		return status_no_memory(st);
	}
	d->db.driver = &methods;
	d->wait_ms = wait_ms;
	d->read = read;
	if (stat(path, &s) == 0 && !S_ISREG(s.st_mode)) {
		close_file(&d->db);
		return status_set(st, STATUS_SYSTEM, 0, "%s: %s", path,
		    S_ISDIR(s.st_mode) ? "is a directory" :
					 "not a regular file");
	}
	/* Counting its memory takes a lock per allocation: 5 % of a load. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2(path, &d->conn, flags | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		db_sqlite_fail(d, st);
		if (read && access(path, F_OK) == -1 && errno == ENOENT)
			st->code = STATUS_NOT_FOUND;
	} else if (db_sqlite_entry_open(d, st) == 0 &&
	    (read ? set_up_read(d, st) : set_up(d, st)) == 0) {
		*out = &d->db;
		return 0;
	}
	close_file(&d->db);
	return -1;
}
