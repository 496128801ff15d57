/*
 * db_sqlite_tail: the last record key of each collection of an account.
 *
 * Record keys usually ascend in time, so a live stream names keys after the
 * last key of their collection. These have no entry, so they need no query. All
 * tails become invalid as soon as another process has written.
 */
#ifndef LIBCAR_DB_SQLITE_TAIL_PRIVATE_H
#define LIBCAR_DB_SQLITE_TAIL_PRIVATE_H

#include <stdbool.h>

#include "libcar/db/entry.h"

struct db_sqlite_tail;

/* All zero is empty. */
struct db_sqlite_tails {
	struct db_sqlite_tail *slots;
	size_t n, nslots;
	/* In accounts from this id on, a collection without a tail has no
	 * entries; 0: no account is known to be so. */
	int64_t made_from;
};

/* Is it known that neither this key nor a later key has an entry? */
bool db_sqlite_tails_precede(const struct db_sqlite_tails *,
    const struct db_key *);

/* Set: no key after this one has an entry. Unset: the collection's entries are
 * unknown. If no memory is left, forget all tails. */
void db_sqlite_tails_set(struct db_sqlite_tails *, const struct db_key *);
void db_sqlite_tails_unset(struct db_sqlite_tails *, const struct db_key *);

/* This account was just created, and has the highest id. */
void db_sqlite_tails_made(struct db_sqlite_tails *, int64_t account);

/* Forget all tails. */
void db_sqlite_tails_free(struct db_sqlite_tails *);

#endif
