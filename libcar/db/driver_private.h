/*
 * db_driver: the interface that each database implements.
 *
 * Accounts, coverage, errors and so on use the same SQL statements for all
 * databases. A driver adds its tables, the running of statements, and the
 * operations on entries, which must be fast. db.h and entry.h describe the
 * methods that have the same names as their functions.
 *
 * The parameters of a statement are $1, $2, ...; the format has one letter for
 * each value: i an int64_t, t a const struct slice *, s a string (NULL or empty
 * for NULL), c a chunk of bits; b bytes as t, a and A an array of integers or
 * texts as a const struct db_list *, for drivers that support arrays. A
 * statement is prepared once and identified by the address of its text.
 */
#ifndef LIBCAR_DB_DRIVER_PRIVATE_H
#define LIBCAR_DB_DRIVER_PRIVATE_H

#include <stdarg.h>

#include "libcar/db/snapshot.h"

#define DB_STATEMENTS 128
#define DB_VALUES 24 /* of a statement */

/*
 * The rows of a running query:
 *
 *	db_query(db, &rows, st, sql, format, ...);
 *	while (db_next(&rows))
 *		rows.rc = use(&rows);
 *	return db_end(&rows);
 *
 * A failure ends the loop: of the query, or of the code that uses a row and
 * then sets rc to -1.
 */
struct db_rows {
	struct db *db;
	struct status *st;
	void *result; /* the driver's, with the number of the current row */
	int row;
	int got; /* 1: there is a row, and something to release */
	bool begun;
	int rc;
};

/* The elements of an array, integers or texts; a text may be NULL. */
struct db_list {
	const int64_t *integers;
	const struct slice *texts;
	size_t n;
};

/*
 * A statement for many rows. The parameters of `one` are the values of a row;
 * those of `all` are an array for each column. A driver with arrays collects
 * rows and runs `all` before it runs anything else, at the latest at the
 * commit. It may reorder rows of the same stage; it writes rows of another
 * stage first.
 */
struct db_many {
	const char *one, *all;
	const char *format; /* of a row */
	int stage;
	bool once; /* the first value, an integer, is unique in `all` */
};
enum { DB_DROPS, DB_PUTS };

struct db_driver {
	bool arrays; /* does it support arrays? */
	/* SQL for indexes: what stands between the name, after its opening
	 * quote, and the expression; the statement for indexed_at; what updates
	 * the planner's statistics; how many indexes have the name $1; what to
	 * run in an earlier transaction, or NULL. */
	const char *index_of, *index_time, *index_statistics, *index_there,
	    *index_prepare;
	/* May this role make an index? NULL: every writer may. */
	int (*may_index)(struct db *, struct status *);

	void (*close)(struct db *);
	int (*limit)(struct db *, unsigned ms, struct status *);
	int (*begin)(struct db *, const struct db_plan *, bool *stale,
	    struct status *);
	int (*commit)(struct db *, struct status *);
	int (*recover)(struct db *, struct status *);
	int (*refresh)(struct db *, bool *changed, struct status *);
	int (
	    *took_back)(struct db *, struct status *); /* NULL: nothing to do */
	/* Called before writing what all accounts share. NULL: nothing to
	 * do. */
	int (*share)(struct db *, struct status *);
	/* Prevent others from switching the recording of changes until the
	 * commit; with alone, also from relying on it. NULL: nothing to do. */
	int (*hold_feed)(struct db *, bool alone, struct status *);

	/* The first row; the next one: 1, 0 none, -1. After 1, done must
	 * release the rows. */
	int (*query)(struct db *, struct db_rows *, const char *sql,
	    const char *format, va_list, struct status *);
	/* A statement without rows. Its failure may be reported later, at the
	 * latest by commit. NULL: use query. */
	int (*run)(struct db *, const char *sql, const char *format, va_list,
	    struct status *);
	/* Any statement, which isn't prepared. */
	int (*execute)(struct db *, const char *sql, struct status *);
	/* A row of a db_many. NULL: use query with `one`. */
	int (*gather)(struct db *, const struct db_many *, va_list,
	    struct status *);
	int (*step)(struct db_rows *, struct status *);
	void (*done)(struct db_rows *);
	struct slice (*text)(const struct db_rows *, int column);
	int64_t (*integer)(const struct db_rows *, int column);

	int (*find)(struct db *, const struct db_key *, struct db_entry *,
	    struct status *);
	int (*put)(struct db *, const struct db_key *, struct db_entry *,
	    const struct slice *record, struct status *);
	int (*touch)(struct db *, const struct db_key *,
	    const struct db_entry *, struct status *);
	int (*remove)(struct db *, const struct db_key *, int64_t entry,
	    struct status *);
	int (*keys)(struct db *, int64_t account, int64_t collection,
	    const struct db_named *,
	    int (*fn)(void *, const struct db_key *, const struct db_entry *,
		struct status *),
	    void *, struct status *);
	/* The entries of an account, if all of them are in memory: *known.
	 * NULL: never. */
	int (*known)(struct db *, int64_t account, bool *known,
	    int (*fn)(void *, const struct db_key *, const struct db_entry *,
		struct status *),
	    void *, struct status *);
	/* Did this transaction create the account, so that the database had
	 * nothing about it before? NULL: unknown. */
	bool (*fresh)(struct db *, int64_t account);
	/* Called before a separate query reads or writes entries of the
	 * account. NULL: nothing to do. */
	int (*settle)(struct db *, int64_t account, struct status *);
};

/* Run a statement to its end. */
int db_run(struct db *, struct status *, const char *sql, const char *format,
    ...);

/* Run it for a row with these values. */
int db_run_many(struct db *, struct status *, const struct db_many *, ...);

/* Begin a query; move to its first or next row; end it, possibly before the
 * last row: 0, or -1 if it failed. */
void db_query(struct db *, struct db_rows *, struct status *, const char *sql,
    const char *format, ...);
bool db_next(struct db_rows *);
int db_end(struct db_rows *);

/* Columns of the current row, from 0; texts are borrowed until the next row.
 * Booleans are 0 or 1. NULL is a slice without text, or 0. */
struct slice db_text(const struct db_rows *, int column);
int64_t db_integer(const struct db_rows *, int column);
void db_rev(char *rev, const struct db_rows *, int column);

/* The integer of a query with one row. */
int db_one(struct db *, struct status *, int64_t *out, const char *sql,
    const char *format, ...);

/* The text of a query with one row, borrowed until the next call. */
int db_one_text(struct db *, const char *sql, int64_t id, struct slice *,
    struct status *);

bool db_fresh(struct db *, int64_t account);
int db_share(struct db *, struct status *);
int db_settle(struct db *, int64_t account, struct status *);

#endif
