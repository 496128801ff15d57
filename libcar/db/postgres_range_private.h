/*
 * db_postgres_range: the rows of a collection between two keys of the plan.
 *
 * They are released at the end of the transaction. The plan is borrowed until
 * then.
 */
#ifndef LIBCAR_DB_POSTGRES_RANGE_PRIVATE_H
#define LIBCAR_DB_POSTGRES_RANGE_PRIVATE_H

#include "libcar/db/postgres_wanted_private.h"

struct db_postgres_range;

/* An empty set of ranges, for d->ranges. NULL: no memory. */
struct db_postgres_ranges *db_postgres_range_open(struct status *);
void db_postgres_range_close(struct db_postgres *);

/* Ask for the rows between the least and the greatest of n keys. The server
 * reads them while this process handles the rows before them, which takes two
 * thirds of the time. */
int db_postgres_range_ask(struct db_postgres *, const struct db_key *,
    const struct slice *rkeys, size_t n, struct status *);

/* Add the keys that are in no range to those to look up. */
int db_postgres_range_want(struct db_postgres *, struct db_key,
    const struct slice *rkeys, size_t n, struct db_postgres_wanted *,
    struct status *);

/* The range that contains the key, with its rows; NULL: none does. */
int db_postgres_range_need(struct db_postgres *, const struct db_key *,
    struct db_postgres_range **, struct status *);

/* Find the row of this key. Ascending keys are found by moving on, others by a
 * binary search. */
bool db_postgres_range_row(struct db_postgres *, struct db_postgres_range *,
    const struct slice *rkey, struct db_rows *);

/* Remove all ranges. */
void db_postgres_range_clear(struct db_postgres *);

#endif
