/*
 * load_accounts: the accounts that lines are about, by DID.
 *
 * What is known about an account stays from one transaction to the next, until
 * another process writes the account. After the commit, the database has all of
 * it too. An account keeps its address until load_accounts_trim().
 */
#ifndef LIBCAR_LOAD_ACCOUNTS_PRIVATE_H
#define LIBCAR_LOAD_ACCOUNTS_PRIVATE_H

#include "libcar/base/hash.h"
#include "libcar/load/account_private.h"

/* Number of accounts that are kept after a transaction, most of them in less
 * than 1 KB. A stream soon names the same accounts again. */
#define LOAD_ACCOUNTS 32768

/* All zero is empty. */
struct load_accounts {
	struct load_account **all;
	size_t n, room;
	struct load_account **slots; /* by DID: a power of two, or 0 */
	size_t nslots;
	uint8_t secret[HASH_SECRET_BYTES]; /* key of the hash */
};

/* The account of a DID, possibly with nothing known about it yet. NULL: no
 * memory. */
struct load_account *load_accounts_get(struct load_accounts *,
    const struct slice *did, struct status *);

/* Forget what is known about one account, or about all. */
void load_accounts_forget(struct load_account *);
void load_accounts_forget_all(struct load_accounts *);

/* db_begin() created the account, so nothing else about it exists; or another
 * process has written it, and db_begin() read its row. */
void load_accounts_found(struct load_account *);

/* Read what is missing for some accounts: what decides which lines are news, or
 * everything, for a transaction that changes them. */
int load_accounts_look_up(struct db *, struct db_account *const *, size_t n,
    struct status *);
int load_accounts_read(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Write the changes of some accounts, before the commit. */
int load_accounts_flush(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Between transactions: remove all accounts if there are many; or always. */
void load_accounts_trim(struct load_accounts *);
void load_accounts_free(struct load_accounts *);

#endif
