#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/db/postgres_statement_private.h"

/*
 * Statements use libpq's pipeline mode. The server answers in the order in
 * which they were sent, so a counter tells to which statement the next answer
 * belongs.
 */

/* Failures */

/* Temporary failures: the server is shutting down or starting, or another
 * transaction was in the way. SQLSTATEs, or the first characters of their
 * class. */
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
	if (state != NULL && strcmp(state, "57014") == 0)
		code = STATUS_TIMEOUT; /* query canceled */
	/* An error without an SQLSTATE is one of the connection. */
	if (state == NULL || is_passing(state))
		code = STATUS_AGAIN;
	return status_set(st, code, 0, "PostgreSQL: %.*s",
	    (int)strcspn(msg, "\n"), msg);
}

/* Did the statement succeed, with or without rows? */
static int
check(struct db_postgres *d, const PGresult *res, struct status *st)
{
	ExecStatusType got = PQresultStatus(res);

	if (got == PGRES_COMMAND_OK || got == PGRES_TUPLES_OK)
		return 0;
	return db_postgres_fail(d, res, st);
}

/* Sending */

static const Oid *
set_types(Oid *types, const char *format)
{
	int n;

	for (n = 0; format[n] != '\0'; n++)
		types[n] = db_postgres_type(format[n]);
	return types;
}

/* Name each statement; prepare it when it first runs. */
static int
prepare(struct db_postgres *d, const char *sql, const char *format, char *name,
    struct status *st)
{
	Oid types[DB_VALUES];
	PGresult *res;
	unsigned i;
	int rc = 0;

	for (i = 0; i < d->nprepared && d->prepared[i] != sql; i++)
		;
	if (i == DB_STATEMENTS)
		return status_set(st, STATUS_SYSTEM, 0, "too many statements");
	sprintf(name, "s%u", i);
	if (i < d->nprepared)
		return 0;
	if (db_postgres_wait(d, st) == -1)
		return -1;
	res = PQprepare(d->conn, name, sql, (int)strlen(format),
	    set_types(types, format));
	if (PQresultStatus(res) == PGRES_COMMAND_OK)
		d->prepared[d->nprepared++] = sql;
	else
		rc = db_postgres_fail(d, res, st);
	PQclear(res);
	return rc;
}

/* Send the statement with the values in d->values. */
static int
send_bound(struct db_postgres *d, const char *sql, const char *format,
    struct status *st)
{
	static const int binary[DB_VALUES] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	const struct db_postgres_values *v = &d->values;
	int n = (int)strlen(format), sent;
	Oid types[DB_VALUES];
	char name[16];

	if (!d->pooled && prepare(d, sql, format, name, st) == -1)
		return -1;
	if (PQenterPipelineMode(d->conn) != 1)
		return db_postgres_fail(d, NULL, st);
	d->piped = true;
	if (d->pooled)
		sent = PQsendQueryParams(d->conn, sql, n,
		    set_types(types, format), v->at, v->len, binary, 1);
	else
		sent = PQsendQueryPrepared(d->conn, name, n, v->at, v->len,
		    binary, 1);
	if (sent != 1)
		return db_postgres_fail(d, NULL, st);
	d->sent++;
	return 0;
}

static int
send_statement(struct db_postgres *d, const char *sql, const char *format,
    va_list ap, struct status *st)
{
	return db_postgres_bind(&d->values, format, ap, st) == -1 ?
	    -1 :
	    send_bound(d, sql, format, st);
}

int
db_postgres_ask(struct db_postgres *d, size_t *number, struct status *st,
    const char *sql, const char *format, ...)
{
	va_list ap;
	int rc;

	if (!ARRAY_GROW(d->answers, d->nanswers, d->answer_room))
		return status_no_memory(st);
	va_start(ap, format);
	rc = send_statement(d, sql, format, ap, st);
	va_end(ap);
	if (rc == -1)
		return -1;
	d->answers[d->nanswers] = (struct db_postgres_answer){ d->sent, NULL };
	*number = d->nanswers++;
	return 0;
}

int
db_postgres_push(struct db_postgres *d, struct status *st)
{
	if (PQsendFlushRequest(d->conn) == 1 && PQflush(d->conn) == 0)
		return 0;
	return db_postgres_fail(d, NULL, st);
}

/* Receiving */

