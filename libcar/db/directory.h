/*
 * directory: the operations of a PLC directory, as a directory answers them.
 *
 * If at-load has audited operations of a DID, those that nobody audited aren't
 * part of its log, so that a forged one can't be its last. plc.h has the order
 * of operations, and what the last one says.
 */
#ifndef LIBCAR_DB_DIRECTORY_H
#define LIBCAR_DB_DIRECTORY_H

#include "libcar/db/db.h"

/* One operation; borrowed while the function runs that gets it. */
struct db_directory_entry {
	struct slice did, cid, created_at;
	struct slice operation; /* its JSON, byte for byte as it was served */
	int64_t seq;            /* -1: unknown */
	bool is_nullified;
	bool is_tombstone;
};

/* What to do with each operation. */
struct db_directory_use {
	int (
	    *fn)(void *arg, const struct db_directory_entry *, struct status *);
	void *arg;
};

/* Use the last operation of the DID, if there is one. */
int db_directory_last(struct db *, const struct slice *did,
    const struct db_directory_use *, struct status *);

/* Use at most `limit` operations of the DID, the oldest first; with nullified,
 * also those that are nullified. */
int db_directory_log(struct db *, const struct slice *did, bool nullified,
    int64_t limit, const struct db_directory_use *, struct status *);

/* Use the next operations after this sequence number, by sequence number; or
 * later than this time (in ms since 1970), by time and CID. */
int db_directory_after_seq(struct db *, int64_t seq, int64_t limit,
    const struct db_directory_use *, struct status *);
int db_directory_after_time(struct db *, int64_t ms, int64_t limit,
    const struct db_directory_use *, struct status *);

#endif
