/*
 * db_postgres: the database as one of a PostgreSQL server.
 *
 * What db.h says, by libpq: db_postgres_schema.c has the tables,
 * db_postgres_entry.c what concerns entries. Values and rows pass in binary.
 *
 * Several processes may write at the same time, but not the same account: a
 * transaction locks its accounts when it begins, in the order of their DIDs,
 * and may then take the one lock for what all accounts share. So nobody waits
 * for somebody who waits for him.
 *
 * A transaction reads the entries of the keys that were planned in one query,
 * or in one for each collection that many of them are of, and keeps in memory
 * what becomes of them. When others have to see that, at the latest at the
 * commit, what is new is copied into the table, and the rest to a temporary
 * table from which it is merged.
 */
#ifndef LIBCAR_DB_POSTGRES_PRIVATE_H
#define LIBCAR_DB_POSTGRES_PRIVATE_H

#include <libpq-fe.h>

#include "libcar/db/driver_private.h"

#define DB_POSTGRES_VERSION 1       /* of the tables */
#define DB_POSTGRES_IDS 4096        /* of entries, reserved at once */
#define DB_POSTGRES_PENDING 64      /* statements on their way */
#define DB_POSTGRES_LOCK 1635020849 /* of our advisory locks, the first half */

struct db_postgres_node;
struct db_postgres_block;

/* What the table had of a collection between two keys, for some lines of the
 * plan. */
struct db_postgres_range {
	struct db_key key; /* without rkey */
	const struct db_plan *plan;
	size_t n;
	struct slice first, last;
	bool awaited;   /* the rows were asked for */
	bool cut;       /* they end before the last key, and the rest is
			 * still to be asked for */
	PGresult *rows; /* in order of rkey */
	int at;         /* where the last key was, or belonged */
};

/* The keys of a transaction. */
struct db_postgres_map {
	uint8_t secret[16];
	struct db_postgres_node **slots; /* a power of two, or none */
	size_t nslots, nnodes;
	struct db_postgres_node **changed; /* not yet in the table */
	size_t nchanged, changed_cap;
	struct db_postgres_block *blocks; /* where nodes and texts are */
	struct db_postgres_range *ranges;
	size_t nranges, heard; /* before this one they aren't awaited */
	size_t range;          /* the one that was used last */
	/* Of the collections that were there when the accounts were locked:
	 * these have no entries in later ones. */
	int64_t last_collection;
};

struct db_postgres {
	struct db db;
	PGconn *conn;
	char *name; /* as it was given */
	unsigned wait_ms;
	bool read;
	bool shared;        /* the lock for what accounts share is held */
	bool merging;       /* the temporary table is there */
	bool merged;        /* and not empty */
	int64_t writer;     /* this connection, in account.writer */
	int64_t generation; /* of what was taken back */
	bool piped;         /* statements are sent without waiting for them */
	unsigned pending;   /* those that weren't heard of yet */
	const char *prepared[DB_STATEMENTS];
	unsigned nprepared;
	int64_t next_id, end_id; /* for new entries */
	struct buf array[4];     /* values that are arrays */
	struct buf copy;         /* the rows of a COPY */
	struct buf text;         /* a record for jsonb */
	struct buf bits;         /* of named entries */
	struct db_postgres_map map;
};

extern const char db_postgres_schema[];

int db_postgres_open(struct db **out, const char *name, bool read,
    unsigned wait_ms, struct status *);

/* Why a call failed, of its result or of the connection (NULL); always -1. */
int db_postgres_fail(struct db_postgres *, const PGresult *, struct status *);

/* Wait for the statements that were sent. */
int db_postgres_wait(struct db_postgres *, struct status *);

/* Send a statement whose rows db_postgres_hear() gives later; and see to it
 * that they come without being asked for again. */
int db_postgres_send(struct db_postgres *, struct status *, const char *sql,
    const char *format, ...);
int db_postgres_push(struct db_postgres *, struct status *);
/* The result of the first statement that wasn't heard of: NULL if it failed. */
PGresult *db_postgres_hear(struct db_postgres *, struct status *);

/* Run statements without values. */
int db_postgres_exec(struct db_postgres *, const char *sql, struct status *);

/* An array of integers or of texts, for a value of format a or A: d->array[i]
 * is begun, and added to. */
void db_postgres_array(struct buf *, size_t n, bool texts);
void db_postgres_add_integer(struct buf *, int64_t);
void db_postgres_add_text(struct buf *, const struct slice *);

/* Big-endian integers of n bytes. */
void db_postgres_put(struct buf *, int64_t value, unsigned n);

/* Entries: the methods; the accounts and keys of a transaction that begins,
 * what is to be done before its commit, and to forget it. */
void db_postgres_entry_methods(struct db_driver *);
int db_postgres_entry_begin(struct db_postgres *, const struct db_plan *,
    size_t n, void (*changed)(void *, const struct slice *did), void *,
    struct status *);
int db_postgres_entry_flush(struct db_postgres *, struct status *);

/* Take the rows that were asked for. */
int db_postgres_range_hear(struct db_postgres *, struct status *);

#endif
