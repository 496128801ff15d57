/*
 * profile: what is known about one account, for those who ask about it.
 *
 * A profile combines the account's row, how far its import is, and whether the
 * last operation of its DID is a tombstone. A DID that only occurs in
 * operations has no profile: see plc.h.
 *
 * This module only reads.
 */
#ifndef LIBCAR_DB_PROFILE_H
#define LIBCAR_DB_PROFILE_H

#include "libcar/db/db.h"

/* What the account's status means. The first one is also that of an account
 * whose status isn't known; only its records are shown. */
enum db_profile_state {
	DB_PROFILE_ACTIVE,
	DB_PROFILE_TAKENDOWN,
	DB_PROFILE_SUSPENDED,
	DB_PROFILE_DEACTIVATED,
	DB_PROFILE_DELETED,
	DB_PROFILE_INACTIVE, /* any other reason, or none was given */
};

/* A status as at-load stores it; nothing is an unknown one. */
enum db_profile_state db_profile_state(const struct slice *status);

/* All zero before first use. Texts are NULL if unknown, and borrowed from
 * `texts` until the struct is used again. */
struct db_profile {
	int64_t id;
	struct slice did;
	/* The latest identity. */
	struct slice handle, handle_status, pds, key;
	int64_t resolved_ms; /* 0: not known */
	struct slice status;
	enum db_profile_state state;
	bool tombstoned; /* the DID; then state is DB_PROFILE_DELETED */
	/* The latest commit that is known, read or said by a host; and its
	 * CID. */
	struct slice rev, head;
	/* The latest commit as of which the records are complete; its CID. If
	 * its CID isn't known, or no rev is complete, both are NULL. */
	struct slice whole_rev, whole_head;
	struct slice loaded_rev, synced_rev, unsynced;
	struct slice error, message; /* of the latest failed job */
	int64_t records;             /* of the latest commit; -1: not known */

	struct buf texts;
};

/* Look up a DID: 1 and the profile, 0: not in the database, or -1. */
int db_profile_get(struct db *, const struct slice *did, struct db_profile *,
    struct status *);

void db_profile_free(struct db_profile *);

#endif
