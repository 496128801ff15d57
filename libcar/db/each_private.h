/*
 * db_each: one query for each of some accounts.
 */
#ifndef LIBCAR_DB_EACH_PRIVATE_H
#define LIBCAR_DB_EACH_PRIVATE_H

#include "libcar/db/account.h"
#include "libcar/db/driver_private.h"

/*
 * A question, in two statements. `all` has an array of DIDs or ids as $1, and
 * its first column is the place in the array, from 1. `one` has a single DID or
 * id, and its first column is 1. Drivers without arrays run `one` for each
 * account.
 */
struct db_question {
	const char *one, *all;
	bool by_did;
};

/* Call take with each row and the place of its account. */
int db_each(struct db *, const struct db_question *,
    struct db_account *const *accounts, size_t n,
    int (*take)(void *, size_t place, const struct db_rows *, struct status *),
    void *, struct status *);

/* The same for ids that are not of accounts. */
int db_each_id(struct db *, const struct db_question *, const int64_t *ids,
    size_t n,
    int (*take)(void *, size_t place, const struct db_rows *, struct status *),
    void *, struct status *);

#endif
