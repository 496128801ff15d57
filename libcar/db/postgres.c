#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/db/postgres_begin_private.h"
#include "libcar/db/postgres_entry_private.h"
#include "libcar/db/postgres_gather_private.h"
#include "libcar/db/postgres_map_private.h"
#include "libcar/db/postgres_private.h"
#include "libcar/db/postgres_range_private.h"
#include "libcar/db/postgres_rights_private.h"
#include "libcar/db/postgres_schema_private.h"

/*
 * The PostgreSQL driver: connecting, and reconnecting after a loss; creating
 * and upgrading the tables; transactions; the table of methods.
 */

#define PAUSE_MS 50 /* after a failed connection; then twice as long, to */
#define PAUSE_MAX_MS 1000
#define CONNECT_MS 10000 /* for each step of connecting */
#define LOCK 1635020849  /* of our advisory locks: their first half */

/* Settings */

/*
 * A loader finds everything by keys, however many rows there are. The planner
 * may have seen the tables when they were empty and knows nothing about the
 * arrays, so forbid plans that read whole tables.
 */
#define BY_KEYS(of) \
	"SET " of " enable_seqscan = off; SET " of " enable_hashjoin = off; " \
	"SET " of " enable_mergejoin = off; SET " of " jit = off; "

/*
 * A reader asks for pages, which are ranges of an index, and finds the rest by
 * keys. A generic plan would sort all remaining rows for each page; a custom
 * plan takes milliseconds. A planner that saw empty tables would also sort, or
 * read a whole table for each account: for 100,000 accounts that took 5 minutes
 * instead of 2 seconds.
 */
#define BY_RANGES(of) \
	BY_KEYS(of) \
	"SET " of " enable_sort = off; " \
	"SET " of " plan_cache_mode = force_custom_plan; "

#define TIMES(of) \
	"SET " of " lock_timeout = %u; SET " of " statement_timeout = %u; " \
	"SET " of " idle_in_transaction_session_timeout = 0; "

/* How long to wait for a lock. */
static unsigned
lock_ms(const struct db_postgres *d)
{
	return d->wait_ms / 2 + 1;
}

/* Settings of a connection that nobody else uses. */
static int
set_session(struct db_postgres *d, struct status *st)
{
	static const char format[] = TIMES(
	    "SESSION") "%s"
		       "SET default_transaction_isolation = 'read committed'; "
		       "SET default_transaction_read_only = %s";
	char sql[1024];

	snprintf(sql, sizeof(sql), format, lock_ms(d), d->limit_ms,
	    d->read ? BY_RANGES("SESSION") : BY_KEYS("SESSION"),
	    d->read ? "on" : "off");
	return db_postgres_exec(d, sql, st);
}

/* The same settings, for the transaction that begins. */
static int
begin_pooled(struct db_postgres *d, struct status *st)
{
	static const char format[] =
	    "BEGIN ISOLATION LEVEL READ COMMITTED, %s; " TIMES("LOCAL") "%s";
	char sql[1024];

	snprintf(sql, sizeof(sql), format, d->read ? "READ ONLY" : "READ WRITE",
	    lock_ms(d), d->limit_ms,
	    d->read ? BY_RANGES("LOCAL") : BY_KEYS("LOCAL"));
	return db_postgres_exec(d, sql, st);
}

static int
limit(struct db *db, unsigned ms, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	d->limit_ms = ms;
	return d->pooled ? 0 : set_session(d, st);
}

/* Transactions */

static int
begin(struct db *db, const struct db_plan *plan, bool *stale, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	*stale = false;
	if ((d->pooled ? begin_pooled(d, st) : db_run(db, st, "BEGIN", "")) ==
	    -1)
		return -1;
	return db_postgres_begin(d, plan, st);
}

static void
forget(struct db_postgres *d)
{
	d->shared = d->merged = false;
	if (d->pooled)
		d->merging = false;
	db_postgres_gather_clear(d);
	db_postgres_map_clear(d->map);
	db_postgres_range_clear(d);
	db_postgres_forget_answers(d);
}

static int
commit(struct db *db, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	if (db_postgres_entry_flush(d, st) == -1 ||
	    db_postgres_gather_flush(d, st) == -1 ||
	    db_postgres_exec(d, "COMMIT", st) == -1)
		return -1;
	forget(d);
	return 0;
}

