/*
 * load_accounts: the accounts that lines are about, by DID.
 *
 * What is known of an account stays from one transaction to the next, until
 * another process has written it. All of it is in the database too, once it is
 * committed. An account keeps its place in memory until load_accounts_trim().
 */
#ifndef LIBCAR_LOAD_ACCOUNTS_PRIVATE_H
#define LIBCAR_LOAD_ACCOUNTS_PRIVATE_H

#include "libcar/load/account_private.h"

/* Accounts that are remembered over the end of a transaction, most of them in
 * less than 1 KB. A stream names the same ones again before long. */
#define LOAD_ACCOUNTS 32768

/* All zero has none. */
struct load_accounts {
	struct load_account **all;
	size_t n, room;
	struct load_account **slots; /* by DID: a power of two, or none */
	size_t nslots;
	uint8_t secret[16]; /* of their hash values */
};

/* The account of a DID; nothing needs to be known of it yet. NULL: no
 * memory. */
struct load_account *load_accounts_get(struct load_accounts *,
    const struct slice *did, struct status *);

/* Forget what is known, of one or of all. */
void load_accounts_forget(struct load_account *);
void load_accounts_forget_all(struct load_accounts *);

/* db_begin() has made it, so that nothing else is there; or another process has
 * written it, and its row was read. */
void load_accounts_found(struct load_account *);

/* Read what is not known of some accounts: what says which lines are news; or
 * all, for a transaction that changes it. */
int load_accounts_look_up(struct db *, struct db_account *const *, size_t n,
    struct status *);
int load_accounts_read(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Write what has changed of some accounts, before the commit. */
int load_accounts_flush(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Between transactions: remove all if there are too many; or anyway. */
void load_accounts_trim(struct load_accounts *);
void load_accounts_free(struct load_accounts *);

#endif
