/*
 * account: accounts by their DIDs.
 *
 * What is known of an account that concerns its records; where its import
 * stands is standing's. To find and to read them writes nothing.
 */
#ifndef LIBCAR_DB_ACCOUNT_H
#define LIBCAR_DB_ACCOUNT_H

#include "libcar/db/db.h"
#include "libcar/db/heard.h"

/* The latest commit that was read. */
struct db_commit {
	char rev[DB_REV_BYTES]; /* empty: none was */
	bool verified;
	int64_t whole, records; /* -1: not known */
	size_t head_len;        /* 0: not known, or too long to be kept here */
	char head[DB_HEAD_BYTES];
};

struct db_account {
	struct slice did; /* set by the caller, whose it is */
	int64_t id;       /* 0: not in the database */
	bool is_new;      /* made by this transaction; there is nothing else */
	bool is_stale;    /* another process has written it: see db_begin() */
	/* There may be failures of jobs; errors, of records or jobs; snapshots
	 * in progress; entries. */
	bool has_failures, has_errors, has_snapshots, has_entries;
	int64_t loaded_ms;
	struct db_commit commit;
	struct db_heard heard;
};

/* Read the rows of some accounts: all but what else there may be of them. */
int db_accounts(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* And that, of accounts that are there. */
int db_account_contents(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Set the ids, 0 of those that are not there, and nothing else. */
int db_account_ids(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* The DIDs of accounts that have ids: take gets them with the account's
 * place. */
int db_dids(struct db *, struct db_account *const *, size_t n,
    int (*take)(void *, size_t place, const struct slice *did, struct status *),
    void *, struct status *);

/* The DID of one that is there. */
int db_did(struct db *, int64_t account, struct slice *, struct status *);

#endif