/* Run in a separate transaction, with our settings. */
static int
query_pooled(struct db *db, struct db_rows *rows, const char *sql,
    const char *format, va_list ap, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	int got;

	if (begin_pooled(d, st) == -1)
		return -1;
	got = db_postgres_query(db, rows, sql, format, ap, st);
	if (got != -1 && db_postgres_exec(d, "COMMIT", st) == -1) {
		if (got == 1)
			db_postgres_done(rows);
		return -1;
	}
	return got;
}

/* Write the collected rows first. */
static int
run(struct db *db, const char *sql, const char *format, va_list ap,
    struct status *st)
{
	return db_postgres_gather_flush(db_postgres_of(db), st) == -1 ?
	    -1 :
	    db_postgres_run(db, sql, format, ap, st);
}

/* The query must see them. */
static int
query(struct db *db, struct db_rows *rows, const char *sql, const char *format,
    va_list ap, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	if (db_postgres_gather_flush(d, st) == -1)
		return -1;
	return d->pooled && !d->piped &&
		PQtransactionStatus(d->conn) == PQTRANS_IDLE ?
	    query_pooled(db, rows, sql, format, ap, st) :
	    db_postgres_query(db, rows, sql, format, ap, st);
}

static int
refresh(struct db *db, bool *changed, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	int64_t old = d->generation;

	if (db_one(db, st, &d->generation, "SELECT generation FROM atpipe",
		"") == -1)
		return -1;
	*changed = d->generation != old;
	return 0;
}

static int
took_back(struct db *db, struct status *st)
{
	return db_run(db, st, "UPDATE atpipe SET generation = generation + 1",
	    "");
}

static int
share(struct db *db, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	if (d->shared)
		return 0;
	d->shared = true;
	return db_run(db, st, "SELECT pg_advisory_xact_lock($1::integer, 1)",
	    "i", (int64_t)LOCK);
}

static int
hold_feed(struct db *db, bool alone, struct status *st)
{
	return db_run(db, st,
	    alone ? "SELECT pg_advisory_xact_lock($1::integer, 3)" :
		    "SELECT pg_advisory_xact_lock_shared($1::integer, 3)",
	    "i", (int64_t)LOCK);
}

/* Connections */

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* Finish connecting: PQstatus() tells the result. */
static void
finish_connecting(PGconn *conn)
{
	PostgresPollingStatusType got = PGRES_POLLING_WRITING;
	struct pollfd p;

	while (got != PGRES_POLLING_OK && PQstatus(conn) != CONNECTION_BAD) {
		p.fd = PQsocket(conn);
		p.events = got == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (poll(&p, 1, CONNECT_MS) <= 0)
			return;
		got = PQconnectPoll(conn);
	}
}

static int
connect_once(struct db_postgres *d, struct status *st)
{
	/* The settings before the name are defaults that the name may
	 * override. */
	static const char *const keys[] = { "fallback_application_name",
		"keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", "dbname", "client_encoding", NULL };
	const char *const values[] = { "atpipe", "60", "10", "3", "60000",
		d->name, "UTF8", NULL };

	PQfinish(d->conn);
	d->conn = PQconnectStartParams(keys, values, 1);
	if (d->conn == NULL)
		return status_no_memory(st);
	PQsetNoticeReceiver(d->conn, ignore_notice, NULL);
	finish_connecting(d->conn);
	if (PQstatus(d->conn) != CONNECTION_OK)
		return db_postgres_fail(d, NULL, st);
	return 0;
}

/* Behind a pooler the process id that the client gets differs from the
 * server's: then session state such as prepared statements may belong to
 * others. */
static int
find_pooler(struct db_postgres *d, struct status *st)
{
	PGresult *res = PQexec(d->conn, "SELECT pg_backend_pid()");
	int rc = 0;

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		rc = db_postgres_fail(d, res, st);
	else
		d->pooled = atoi(PQgetvalue(res, 0, 0)) !=
		    PQbackendPID(d->conn);
	PQclear(res);
	return rc;
}

static int
set_up(struct db_postgres *d, struct status *st)
{
	const char *encoding = PQparameterStatus(d->conn, "server_encoding");

	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return status_set(st, STATUS_SYSTEM, 0,
		    "PostgreSQL: the database's encoding is %s, not UTF8",
		    encoding == NULL ? "unknown" : encoding);
	if (find_pooler(d, st) == -1)
		return -1;
	return d->pooled ? 0 : set_session(d, st);
}

