#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcar/db/postgres_map_private.h"

#define PAUSE_MS 50 /* after a failed connection; then twice as long, to */
#define PAUSE_MAX_MS 1000
#define CONNECT_MS 10000 /* for a step of a connection */

/* Types, by their OIDs in every PostgreSQL. */
enum { BYTEA = 17, INT8 = 20, TEXT = 25, TEXT_ARRAY = 1009, INT8_ARRAY = 1016 };

static struct db_postgres *
self(struct db *db)
{
	return (struct db_postgres *)db;
}

static int64_t
clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
sleep_ms(int64_t ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/* ---- what failed ---- */

/* The server goes down or comes up, or another transaction was in the way: an
 * SQLSTATE, or the first two characters of its class. */
static bool
is_passing(const char *state)
{
	static const char *const passing[] = {
		"08",    /* connection exception */
		"40",    /* transaction rollback: serialization, deadlock */
		"53300", /* too many connections */
		"55P03", /* lock not available */
		"57P",   /* shutdown, crash, starting up */
	};
	size_t i;

	for (i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (strncmp(state, passing[i], strlen(passing[i])) == 0)
			return true;
	return false;
}

int
db_postgres_fail(struct db_postgres *d, const PGresult *res, struct status *st)
{
	const char *state = NULL, *msg = NULL;
	enum status_code code = STATUS_SYSTEM;

	if (res != NULL) {
		state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
		msg = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	}
	if (msg == NULL)
		msg = PQerrorMessage(d->conn);
	/* What isn't said by the server is said of the connection. */
	if (state == NULL || is_passing(state))
		code = STATUS_AGAIN;
	return status_set(st, code, 0, "PostgreSQL: %.*s",
	    (int)strcspn(msg, "\n"), msg);
}

/* Was it done, with rows or without? */
static int
check(struct db_postgres *d, const PGresult *res, struct status *st)
{
	ExecStatusType got = PQresultStatus(res);

	if (got == PGRES_COMMAND_OK || got == PGRES_TUPLES_OK)
		return 0;
	return db_postgres_fail(d, res, st);
}

PGresult *
db_postgres_hear(struct db_postgres *d, struct status *st)
{
	PGresult *res = PQgetResult(d->conn);

	if (check(d, res, st) == -1) {
		PQclear(res);
		res = NULL;
	}
	/* NULL: the end of one; where the connection is lost, of all. */
	PQclear(PQgetResult(d->conn));
	d->pending--;
	return res;
}

/* Hear of all that was sent; the result of the last one to *last, unless it is
 * NULL. What follows a statement that failed isn't run. */
static int
hear_all(struct db_postgres *d, PGresult **last, struct status *st)
{
	struct status later;
	PGresult *res = NULL;
	int rc;

	if (PQpipelineSync(d->conn) != 1)
		return db_postgres_fail(d, NULL, st);
	rc = db_postgres_range_hear(d, st);
	while (d->pending > 0) {
		PQclear(res);
		res = db_postgres_hear(d, rc == 0 ? st : &later);
		if (res == NULL)
			rc = -1;
	}
	if (rc == 0 && last != NULL)
		*last = res;
	else
		PQclear(res);
	PQclear(PQgetResult(d->conn)); /* of the synchronisation */
	if (PQexitPipelineMode(d->conn) == 1)
		d->piped = false;
	else if (rc == 0)
		rc = db_postgres_fail(d, NULL, st);
	return rc;
}

int
db_postgres_wait(struct db_postgres *d, struct status *st)
{
	return d->piped ? hear_all(d, NULL, st) : 0;
}

int
db_postgres_exec(struct db_postgres *d, const char *sql, struct status *st)
{
	PGresult *res;
	int rc;

	if (db_postgres_wait(d, st) == -1)
		return -1;
	res = PQexec(d->conn, sql);
	rc = check(d, res, st);
	PQclear(res);
	return rc;
}

/* ---- values ---- */

void
db_postgres_put(struct buf *b, int64_t value, unsigned n)
{
	char bytes[8];
	unsigned i;

	for (i = 0; i < n; i++)
		bytes[i] = (char)((uint64_t)value >> 8 * (n - 1 - i));
	buf_put(b, bytes, n);
}

void
db_postgres_array(struct buf *b, size_t n, bool texts)
{
	b->len = 0;
	db_postgres_put(b, 1, 4); /* dimensions */
	db_postgres_put(b, 0, 4); /* no NULLs */
	db_postgres_put(b, texts ? TEXT : INT8, 4);
	db_postgres_put(b, (int64_t)n, 4);
	db_postgres_put(b, 1, 4); /* the first one's number */
}

void
db_postgres_add_integer(struct buf *b, int64_t value)
{
	db_postgres_put(b, 8, 4);
	db_postgres_put(b, value, 8);
}

void
db_postgres_add_text(struct buf *b, const struct slice *t)
{
	db_postgres_put(b, (int64_t)t->len, 4);
	buf_put(b, t->at, t->len);
}

static Oid
type_of(char letter)
{
	switch (letter) {
	case 'i':
		return INT8;
	case 'c':
	case 'b':
		return BYTEA;
	case 'a':
		return INT8_ARRAY;
	case 'A':
		return TEXT_ARRAY;
	}
	return TEXT;
}

/* A name for each statement, which is prepared when it is first run. */
static int
prepare(struct db_postgres *d, const char *sql, const char *format, char *name,
    struct status *st)
{
	Oid types[DB_VALUES];
	PGresult *res;
	unsigned i;
	int n, rc = 0;

	for (i = 0; i < d->nprepared && d->prepared[i] != sql; i++)
		;
	if (i == DB_STATEMENTS)
		return status_set(st, STATUS_SYSTEM, 0, "too many statements");
	sprintf(name, "s%u", i);
	if (i < d->nprepared)
		return 0;
	if (db_postgres_wait(d, st) == -1)
		return -1;
	for (n = 0; format[n] != '\0'; n++)
		types[n] = type_of(format[n]);
	res = PQprepare(d->conn, name, sql, n, types);
	if (PQresultStatus(res) == PGRES_COMMAND_OK)
		d->prepared[d->nprepared++] = sql;
	else
		rc = db_postgres_fail(d, res, st);
	PQclear(res);
	return rc;
}

struct values {
	const char *at[DB_VALUES];
	int len[DB_VALUES], binary[DB_VALUES];
	char integers[DB_VALUES][8];
};

static void
bind_integer(struct values *v, int i, uint64_t value)
{
	int byte;

	for (byte = 0; byte < 8; byte++)
		v->integers[i][byte] = (char)(value >> (56 - 8 * byte));
	v->at[i] = v->integers[i];
	v->len[i] = 8;
}

/* Returns how many there are. */
static int
bind(struct values *v, const char *format, va_list ap)
{
	const struct slice *t;
	const struct buf *b;
	int i;

	for (i = 0; format[i] != '\0'; i++) {
		v->binary[i] = 1;
		switch (format[i]) {
		case 'i':
			bind_integer(v, i, (uint64_t)va_arg(ap, int64_t));
			break;
		case 't':
		case 'b':
			t = va_arg(ap, const struct slice *);
			v->at[i] = t->at;
			v->len[i] = (int)t->len;
			break;
		case 's':
			v->at[i] = va_arg(ap, const char *);
			if (v->at[i] != NULL && *v->at[i] == '\0')
				v->at[i] = NULL;
			v->len[i] = v->at[i] == NULL ? 0 : strlen(v->at[i]);
			break;
		case 'c':
			v->at[i] = va_arg(ap, const char *);
			v->len[i] = DB_CHUNK_BYTES;
			break;
		default:
			b = va_arg(ap, const struct buf *);
			v->at[i] = b->data;
			v->len[i] = (int)b->len;
		}
	}
	return i;
}

/* ---- rows ---- */

/*
 * Statements are sent one after another, and waited for when one of them has
 * rows to be read: of the dozen that an account takes most need no answer.
 */
static int
send_statement(struct db_postgres *d, const char *sql, const char *format,
    va_list ap, struct status *st)
{
	struct values v;
	char name[16];
	int n;

	if (prepare(d, sql, format, name, st) == -1)
		return -1;
	n = bind(&v, format, ap);
	if (PQenterPipelineMode(d->conn) != 1)
		return db_postgres_fail(d, NULL, st);
	d->piped = true;
	if (PQsendQueryPrepared(d->conn, name, n, v.at, v.len, v.binary, 1) !=
	    1)
		return db_postgres_fail(d, NULL, st);
	d->pending++;
	return 0;
}

int
db_postgres_send(struct db_postgres *d, struct status *st, const char *sql,
    const char *format, ...)
{
	va_list ap;
	int rc;

	va_start(ap, format);
	rc = send_statement(d, sql, format, ap, st);
	va_end(ap);
	return rc;
}

int
db_postgres_push(struct db_postgres *d, struct status *st)
{
	if (PQsendFlushRequest(d->conn) == 1 && PQflush(d->conn) == 0)
		return 0;
	return db_postgres_fail(d, NULL, st);
}

static int
run(struct db *db, const char *sql, const char *format, va_list ap,
    struct status *st)
{
	struct db_postgres *d = self(db);

	if (send_statement(d, sql, format, ap, st) == -1)
		return -1;
	return d->pending < DB_POSTGRES_PENDING ? 0 : db_postgres_wait(d, st);
}

static int
query(struct db *db, struct db_rows *rows, const char *sql, const char *format,
    va_list ap, struct status *st)
{
	struct db_postgres *d = self(db);
	PGresult *res = NULL;

	if (send_statement(d, sql, format, ap, st) == -1 ||
	    hear_all(d, &res, st) == -1)
		return -1;
	*rows = (struct db_rows){ db, res, 0 };
	if (PQntuples(res) > 0)
		return 1;
	PQclear(res);
	return 0;
}

static void
done(struct db_rows *rows)
{
	PQclear(rows->result);
}

static int
step(struct db_rows *rows, struct status *st)
{
	(void)st;
	if (++rows->row < PQntuples(rows->result))
		return 1;
	done(rows);
	return 0;
}

static struct slice
text(const struct db_rows *rows, int column)
{
	struct slice t = { NULL, 0 };

	if (PQgetisnull(rows->result, rows->row, column))
		return t;
	t.at = PQgetvalue(rows->result, rows->row, column);
	t.len = PQgetlength(rows->result, rows->row, column);
	return t;
}

/* Truth values have one byte, integers 2, 4 or 8. */
static int64_t
integer(const struct db_rows *rows, int column)
{
	struct slice t = text(rows, column);
	uint64_t value = 0;
	size_t i;

	if (t.len > 1 && (t.at[0] & 0x80) != 0)
		value = UINT64_MAX;
	for (i = 0; i < t.len && i < 8; i++)
		value = value << 8 | (unsigned char)t.at[i];
	return (int64_t)value;
}

/* ---- transactions ---- */

static int
begin(struct db *db, const struct db_plan *plan, size_t n,
    void (*changed)(void *, const struct slice *), void *arg, struct status *st)
{
	struct db_postgres *d = self(db);

	if (db_postgres_exec(d, "BEGIN", st) == -1)
		return -1;
	return db_postgres_entry_begin(d, plan, n, changed, arg, st);
}

static void
forget(struct db_postgres *d)
{
	d->shared = d->merged = false;
	db_postgres_map_clear(&d->map);
}

static int
commit(struct db *db, struct status *st)
{
	struct db_postgres *d = self(db);

	if (db_postgres_entry_flush(d, st) == -1 ||
	    db_postgres_exec(d, "COMMIT", st) == -1)
		return -1;
	forget(d);
	return 0;
}

static int
refresh(struct db *db, bool *changed, struct status *st)
{
	struct db_postgres *d = self(db);
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
	struct db_postgres *d = self(db);

	if (d->shared)
		return 0;
	d->shared = true;
	return db_run(db, st, "SELECT pg_advisory_xact_lock($1::integer, 1)",
	    "i", (int64_t)DB_POSTGRES_LOCK);
}

/* ---- connections ---- */

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* To the end of a connection that was begun: PQstatus() says which. */
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
	/* What stands before the name is what the name may say otherwise. */
	static const char *const keys[] = { "fallback_application_name",
		"keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", "dbname", "client_encoding", NULL };
	const char *const values[] = { "atpipe", "60", "10", "3", "60000",
		d->name, "UTF8", NULL };

	PQfinish(d->conn);
	d->conn = PQconnectStartParams(keys, values, 1);
	if (d->conn == NULL)
		return db_postgres_no_memory(st);
	PQsetNoticeReceiver(d->conn, ignore_notice, NULL);
	finish_connecting(d->conn);
	if (PQstatus(d->conn) != CONNECTION_OK)
		return db_postgres_fail(d, NULL, st);
	return 0;
}

/*
 * What a loader asks for is found by keys, however many rows there are: the
 * planner, which may have met the tables when they were empty and knows nothing
 * of arrays, must not read whole tables instead.
 */
#define BY_KEYS \
	"SET enable_seqscan = off; SET enable_hashjoin = off; " \
	"SET enable_mergejoin = off; "
static int
set_up(struct db_postgres *d, struct status *st)
{
	char sql[512];
	const char *encoding = PQparameterStatus(d->conn, "server_encoding");

	if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
		return status_set(st, STATUS_SYSTEM, 0,
		    "PostgreSQL: the database's encoding is %s, not UTF8",
		    encoding == NULL ? "unknown" : encoding);
	snprintf(sql, sizeof(sql),
	    "SET lock_timeout = %u; SET statement_timeout = 0; "
	    "SET idle_in_transaction_session_timeout = 0; "
	    "SET jit = off; %s"
	    "SET default_transaction_isolation = 'read committed'; "
	    "SET default_transaction_read_only = %s",
	    d->wait_ms / 2 + 1, d->read ? "" : BY_KEYS, d->read ? "on" : "off");
	return db_postgres_exec(d, sql, st);
}

/* The version of the tables; 0: there are none. */
static int
get_version(struct db_postgres *d, int64_t *version, struct status *st)
{
	*version = 0;
	if (db_one(&d->db, st, version,
		"SELECT to_regclass('atpipe') IS NOT NULL", "") == -1)
		return -1;
	if (*version == 0)
		return 0;
	if (db_one(&d->db, st, version, "SELECT version FROM atpipe", "") == -1)
		return -1;
	if (*version == DB_POSTGRES_VERSION)
		return 0;
	return status_set(st, STATUS_SYSTEM, 0,
	    "PostgreSQL: tables of version %lld, this program knows %d",
	    (long long)*version, DB_POSTGRES_VERSION);
}

/* Waited for, as what is sent together sees no table that was made since. */
static int
lock_tables(struct db_postgres *d, const char *sql, struct status *st)
{
	return db_run(&d->db, st, sql, "i", (int64_t)DB_POSTGRES_LOCK) == -1 ?
	    -1 :
	    db_postgres_wait(d, st);
}

static int
need_tables(struct db_postgres *d, struct status *st)
{
	int64_t version;

	if (get_version(d, &version, st) == -1)
		return -1;
	if (version != 0)
		return 0;
	if (d->read)
		return status_set(st, STATUS_SYSTEM, 0,
		    "PostgreSQL: the database has no tables of at-load");
	/* Of several processes one makes them. */
	if (lock_tables(d, "SELECT pg_advisory_lock($1::integer, 2)", st) ==
		-1 ||
	    get_version(d, &version, st) == -1 ||
	    (version == 0 && db_postgres_exec(d, db_postgres_schema, st) == -1))
		return -1;
	return lock_tables(d, "SELECT pg_advisory_unlock($1::integer, 2)", st);
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
	d->nprepared = d->pending = 0;
	d->piped = d->merging = false;
	/* A server that crashed may have forgotten that they were given. */
	d->next_id = d->end_id = 0;
	forget(d);
	return connect_once(d, st) == -1 || set_up(d, st) == -1 ||
		need_tables(d, st) == -1 || new_writer(d, st) == -1 ?
	    -1 :
	    0;
}

/* The connection may be there, and the transaction alone have failed. */
static int
recover(struct db *db, struct status *st)
{
	struct db_postgres *d = self(db);
	int64_t end = clock_ms() + d->wait_ms;
	int64_t pause = PAUSE_MS;
	struct status why;

	forget(d);
	/* The temporary table may have been made by what is undone now. */
	d->merging = false;
	if (PQstatus(d->conn) == CONNECTION_OK && !d->piped &&
	    db_postgres_exec(d, "ROLLBACK", &why) == 0)
		return 0;
	while (connect_all(d, &why) == -1) {
		if (clock_ms() + pause > end) {
			*st = why;
			st->code = STATUS_AGAIN;
			return -1;
		}
		sleep_ms(pause);
		if ((pause *= 2) > PAUSE_MAX_MS)
			pause = PAUSE_MAX_MS;
	}
	return 0;
}

static void
close_connection(struct db *db)
{
	struct db_postgres *d = self(db);
	size_t i;

	PQfinish(d->conn);
	db_postgres_map_free(&d->map);
	for (i = 0; i < sizeof(d->array) / sizeof(d->array[0]); i++)
		buf_free(&d->array[i]);
	buf_free(&d->copy);
	buf_free(&d->text);
	buf_free(&d->bits);
	free(d->name);
	free(d);
}

static struct db_driver methods = {
	.plans = true,
	.close = close_connection,
	.begin = begin,
	.commit = commit,
	.recover = recover,
	.refresh = refresh,
	.took_back = took_back,
	.share = share,
	.run = run,
	.query = query,
	.step = step,
	.done = done,
	.text = text,
	.integer = integer,
};

/* Is it a URL as libpq reads it? Its own words might show a password, of which
 * a part was taken for something else. */
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

/* A server that can't be reached, or won't yet: that may change. */
static bool
is_away(const char *name, const char *why)
{
	PGPing got = PQping(name);

	return got == PQPING_REJECT || got == PQPING_NO_RESPONSE ||
	    strstr(why, "too many clients") != NULL ||
	    strstr(why, "connection slots") != NULL;
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
	d = calloc(1, sizeof(*d));
	db_postgres_entry_methods(&methods);
	if (d == NULL || (d->name = strdup(name)) == NULL) {
		free(d);
		return db_postgres_no_memory(st);
	}
	d->db.driver = &methods;
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
