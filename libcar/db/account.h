/*
 * account: accounts by their DIDs.
 *
 * What is known of an account that concerns its records; where its import
 * stands is standing's. To find and to read them writes nothing.
 */
#ifndef LIBCAR_DB_ACCOUNT_H
#define LIBCAR_DB_ACCOUNT_H

#include "libcar/db/db.h"

struct db_account {
	int64_t id;
	bool has_errors; /* of records */
	bool has_cursors;
	int64_t loaded_ms;
};

/* Find, or with create make; an id of 0: there is none. */
int db_account(struct db *, const struct slice *did, bool create,
    struct db_account *, struct status *);

/* The DID of one that is there. */
int db_did(struct db *, int64_t account, struct slice *, struct status *);

#endif
