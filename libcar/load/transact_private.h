/*
 * load_transact: transactions, repeated if that may help.
 */
#ifndef LIBCAR_LOAD_TRANSACT_PRIVATE_H
#define LIBCAR_LOAD_TRANSACT_PRIVATE_H

#include "libcar/load/accounts_private.h"
#include "libcar/load/options.h"

/* The database, and what is known about its accounts. */
struct load_session {
	struct db *db;
	struct load_accounts accounts;
	struct load_options options;
};

/*
 * Do some work, which begins and commits at most one transaction. If the
 * database asks for it and time is left, repeat the work from its start;
 * nothing is known about accounts then.
 */
int load_transact(struct load_session *, int (*work)(void *, struct status *),
    void *, struct status *);

/* Between transactions: forget what another process has reset. */
int load_refresh(struct load_session *, struct status *);

/* Begin what is planned: create and lock the accounts, and read all about them.
 * Write their changes, and commit. */
int load_begin(struct load_session *, const struct db_plan *, struct status *);
int load_end(struct load_session *, const struct db_plan *, struct status *);

#endif
