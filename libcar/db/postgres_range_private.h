/*
 * db_postgres_range: rows of a collection between two keys of the plan.
 *
 * They are forgotten with the transaction. The plan is borrowed until then.
 */
#ifndef LIBCAR_DB_POSTGRES_RANGE_PRIVATE_H
#define LIBCAR_DB_POSTGRES_RANGE_PRIVATE_H

#include "libcar/db/postgres_wanted_private.h"

struct db_postgres_range;

/* All zero ranges: d->ranges. NULL: no memory. */
struct db_postgres_ranges *db_postgres_range_open(struct status *);
void db_postgres_range_close(struct db_postgres *);

/* Ask for the rows between the least and the greatest of n keys. They are
 * read by the server while those before them are looked at here, which takes
 * two thirds of the time. */
int db_postgres_range_ask(struct db_postgres *, const struct db_key *,
    const struct slice *rkeys, size_t n, struct status *);

/* Want those of n keys that are in no range. */
int db_postgres_range_want(struct db_postgres *, struct db_key,
    const struct slice *rkeys, size_t n, struct db_postgres_wanted *,
    struct status *);

/* The range that has the key, with its rows, if one has it. */
int db_postgres_range_need(struct db_postgres *, const struct db_key *,
    struct db_postgres_range **, struct status *);

/* The range's row of this key, if there is one. Keys that ascend are found by
 * the way, others by halving. */
bool db_postgres_range_row(struct db_postgres *, struct db_postgres_range *,
    const struct slice *rkey, struct db_rows *);

/* Forget them all. */
void db_postgres_range_clear(struct db_postgres *);

#endif