/* The version of the tables; 0: none. Reading pg_class makes the server notice,
 * within a transaction, that another process created them. */
static int
get_version(struct db_postgres *d, int64_t *version, struct status *st)
{
	*version = 0;
	if (db_one(&d->db, st, version,
		"SELECT count(*) FROM pg_class "
		"WHERE oid = to_regclass('atpipe')",
		"") == -1)
		return -1;
	if (*version == 0)
		return 0;
	if (db_one(&d->db, st, version, "SELECT version FROM atpipe", "") == -1)
		return -1;
	if (*version == DB_POSTGRES_VERSION ||
	    (!d->read && db_postgres_upgrade(*version) != NULL))
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    *version < DB_POSTGRES_VERSION ?
		"PostgreSQL: tables of version %lld, at-load needs %d" :
		"PostgreSQL: tables of version %lld, this program supports %d",
	    (long long)*version, DB_POSTGRES_VERSION);
}

/* One of several processes creates the tables. Wait for the lock first:
 * statements that were sent together don't see tables created since. */
static int
lock_tables(struct db_postgres *d, struct status *st)
{
	return begin_pooled(d, st) == -1 ||
		db_run(&d->db, st,
		    "SELECT pg_advisory_xact_lock($1::integer, 2)", "i",
		    (int64_t)LOCK) == -1 ?
	    -1 :
	    db_postgres_wait(d, st);
}

static int
upgrade(struct db_postgres *d, int64_t version, struct status *st)
{
	if (db_postgres_may_alter(d, st) == -1)
		return -1;
	for (; version < DB_POSTGRES_VERSION; version++)
		if (db_postgres_exec(d, db_postgres_upgrade(version), st) == -1)
			return -1;
	return db_postgres_exec(d, "COMMIT", st);
}

/* The statements that create the tables end the transaction. */
static int
make_tables(struct db_postgres *d, struct status *st)
{
	int64_t version;

	if (lock_tables(d, st) == -1 || get_version(d, &version, st) == -1)
		return -1;
	return version == 0 ? db_postgres_exec(d, db_postgres_schema, st) :
			      upgrade(d, version, st);
}

static int
need_tables(struct db_postgres *d, struct status *st)
{
	int64_t version;

	if (get_version(d, &version, st) == -1)
		return -1;
	if (version == DB_POSTGRES_VERSION)
		return 0;
	if (d->read)
		return status_set(st,
		    version == 0 ? STATUS_NOT_FOUND : STATUS_SYSTEM, 0,
		    "PostgreSQL: the database has no tables of at-load");
	return make_tables(d, st);
}

static int
new_writer(struct db_postgres *d, struct status *st)
{
	if (d->read)
		return 0;
	return db_one(&d->db, st, &d->writer, "SELECT nextval('writer')", "");
}

static int
connect_all(struct db_postgres *d, struct status *st)
{
	db_postgres_forget_all(d);
	d->merging = false;
	/* A server that crashed may have forgotten which ids it gave. */
	d->next_id = d->end_id = 0;
	forget(d);
	return connect_once(d, st) == -1 || set_up(d, st) == -1 ||
		db_postgres_rights(d, st) == -1 || need_tables(d, st) == -1 ||
		new_writer(d, st) == -1 ?
	    -1 :
	    0;
}

/* Perhaps only the transaction failed, not the connection. */
static int
recover(struct db *db, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	int64_t end = clock_monotonic_ms() + d->wait_ms;
	int64_t pause = PAUSE_MS;
	struct status why;

	forget(d);
	/* The transaction that is rolled back may have created the temporary
	 * table. */
	d->merging = false;
	if (PQstatus(d->conn) == CONNECTION_OK && !d->piped &&
	    db_postgres_exec(d, "ROLLBACK", &why) == 0)
		return 0;
	while (connect_all(d, &why) == -1) {
		if ((int64_t)clock_monotonic_ms() + pause > end) {
			*st = why;
			st->code = STATUS_AGAIN;
			return -1;
		}
		clock_sleep_ms(pause);
		if ((pause *= 2) > PAUSE_MAX_MS)
			pause = PAUSE_MAX_MS;
	}
	return 0;
}

