/*
 * forget: what is taken back of accounts.
 *
 * Each call begins its own transactions, over some accounts.
 */
#ifndef LIBCAR_DB_FORGET_H
#define LIBCAR_DB_FORGET_H

#include "libcar/db/standing.h"

struct db_purged {
	int64_t accounts, records;
};

/* Forget how far these accounts are, but for their floors, so that all jobs
 * are done again; then give where they stand. */
int db_reset(struct db *, const struct db_wanted *,
    int (*fn)(void *, const struct db_standing *, struct status *), void *,
    struct status *);
/* Remove what accounts left behind that are gone: all, or of these DIDs. */
int db_purge(struct db *, const struct db_wanted *, struct db_purged *,
    struct status *);
/* Remove all there is of these DIDs: as if no line had ever named them. */
int db_forget(struct db *, const char *const *dids, size_t n,
    struct db_purged *, struct status *);

#endif
