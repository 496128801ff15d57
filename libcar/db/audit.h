/*
 * db_audit: the state of at-plcaudit in an SQLite file: the log of each DID,
 * older operations by their hashes, and lines that may be needed again.
 *
 * All changes are in one transaction until db_audit_commit(), so that the file
 * is always the state after some line of the input. DIDs and hashes are bytes.
 */
#ifndef LIBCAR_DB_AUDIT_H
#define LIBCAR_DB_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define DB_AUDIT_WAIT_MS 10000 /* for another process */

struct db_audit;

/* Open the file, which is made if it is missing. STATUS_SYSTEM: also a file of
 * something else; STATUS_AGAIN: another process uses it. */
int db_audit_open(struct db_audit **, const char *path, struct status *);

/* The log of a DID, as it was put; borrowed until the next call. `at` is NULL
 * if there is none. STATUS_SYSTEM, as all below. */
int db_audit_get_log(struct db_audit *, const struct slice *did, struct slice *,
    struct status *);
int db_audit_put_log(struct db_audit *, const struct slice *did,
    const struct slice *log, struct status *);

/* The line of an operation, in the same way. */
int db_audit_get_line(struct db_audit *, const struct slice *did,
    const struct slice *digest, struct slice *, struct status *);
int db_audit_put_line(struct db_audit *, const struct slice *did,
    const struct slice *digest, int64_t created_ms, const struct slice *line,
    struct status *);

/* An operation that was in the log once; all zero: it wasn't. */
struct db_audit_past {
	bool is_known, is_nullified;
	int64_t created_ms;
};

int db_audit_get_past(struct db_audit *, const struct slice *did,
    const struct slice *digest, struct db_audit_past *, struct status *);
int db_audit_put_past(struct db_audit *, const struct slice *did,
    const struct slice *digest, const struct db_audit_past *, struct status *);

/* Remove the lines that are older than this, and commit. */
int db_audit_commit(struct db_audit *, int64_t oldest_ms, struct status *);

void db_audit_close(struct db_audit *);

#endif