static void
close_connection(struct db *db)
{
	struct db_postgres *d = db_postgres_of(db);

	PQfinish(d->conn);
	db_postgres_range_close(d);
	db_postgres_gather_close(d);
	db_postgres_forget_answers(d);
	if (d->map != NULL)
		db_postgres_map_free(d->map);
	free(d->map);
	free(d->answers);
	db_postgres_values_free(&d->values);
	buf_free(&d->copy);
	buf_free(&d->text);
	buf_free(&d->bits);
	free(d->name);
	free(d);
}

static int
execute(struct db *db, const char *sql, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	return db_postgres_gather_flush(d, st) == -1 ?
	    -1 :
	    db_postgres_exec(d, sql, st);
}

static int
may_alter(struct db *db, struct status *st)
{
	return db_postgres_may_alter(db_postgres_of(db), st);
}

static const struct db_driver methods = {
	.index_of = "\" ON entry USING spgist (",
	.index_time = db_postgres_index_time,
	.index_prepare = db_postgres_index_prepare,
	.index_statistics = "ANALYZE entry, account, collection",
	.index_there = "SELECT count(*) FROM pg_class "
		       "WHERE oid = to_regclass(quote_ident($1))",
	.may_index = may_alter,
	.execute = execute,
	.arrays = true,
	.close = close_connection,
	.limit = limit,
	.begin = begin,
	.commit = commit,
	.recover = recover,
	.refresh = refresh,
	.took_back = took_back,
	.share = share,
	.hold_feed = hold_feed,
	.run = run,
	.gather = db_postgres_gather,
	.query = query,
	.step = db_postgres_next,
	.done = db_postgres_done,
	.text = db_postgres_column,
	.integer = db_postgres_integer,
	.find = db_postgres_find,
	.put = db_postgres_put,
	.touch = db_postgres_touch,
	.remove = db_postgres_remove,
	.keys = db_postgres_keys,
	.known = db_postgres_known,
	.fresh = db_postgres_fresh,
	.settle = db_postgres_settle,
};

/* Can libpq parse the URL? Its own message might show part of a password that
 * was taken for something else. */
static bool
is_url(const char *name)
{
	PQconninfoOption *all = PQconninfoParse(name, NULL), *o;
	bool good = all != NULL;

	for (o = all; good && o->keyword != NULL; o++) {
		if (o->val == NULL)
			continue;
		if (strcmp(o->keyword, "host") == 0)
			good = strchr(o->val, '@') == NULL;
		else if (strcmp(o->keyword, "port") == 0)
			good = o->val[strspn(o->val, "0123456789,")] == '\0';
	}
	PQconninfoFree(all);
	return good;
}

/* A server that can't be reached, or refuses for now, may become available. */
static bool
is_away(const char *name, const char *why)
{
	PGPing got = PQping(name);

	return got == PQPING_REJECT || got == PQPING_NO_RESPONSE ||
	    strstr(why, "too many clients") != NULL ||
	    strstr(why, "connection slots") != NULL;
}

static struct db_postgres *
make(const char *name, struct status *st)
{
	struct db_postgres *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		status_no_memory(st);
		return NULL;
	}
	d->db.driver = &methods;
	d->name = strdup(name);
	d->map = calloc(1, sizeof(*d->map));
	d->ranges = db_postgres_range_open(st);
	d->gathers = db_postgres_gather_open(st);
	if (d->name != NULL && d->map != NULL && d->ranges != NULL &&
	    d->gathers != NULL)
		return d;
	status_no_memory(st);
	close_connection(&d->db);
	return NULL;
}

int
db_postgres_open(struct db **out, const char *name, bool read, unsigned wait_ms,
    struct status *st)
{
	struct db_postgres *d;

	if (!is_url(name))
		return status_set(st, STATUS_SYSTEM, 0,
		    "PostgreSQL: the URL is malformed; in a password, %%, /, @ "
		    "and : are %%25, %%2F, %%40 and %%3A");
	if ((d = make(name, st)) == NULL)
		return -1;
	d->read = read;
	d->wait_ms = wait_ms;
	if (connect_all(d, st) == 0) {
		*out = &d->db;
		return 0;
	}
	if (PQstatus(d->conn) != CONNECTION_OK)
		st->code = is_away(name, st->msg) ? STATUS_AGAIN :
						    STATUS_SYSTEM;
	close_connection(&d->db);
	return -1;
}
