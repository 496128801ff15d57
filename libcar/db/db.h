/*
 * db: the database that at-load fills, SQLite or PostgreSQL.
 *
 * This header opens databases and runs transactions. Its contents are in
 * account.h, collection.h, coverage.h, entry.h, failure.h, snapshot.h and
 * state.h; standing.h and summary.h query it as a whole; forget.h removes data.
 * The rules of at-load are in load.
 *
 * Calls return 0 or -1; if they find nothing, they set the id to 0. Calls that
 * give several rows call a function for each, and stop when it returns -1.
 * Texts that they give are borrowed until the next call. Writing calls belong
 * between begin and commit. Errors are STATUS_SYSTEM, or STATUS_AGAIN if
 * another process blocked this one too long or the server is not available.
 */
#ifndef LIBCAR_DB_DB_H
#define LIBCAR_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/syntax.h"

#define DB_REV_BYTES (SYNTAX_TID_LEN + 1) /* with a NUL; empty: unknown */

#define DB_HEAD_BYTES 64 /* the CID of a commit */

struct db_account;

/* Some keys of one collection of an account. */
struct db_keys {
	const struct db_account *account;
	struct slice nsid;
	const struct slice *rkeys;
	size_t n;
};

/* What a transaction will write: accounts and their keys, each account once.
 * Borrowed until it ends. */
struct db_plan {
	struct db_account *const *accounts;
	size_t naccounts;
	const struct db_keys *keys;
	size_t nkeys;
	bool make; /* create missing accounts */
	/* The accounts for which a snapshot may end: then at-load looks at all
	 * of their entries. */
	struct db_account *const *swept;
	size_t nswept;
};

/* Recently used collections, by a hash of their names. */
#define DB_COLLECTIONS 64
struct db_collection {
	int64_t id; /* 0: none */
	size_t len;
	char nsid[SYNTAX_NSID_MAX];
};

#define DB_SNAPSHOTS 1024 /* ids reserved at once */

struct db {
	const struct db_driver *driver;
	int64_t now_ms;       /* set by the caller, for the *_at columns */
	struct buf text;      /* the last NSID or DID that was given */
	struct db_feed *feed; /* change.c's own */
	struct db_collection collections[DB_COLLECTIONS];
	int64_t snapshots[DB_SNAPSHOTS]; /* reserved ids */
	size_t nsnapshots;
};

/*
 * Open `records.db`, `sqlite:records.db` or `postgresql://...`, and create the
 * tables on first use. wait_ms is how long to wait for other processes. *out is
 * allocated; db_close() releases it.
 */
int db_open(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

/* Open only for reading, while others may write. STATUS_NOT_FOUND: at-load has
 * not made the database, or not its tables. */
int db_open_read(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

void db_close(struct db *);

/* Does the database answer? */
int db_ping(struct db *, struct status *);

/* From now on, each statement that takes longer than this fails with
 * STATUS_TIMEOUT. Afterwards the connection can be used as before. */
int db_limit(struct db *, unsigned ms, struct status *);

/* The SQL statements that create the tables. */
const char *db_schema(const char *name, struct status *);

/*
 * Begin a transaction for this plan. If *stale is set, everything that was read
 * before may be outdated; otherwise only what was read of accounts whose
 * is_stale is set now, and their rows have been read again. Afterwards all
 * accounts in the database have their ids; with make, missing accounts have
 * been created.
 */
int db_begin(struct db *, const struct db_plan *, bool *stale, struct status *);
int db_commit(struct db *, struct status *);

/* Between transactions: has another process removed data that this one may have
 * read (or written anything)? Within a transaction: tell the others that this
 * one removed data. */
int db_refresh(struct db *, bool *changed, struct status *);
int db_took_back(struct db *, struct status *);

/* After STATUS_AGAIN: roll back, and reconnect if necessary. 0: the caller may
 * repeat the transaction; -1: repeating is pointless, or reconnecting took too
 * long. */
int db_recover(struct db *, struct status *);

#endif
