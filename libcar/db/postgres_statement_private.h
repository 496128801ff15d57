/*
 * db_postgres_statement: statements of PostgreSQL, and their rows.
 *
 * Values and rows are in binary. Statements are sent without waiting for the
 * server, until one of them has rows to read: most of the dozen statements for
 * an account need no answer. Rows that were asked for ahead are kept until the
 * caller takes them.
 */
#ifndef LIBCAR_DB_POSTGRES_STATEMENT_PRIVATE_H
#define LIBCAR_DB_POSTGRES_STATEMENT_PRIVATE_H

#include <libpq-fe.h>

#include "libcar/db/postgres_value_private.h"

#define DB_POSTGRES_PENDING 64 /* statements without an answer yet */

struct db_postgres_gathers;
struct db_postgres_map;
struct db_postgres_ranges;

/* The rows of the nth statement sent, to be taken later. */
struct db_postgres_answer {
	uint64_t sent;
	PGresult *rows; /* NULL: not received yet, or already taken */
};

struct db_postgres {
	struct db db;
	PGconn *conn;
	/* There is a connection pooler such as PgBouncer: each transaction may
	 * use another connection of the server, so nothing may outlast a
	 * transaction. */
	bool pooled;
	bool piped;           /* in pipeline mode */
	uint64_t sent, heard; /* statements */
	struct db_postgres_answer *answers;
	size_t nanswers, answer_room, at; /* `at`: the next to receive */
	const char *prepared[DB_STATEMENTS];
	unsigned nprepared;
	struct db_postgres_values values; /* of the statement to send */

	/* Of connections and transactions: postgres.c. */
	char *name; /* as the user gave it */
	unsigned wait_ms;
	unsigned limit_ms; /* of a statement; 0: none */
	bool read;
	bool shared; /* this transaction holds the lock for shared data */
	int64_t generation; /* changes when data is removed */

	struct db_postgres_gathers *gathers;

	/* Of entries. */
	struct db_postgres_map *map;
	struct db_postgres_ranges *ranges;
	int64_t writer;          /* this connection, as in account.writer */
	int64_t next_id, end_id; /* for new entries */
	bool merging;            /* the temporary table exists */
	bool merged;             /* and has rows */
	struct buf copy;         /* the rows of a COPY */
	struct buf text;         /* a record for jsonb */
	struct buf bits;         /* of named entries */
};

static inline struct db_postgres *
db_postgres_of(struct db *db)
{
	return (struct db_postgres *)db;
}

/* Set the status from a result, or from the connection (NULL); returns -1. */
int db_postgres_fail(struct db_postgres *, const PGresult *, struct status *);

/* Run statements without values; wait for all statements that were sent. */
int db_postgres_exec(struct db_postgres *, const char *sql, struct status *);
int db_postgres_wait(struct db_postgres *, struct status *);

/* Send a statement and get a number to take its rows with later; make the
 * server send what it has. */
int db_postgres_ask(struct db_postgres *, size_t *number, struct status *,
    const char *sql, const char *format, ...);
int db_postgres_push(struct db_postgres *, struct status *);
/* Take the rows, once; the caller owns them. NULL: it failed. */
PGresult *db_postgres_answer(struct db_postgres *, size_t number,
    struct status *);

/* Run the statement with the values in d->values. */
int db_postgres_run_bound(struct db_postgres *, const char *sql,
    const char *format, struct status *);

/* Drop answers that nobody will take; for a new connection, also forget
 * prepared and sent statements. */
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
