/*
 * db_postgres_statement: statements of PostgreSQL, and their rows.
 *
 * Values and rows pass in binary. Statements are sent one after another, and
 * waited for when one of them has rows to be read: of the dozen that an account
 * takes most need no answer. What is asked for ahead is kept until it is
 * wanted.
 */
#ifndef LIBCAR_DB_POSTGRES_STATEMENT_PRIVATE_H
#define LIBCAR_DB_POSTGRES_STATEMENT_PRIVATE_H

#include <libpq-fe.h>

#include "libcar/db/postgres_value_private.h"

#define DB_POSTGRES_PENDING 64 /* statements on their way */

struct db_postgres_gathers;
struct db_postgres_map;
struct db_postgres_ranges;

/* The rows of a statement that was sent as the nth, to be wanted later. */
struct db_postgres_answer {
	uint64_t sent;
	PGresult *rows; /* NULL: not heard of yet, or taken */
};

struct db_postgres {
	struct db db;
	PGconn *conn;
	/* There is a pooler between, such as PgBouncer: each transaction may
	 * go to another connection of the server. Nothing outlasts one. */
	bool pooled;
	bool piped;           /* statements are sent without waiting for them */
	uint64_t sent, heard; /* statements */
	struct db_postgres_answer *answers;
	size_t nanswers, answer_room, at; /* before `at` they were heard of */
	const char *prepared[DB_STATEMENTS];
	unsigned nprepared;
	struct db_postgres_values values; /* of the statement that is sent */

	/* Of connections and transactions: postgres.c. */
	char *name; /* as it was given */
	unsigned wait_ms;
	bool read;
	bool shared;        /* the lock for what accounts share is held */
	int64_t generation; /* of what was taken back */

	struct db_postgres_gathers *gathers;

	/* Of entries. */
	struct db_postgres_map *map;
	struct db_postgres_ranges *ranges;
	int64_t writer;          /* this connection, in account.writer */
	int64_t next_id, end_id; /* for new entries */
	bool merging;            /* the temporary table is there */
	bool merged;             /* and not empty */
	struct buf copy;         /* the rows of a COPY */
	struct buf text;         /* a record for jsonb */
	struct buf bits;         /* of named entries */
};

static inline struct db_postgres *
db_postgres_of(struct db *db)
{
	return (struct db_postgres *)db;
}

/* Why a call failed, of its result or of the connection (NULL); always -1. */
int db_postgres_fail(struct db_postgres *, const PGresult *, struct status *);

/* Run statements without values; wait for those that were sent. */
int db_postgres_exec(struct db_postgres *, const char *sql, struct status *);
int db_postgres_wait(struct db_postgres *, struct status *);

/* Send a statement, and get a number by which its rows are taken later; see to
 * it that they come without being asked for again. */
int db_postgres_ask(struct db_postgres *, size_t *number, struct status *,
    const char *sql, const char *format, ...);
int db_postgres_push(struct db_postgres *, struct status *);
/* Take the rows, once: they are the caller's. NULL: it failed. */
PGresult *db_postgres_answer(struct db_postgres *, size_t number,
    struct status *);

/* As db_postgres_run(), with the values that d->values has. */
int db_postgres_run_bound(struct db_postgres *, const char *sql,
    const char *format, struct status *);

/* Nothing is wanted any more; and, of a new connection, nothing is prepared or
 * on its way either. */
void db_postgres_forget_answers(struct db_postgres *);
void db_postgres_forget_all(struct db_postgres *);

/* The methods of the driver for statements. */
int db_postgres_query(struct db *, struct db_rows *, const char *sql,
    const char *format, va_list, struct status *);
int db_postgres_run(struct db *, const char *sql, const char *format, va_list,
    struct status *);
int db_postgres_next(struct db_rows *, struct status *);
void db_postgres_done(struct db_rows *);
struct slice db_postgres_column(const struct db_rows *, int column);
int64_t db_postgres_integer(const struct db_rows *, int column);

#endif
