/*
 * db: the database at-load fills, whichever it is.
 *
 * How it is opened, and its transactions. What is in it stands in account.h,
 * collection.h, coverage.h, entry.h, failure.h, snapshot.h and state.h; what is
 * asked of it as a whole in standing.h and summary.h; what is taken back in
 * forget.h. What at-load concludes from all that is load's.
 *
 * Calls return 0 or -1; where there is nothing to be found, the id that they
 * give is 0. Those that give several rows call a function, which stops them
 * with -1. Texts that are given out are borrowed until the next call. Writing
 * calls belong between begin and commit; errors are STATUS_SYSTEM or, where
 * another process was in the way for too long or the server is away,
 * STATUS_AGAIN.
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

#define DB_REV_BYTES (SYNTAX_TID_LEN + 1) /* with a NUL; empty: none */

#define DB_HEAD_BYTES 64 /* the CID of a commit */

struct db_account;

/* Keys of one collection of an account. */
struct db_keys {
	const struct db_account *account;
	struct slice nsid;
	const struct slice *rkeys;
	size_t n;
};

/* What a transaction is going to be about: accounts, each once, and keys of
 * theirs. Borrowed until it ends. */
struct db_plan {
	struct db_account *const *accounts;
	size_t naccounts;
	const struct db_keys *keys;
	size_t nkeys;
	bool make; /* the accounts that aren't there */
	/* Those of the accounts of which a snapshot may end, so that all of
	 * their entries are gone over. */
	struct db_account *const *swept;
	size_t nswept;
};

/* Collections that were met lately, by a few bits of their names. */
#define DB_COLLECTIONS 64
struct db_collection {
	int64_t id; /* 0: none */
	size_t len;
	char nsid[SYNTAX_NSID_MAX];
};

#define DB_SNAPSHOTS 1024 /* ids that are reserved together */

struct db {
	const struct db_driver *driver;
	int64_t now_ms;       /* set by the caller: for *_at */
	struct buf text;      /* the last NSID or DID given out */
	struct db_feed *feed; /* change.c's own */
	struct db_collection collections[DB_COLLECTIONS];
	int64_t snapshots[DB_SNAPSHOTS]; /* reserved ids */
	size_t nsnapshots;
};

/*
 * Open `records.db`, `sqlite:records.db` or `postgresql://...`, and make the
 * tables on first use. wait_ms: how long to wait for other processes. *out is
 * allocated and released by db_close().
 */
int db_open(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

/* Likewise, to read what is there while others may write. */
int db_open_read(struct db **out, const char *name, unsigned wait_ms,
    struct status *);

void db_close(struct db *);

/* The statements that make the tables, as text. */
const char *db_schema(const char *name, struct status *);

/*
 * Begin to write what is planned. *stale: all that was read before may be out
 * of date; else only what was of those accounts whose is_stale is set now, of
 * which the rows are read. All
 * that are there have their ids afterwards; with make, those that were looked
 * for and not found are made.
 */
int db_begin(struct db *, const struct db_plan *, bool *stale, struct status *);
int db_commit(struct db *, struct status *);

/* Between transactions: has another process taken something back that may have
 * been read (or written anything)? And to say that we did, within one. */
int db_refresh(struct db *, bool *changed, struct status *);
int db_took_back(struct db *, struct status *);

/* After STATUS_AGAIN: drop the transaction, if need be connect anew. 0: it may
 * be repeated; -1: it makes no sense, or couldn't be done in time. */
int db_recover(struct db *, struct status *);

#endif
