/*
 * account: find and read accounts by their DIDs.
 *
 * This is what at-load needs of an account to load its records; standing.h
 * tells how far its import is. Finding and reading accounts writes nothing.
 */
#ifndef LIBCAR_DB_ACCOUNT_H
#define LIBCAR_DB_ACCOUNT_H

#include "libcar/db/db.h"
#include "libcar/db/heard.h"

/* The latest commit that at-load has read. */
struct db_commit {
	char rev[DB_REV_BYTES]; /* empty: none yet */
	bool verified;
	int64_t whole, records; /* -1: not known */
	size_t head_len;        /* 0: not known, or too long to be kept here */
	char head[DB_HEAD_BYTES];
};

/* The latest rev that was loaded when an identity named another host, and the
 * time of that identity. */
struct db_moved {
	char rev[DB_REV_BYTES]; /* empty: the account did not move */
	int64_t ms;
};

struct db_account {
	struct slice did; /* set by the caller, who owns it */
	int64_t id;       /* 0: not in the database */
	bool is_new;      /* made by this transaction; nothing else is stored */
	bool is_stale;    /* another process has written it: see db_begin() */
	/* What else may be stored: failures of jobs; errors of records or jobs;
	 * snapshots in progress; entries. */
	bool has_failures, has_errors, has_snapshots, has_entries;
	int64_t loaded_ms;
	struct db_commit commit;
	struct db_heard heard;
	struct db_moved moved;
};

/* Read the rows of some accounts. The has_* flags stay false. */
int db_accounts(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Set the has_* flags of accounts that are in the database. */
int db_account_contents(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Set only the ids; 0: not in the database. */
int db_account_ids(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Give the DID of each account that has an id, with the place of the
 * account. */
int db_dids(struct db *, struct db_account *const *, size_t n,
    int (*take)(void *, size_t place, const struct slice *did, struct status *),
    void *, struct status *);

/* The DID of an account that is in the database. */
int db_did(struct db *, int64_t account, struct slice *, struct status *);

#endif
