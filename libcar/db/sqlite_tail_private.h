/*
 * db_sqlite_tails: after which record key each collection of an account ends.
 *
 * Record keys mostly ascend in time, so a live stream names keys behind the
 * last one of their collection. For these no query is needed to know that they
 * have no entry. All of it is wrong as soon as another process has written.
 */
#ifndef LIBCAR_DB_SQLITE_TAIL_PRIVATE_H
#define LIBCAR_DB_SQLITE_TAIL_PRIVATE_H

#include <stdbool.h>

#include "libcar/db/entry.h"

struct db_sqlite_tail;

/* All zero knows nothing. */
struct db_sqlite_tails {
	struct db_sqlite_tail *slots;
	size_t n, nslots;
	/* Of accounts from this one on, a collection without a tail has no
	 * entries; 0: no such account is known. */
	int64_t made_from;
};

/* Is it known that neither this key nor a later one has an entry? */
bool db_sqlite_tails_precede(const struct db_sqlite_tails *,
    const struct db_key *);

/* No key after this one has an entry; or its collection's entries are not
 * known. Without memory for that, nothing is known of any. */
void db_sqlite_tails_set(struct db_sqlite_tails *, const struct db_key *);
void db_sqlite_tails_unset(struct db_sqlite_tails *, const struct db_key *);

/* This account was made just now, with the highest id of all. */
void db_sqlite_tails_made(struct db_sqlite_tails *, int64_t account);

/* Know nothing. */
void db_sqlite_tails_free(struct db_sqlite_tails *);

#endif