/* Store a result that db_postgres_ask() asked for. */
static bool
keep(struct db_postgres *d, PGresult *res)
{
	if (d->at == d->nanswers || d->answers[d->at].sent != d->heard)
		return false;
	d->answers[d->at++].rows = res;
	return true;
}

/* Receive the answer to the next statement. If *other isn't NULL, it gets a
 * result that nobody asked for ahead. */
static int
hear(struct db_postgres *d, PGresult **other, struct status *st)
{
	PGresult *res = PQgetResult(d->conn);
	int rc = check(d, res, st);

	/* NULL: the end of this answer, or of all if the connection is lost. */
	PQclear(PQgetResult(d->conn));
	d->heard++;
	if (rc == 0 && keep(d, res))
		return 0;
	if (rc == 0 && other != NULL)
		*other = res;
	else
		PQclear(res);
	return rc;
}

/* Receive all answers; *last, unless NULL, gets the last result. After a
 * failure the server skips the statements that follow. */
static int
hear_all(struct db_postgres *d, PGresult **last, struct status *st)
{
	struct status later;
	int rc = 0;

	if (PQpipelineSync(d->conn) != 1)
		return db_postgres_fail(d, NULL, st);
	while (d->heard < d->sent)
		if (hear(d, d->heard + 1 == d->sent ? last : NULL,
			rc == 0 ? st : &later) == -1)
			rc = -1;
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

PGresult *
db_postgres_answer(struct db_postgres *d, size_t number, struct status *st)
{
	PGresult *rows;

	while (number >= d->at)
		if (hear(d, NULL, st) == -1)
			return NULL;
	rows = d->answers[number].rows;
	d->answers[number].rows = NULL;
	return rows;
}

void
db_postgres_forget_answers(struct db_postgres *d)
{
	size_t i;

	for (i = 0; i < d->nanswers; i++)
		PQclear(d->answers[i].rows);
	d->nanswers = d->at = 0;
}

void
db_postgres_forget_all(struct db_postgres *d)
{
	db_postgres_forget_answers(d);
	d->sent = d->heard = 0;
	d->nprepared = 0;
	d->piped = false;
}

/* Rows */

static int
wait_if_many(struct db_postgres *d, struct status *st)
{
	return d->sent - d->heard < DB_POSTGRES_PENDING ?
	    0 :
	    db_postgres_wait(d, st);
}

int
db_postgres_run(struct db *db, const char *sql, const char *format, va_list ap,
    struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);

	if (send_statement(d, sql, format, ap, st) == -1)
		return -1;
	return wait_if_many(d, st);
}

int
db_postgres_run_bound(struct db_postgres *d, const char *sql,
    const char *format, struct status *st)
{
	return send_bound(d, sql, format, st) == -1 ? -1 : wait_if_many(d, st);
}

int
db_postgres_query(struct db *db, struct db_rows *rows, const char *sql,
    const char *format, va_list ap, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	PGresult *res = NULL;

	if (send_statement(d, sql, format, ap, st) == -1 ||
	    hear_all(d, &res, st) == -1) {
		PQclear(res);
		return -1;
	}
	rows->result = res;
	rows->row = 0;
	if (PQntuples(res) > 0)
		return 1;
	PQclear(res);
	return 0;
}

void
db_postgres_done(struct db_rows *rows)
{
	PQclear(rows->result);
}

int
db_postgres_next(struct db_rows *rows, struct status *st)
{
	(void)st;
	if (++rows->row < PQntuples(rows->result))
		return 1;
	db_postgres_done(rows);
	return 0;
}

struct slice
db_postgres_column(const struct db_rows *rows, int column)
{
	struct slice t = { NULL, 0 };

	if (PQgetisnull(rows->result, rows->row, column))
		return t;
	t.at = PQgetvalue(rows->result, rows->row, column);
	t.len = PQgetlength(rows->result, rows->row, column);
	return t;
}

/* Booleans have one byte, integers 2, 4 or 8. */
int64_t
db_postgres_integer(const struct db_rows *rows, int column)
{
	struct slice t = db_postgres_column(rows, column);
	uint64_t value = 0;
	size_t i;

	if (t.len > 1 && (t.at[0] & 0x80) != 0)
		value = UINT64_MAX;
	for (i = 0; i < t.len && i < 8; i++)
		value = value << 8 | (unsigned char)t.at[i];
	return (int64_t)value;
}
