/*
 * census: all accounts and operations, read in pages, for who counts them.
 *
 * One statement that counts a million accounts takes seconds, and keeps a
 * snapshot of the database for as long. A page is read in milliseconds, and the
 * caller may pause after it. So the counts are not as of one moment: what is
 * loaded meanwhile may be counted or not.
 *
 * This module only reads. Texts are borrowed until the function that got them
 * returns.
 */
#ifndef LIBCAR_DB_CENSUS_H
#define LIBCAR_DB_CENSUS_H

#include "libcar/db/db.h"

/* How far the import of an account is, as at-status says it. An account that is
 * gone is neither pending nor in progress. */
enum db_census_state {
	DB_CENSUS_COMPLETED,
	DB_CENSUS_IN_PROGRESS,
	DB_CENSUS_PENDING,
	DB_CENSUS_GONE,
	DB_CENSUS_FAILED,
	DB_CENSUS_STATES
};

/* Names of the states: "in_progress". */
extern const char *const db_census_states[DB_CENSUS_STATES];

struct db_census_account {
	int64_t id;
	struct slice did;
	struct slice host;    /* the origin of its identity; NULL: none */
	struct slice status;  /* if the account is hidden, otherwise NULL */
	struct slice missing; /* why it isn't synced; NULL: it is */
	enum db_census_state state;
	struct slice error, message; /* if the last job failed */
	bool retry;                  /* that job may succeed later */
	int64_t loaded_ms;           /* 0: nothing was loaded */
	/* Records of the latest snapshots: loaded, failed. */
	int64_t records, bad_records;
};

/* Call fn for the next accounts after this id, which becomes that of the last
 * one. Returns 1, 0 if there are none, or -1. Begin after DB_CENSUS_BEGIN. */
#define DB_CENSUS_BEGIN (-1)
int db_census_accounts(struct db *, int64_t *after,
    int (*fn)(void *, const struct db_census_account *, struct status *),
    void *, struct status *);

/* Call fn for the errors of records of the accounts after one id up to another,
 * with the number of each. */
int db_census_errors(struct db *, int64_t after, int64_t to,
    int (*fn)(void *, const struct slice *error, int64_t n, struct status *),
    void *, struct status *);

/* Operations of a PLC directory that aren't nullified, in the order of their
 * DIDs. */
struct db_census_operation {
	bool is_first; /* of its DID */
	bool is_audited;
	int64_t ms; /* when it was created */
};

/* The place in this order; all zero is its beginning. */
struct db_census_place {
	struct buf did;
	int64_t audited, ms, seq, operations;
};

int db_census_operations(struct db *, struct db_census_place *,
    int (*fn)(void *, const struct db_census_operation *, struct status *),
    void *, struct status *);

void db_census_place_free(struct db_census_place *);

#endif
