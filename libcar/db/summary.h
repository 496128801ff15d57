/*
 * summary: how many accounts are in each state.
 *
 * This module only reads.
 */
#ifndef LIBCAR_DB_SUMMARY_H
#define LIBCAR_DB_SUMMARY_H

#include "libcar/db/db.h"

#define DB_SUMMARY_NAMES 20

/* Numbers of accounts. Of the failed ones, `retry` may be tried again, and
 * `retry_due` of these now. Deleted accounts (gone) are neither pending nor in
 * progress. */
struct db_summary {
	int64_t accounts, completed, in_progress, pending, gone;
	int64_t failed, retry, retry_due;
	int64_t hidden;         /* accounts */
	int64_t streams;        /* event streams that are followed */
	int64_t whole, missing; /* accounts, synced and not */
	int64_t synced, errors; /* records */
};

/* Hosts of accounts, each with its number of accounts; in the order of their
 * origins. */
int db_hosts(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);

int db_summary(struct db *, struct db_summary *, struct status *);
/* Hidden accounts by status, and failed ones by error: most frequent first, at
 * most DB_SUMMARY_NAMES. */
int db_hidden(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);
int db_failures(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);
/* The accounts that are not synced, by reason; the event streams, with the
 * seconds since their last event. */
int db_unsynced(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);
int db_lags(struct db *,
    int (*fn)(void *, const struct slice *, int64_t n, struct status *), void *,
    struct status *);

#endif
