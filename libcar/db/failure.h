/*
 * failure: errors of records, and of jobs.
 */
#ifndef LIBCAR_DB_FAILURE_H
#define LIBCAR_DB_FAILURE_H

#include "libcar/db/entry.h"
#include "libcar/stream/line.h"

/* What an `error` says of a record (job NULL) or of a job (the program). */
struct db_error {
	int64_t account, collection; /* 0: none */
	struct slice rkey;           /* the job's input, where it has no DID */
	struct slice job;
	const struct line *line;
};

/* Errors. put does nothing where a later one is stored; drop_error
 * drops that of a key up to a rev, drop_errors those of keys without a
 * valid collection below a rev. */
int db_put_error(struct db *, const struct db_error *, struct status *);
int db_drop_error(struct db *, const struct db_key *, const char *rev,
    struct status *);
int db_drop_errors(struct db *, int64_t account, const char *rev,
    struct status *);

/* A job of the account failed. */
int db_put_failure(struct db *, int64_t account, const struct line *,
    struct status *);
/* Failures are over: a job was done, or all is forgotten. */
int db_drop_failures(struct db *, int64_t account, struct status *);

#endif
