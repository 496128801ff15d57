/*
 * forget: remove what is known of accounts.
 *
 * Each call runs its own transactions, each over some accounts.
 */
#ifndef LIBCAR_DB_FORGET_H
#define LIBCAR_DB_FORGET_H

#include "libcar/db/standing.h"

struct db_purged {
	int64_t accounts, records;
};

/* Reset the import of these accounts so that all jobs run again; only the
 * floors stay. Then give their standings. */
int db_reset(struct db *, const struct db_wanted *,
    int (*fn)(void *, const struct db_standing *, struct status *), void *,
    struct status *);
/* Remove the data of deleted accounts: of all, or of these DIDs. */
int db_purge(struct db *, const struct db_wanted *, struct db_purged *,
    struct status *);
/* Remove everything about these DIDs, as if no line had ever named them. */
int db_forget(struct db *, const char *const *dids, size_t n,
    struct db_purged *, struct status *);

#endif
