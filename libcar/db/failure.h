/*
 * failure: errors of records and of jobs.
 */
#ifndef LIBCAR_DB_FAILURE_H
#define LIBCAR_DB_FAILURE_H

#include "libcar/db/entry.h"
#include "libcar/stream/line.h"

/* The contents of an `error` line about a record (job is NULL) or a job (job is
 * the program). */
struct db_error {
	int64_t account, collection; /* 0: none */
	struct slice rkey;           /* for a job without a DID, its input */
	struct slice job;
	const struct line *line;
};

/* db_put_error does nothing if a later error is stored. db_drop_error removes
 * the error of a key up to a rev; db_drop_errors removes errors whose key has
 * no valid collection, below a rev. */
int db_put_error(struct db *, const struct db_error *, struct status *);
int db_drop_error(struct db *, const struct db_key *, const char *rev,
    struct status *);
int db_drop_errors(struct db *, int64_t account, const char *rev,
    struct status *);

/* Note that a job of the account failed. */
int db_put_failure(struct db *, int64_t account, const struct line *,
    struct status *);
/* Remove the account's failures, because a job succeeded or everything is
 * removed. */
int db_drop_failures(struct db *, int64_t account, struct status *);

/* An error as it is stored; borrowed until the function that got it returns. */
struct db_failure {
	struct slice collection, rkey; /* of a record, otherwise NULL */
	struct slice program, error, message;
	int64_t ms; /* 0: not known */
};

/* Call fn for the errors of an account and of its records, at most `limit`. */
int db_failures_of(struct db *, int64_t account, int limit,
    int (*fn)(void *, const struct db_failure *, struct status *), void *,
    struct status *);

#endif
