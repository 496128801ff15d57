/*
 * load_transact: transactions, repeated where that may help.
 */
#ifndef LIBCAR_LOAD_TRANSACT_PRIVATE_H
#define LIBCAR_LOAD_TRANSACT_PRIVATE_H

#include "libcar/load/accounts_private.h"
#include "libcar/load/options.h"

/* The database, and what is known of its accounts. */
struct load_session {
	struct db *db;
	struct load_accounts accounts;
	struct load_options options;
};

/*
 * Do some work, which makes one transaction or none of what it begins and
 * commits. If the database asks for it, and the time that is left allows it,
 * the work is done again from its start; nothing is known of accounts then.
 */
int load_transact(struct load_session *, int (*work)(void *, struct status *),
    void *, struct status *);

/* Between transactions: what another process has taken back isn't known. */
int load_refresh(struct load_session *, struct status *);

/* Begin what is planned: the accounts are there, locked, and all is known of
 * them. Write what has changed of them, and commit. */
int load_begin(struct load_session *, const struct db_plan *, struct status *);
int load_end(struct load_session *, const struct db_plan *, struct status *);

#endif
