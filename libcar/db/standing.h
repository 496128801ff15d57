/*
 * standing: how far the import of each account is.
 *
 * This module only reads.
 */
#ifndef LIBCAR_DB_STANDING_H
#define LIBCAR_DB_STANDING_H

#include "libcar/db/db.h"

/* The accounts that at-status selects: those in one of these states, or all if
 * no state is set; of these DIDs, or of all DIDs (ndids is 0). */
struct db_wanted {
	bool pending, failed, retry_due, outdated, unsynced;
	const char *const *dids;
	size_t ndids;
};

/* How far an account's import is, as in at-ndjson(5). */
struct db_standing {
	struct slice did, pds, key, rev, collection, cursor, counts, state,
	    loaded_rev, loaded_filter, program, error, message;
	int retry;               /* -1: not known */
	int64_t attempts;        /* 0: none failed */
	int64_t retry_ms, at_ms; /* since 1970; 0: not known */
};

/* Call fn in the order of the given DIDs, or else in the order of all DIDs. */
int db_standings(struct db *, const struct db_wanted *,
    int (*fn)(void *, const struct db_standing *, struct status *), void *,
    struct status *);

#endif
