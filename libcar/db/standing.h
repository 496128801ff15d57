/*
 * standing: where the import of each account stands.
 *
 * Nothing is written.
 */
#ifndef LIBCAR_DB_STANDING_H
#define LIBCAR_DB_STANDING_H

#include "libcar/db/db.h"

/* Which accounts at-status asks for: those in one of the states, or all where
 * none is asked for; of these DIDs, or of all (0). */
struct db_wanted {
	bool pending, failed, retry_due, outdated, unsynced;
	const char *const *dids;
	size_t ndids;
};

/* Where the import of an account stands, as at-ndjson(5) has it. */
struct db_standing {
	struct slice did, pds, key, rev, collection, cursor, counts, state,
	    loaded_rev, loaded_filter, program, error, message;
	int retry;               /* -1: not known */
	int64_t attempts;        /* 0: none failed */
	int64_t retry_ms, at_ms; /* since 1970; 0: not known */
};

/* In order of the DIDs asked for, or else of DID. */
int db_standings(struct db *, const struct db_wanted *,
    int (*fn)(void *, const struct db_standing *, struct status *), void *,
    struct status *);

#endif
