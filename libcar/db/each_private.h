/*
 * db_each: what the database has of each of some accounts.
 */
#ifndef LIBCAR_DB_EACH_PRIVATE_H
#define LIBCAR_DB_EACH_PRIVATE_H

#include "libcar/db/account.h"
#include "libcar/db/driver_private.h"

/*
 * A question, as two statements: `all` has an array for $1, of DIDs or of ids,
 * and gives as its first column the place of the row's account in the array,
 * from 1; `one` has one of them, and 1. It is run for one after the other where
 * the driver knows no arrays.
 */
struct db_question {
	const char *one, *all;
	bool by_did;
};

/* take is called with each row, the accounts, and the place of the row's. */
int db_each(struct db *, const struct db_question *,
    struct db_account *const *accounts, size_t n,
    int (*take)(void *, size_t place, const struct db_rows *, struct status *),
    void *, struct status *);

/* Likewise, of what has these ids. */
int db_each_id(struct db *, const struct db_question *, const int64_t *ids,
    size_t n,
    int (*take)(void *, size_t place, const struct db_rows *, struct status *),
    void *, struct status *);

#endif
