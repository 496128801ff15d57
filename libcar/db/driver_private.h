/*
 * db_driver: what a database has to know how to do.
 *
 * Accounts, their coverage, errors and the like are the same statements
 * everywhere, in the SQL that the databases share. A database adds its tables,
 * how a statement is run, and what concerns single entries, which has to be
 * fast. Methods whose names db.h or entry.h have are described there.
 *
 * A statement's parameters are $1, $2, ...; of its values the format has a
 * letter each: i an int64_t, t a const struct slice *, s a string, NULL or
 * empty for NULL, c a chunk of bits; b bytes as t, a and A an array of integers
 * or texts as a const struct db_list *, for drivers that know these. The text
 * is kept by its address, and prepared once.
 */
#ifndef LIBCAR_DB_DRIVER_PRIVATE_H
#define LIBCAR_DB_DRIVER_PRIVATE_H

#include <stdarg.h>

#include "libcar/db/snapshot.h"

#define DB_STATEMENTS 128
#define DB_VALUES 24 /* of a statement */

/*
 * The rows of a query that is under way:
 *
 *	db_query(db, &rows, st, sql, format, ...);
 *	while (db_next(&rows))
 *		rows.rc = use(&rows);
 *	return db_end(&rows);
 *
 * What fails ends the rows: the query, or what is done with one of them, if it
 * sets rc to -1.
 */
struct db_rows {
	struct db *db;
	struct status *st;
	void *result; /* the driver's, and which row is the present one */
	int row;
	int got; /* 1: there is a row, and something to be released */
	bool begun;
	int rc;
};

/* The values of an array, of one kind or the other; a text may be NULL. */
struct db_list {
	const int64_t *integers;
	const struct slice *texts;
	size_t n;
};

/*
 * What is done for many rows, a row after the other: `one` has a row's values
 * for its parameters, `all` an array of each. A driver that knows arrays
 * gathers rows and runs `all` before it next runs anything else, at the latest
 * at the commit. Rows of one stage may change places; those of another are
 * written first.
 */
struct db_many {
	const char *one, *all;
	const char *format; /* of a row */
	int stage;
	bool once; /* the first value, an integer, may be there once in `all` */
};
enum { DB_DROPS, DB_PUTS };

struct db_driver {
	bool arrays; /* are known to it */
	/* SQL for indexes: what stands between the name, after its opening
	 * quote, and the expression; the statement for indexed_at; what updates
	 * the planner's statistics; how many indexes have the name $1; what to
	 * run in an earlier transaction, or NULL. */
	const char *index_of, *index_time, *index_statistics, *index_there,
	    *index_prepare;
	/* May this role make an index? NULL: every writer may. */
	int (*may_index)(struct db *, struct status *);

	void (*close)(struct db *);
	int (*begin)(struct db *, const struct db_plan *, bool *stale,
	    struct status *);
	int (*commit)(struct db *, struct status *);
	int (*recover)(struct db *, struct status *);
	int (*refresh)(struct db *, bool *changed, struct status *);
	int (*took_back)(struct db *, struct status *); /* NULL: nothing */
	/* Before what all accounts share is written; NULL: nothing to do. */
	int (*share)(struct db *, struct status *);
	/* Until the commit nobody may switch the recording of changes; alone:
	 * nor rely on it. NULL: nothing to do. */
	int (*hold_feed)(struct db *, bool alone, struct status *);

	/* The first row, the next: 1, 0 none, -1. Only after 1 is there
	 * something to be released, by done. */
	int (*query)(struct db *, struct db_rows *, const char *sql,
	    const char *format, va_list, struct status *);
	/* A statement that gives no rows: that it failed may be said later, at
	 * the latest by commit. NULL: as query. */
	int (*run)(struct db *, const char *sql, const char *format, va_list,
	    struct status *);
	/* Any statement, which isn't kept. */
	int (*execute)(struct db *, const char *sql, struct status *);
	/* A row of it. NULL: as query, of `one`. */
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
	/* Was the account made by this transaction, so that there was nothing
	 * of it before? NULL: not known. */
	bool (*fresh)(struct db *, int64_t account);
	/* Before entries of the account are read by a query of their own, or
	 * written; NULL: nothing to do. */
	int (*settle)(struct db *, int64_t account, struct status *);
};

/* Run a statement to its end. */
int db_run(struct db *, struct status *, const char *sql, const char *format,
    ...);

/* Run it for a row with these values. */
int db_run_many(struct db *, struct status *, const struct db_many *, ...);

/* Begin a query; go to its first or next row; end it, which may be done before
 * the last row: 0, or -1 if it failed. */
void db_query(struct db *, struct db_rows *, struct status *, const char *sql,
    const char *format, ...);
bool db_next(struct db_rows *);
int db_end(struct db_rows *);

/* Columns of the present row, from 0; texts are borrowed until the next. A
 * truth value is 0 or 1; what is NULL has no text, and is 0. */
struct slice db_text(const struct db_rows *, int column);
int64_t db_integer(const struct db_rows *, int column);
void db_rev(char *rev, const struct db_rows *, int column);

/* The one integer of a query's one row. */
int db_one(struct db *, struct status *, int64_t *out, const char *sql,
    const char *format, ...);

/* The one text of a query's one row, borrowed until the next call. */
int db_one_text(struct db *, const char *sql, int64_t id, struct slice *,
    struct status *);

bool db_fresh(struct db *, int64_t account);
int db_share(struct db *, struct status *);
int db_settle(struct db *, int64_t account, struct status *);

#endif
