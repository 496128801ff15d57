/*
 * db_sqlite_passed: entries that the cursor passed and no line named.
 *
 * A snapshot probably doesn't name them, so db_sqlite_keys() tries them before
 * it reads all entries. They are only candidates: a line may have named or
 * removed one since, the same one may come twice, and others may be missing.
 * They are all of one account.
 */
#ifndef LIBCAR_DB_SQLITE_PASSED_PRIVATE_H
#define LIBCAR_DB_SQLITE_PASSED_PRIVATE_H

#include "libcar/db/entry.h"

#define DB_SQLITE_PASSED 16384 /* maximum number to remember: 256 KiB */

/* All zero: none. */
struct db_sqlite_passed {
	int64_t account;
	size_t n;
	struct db_sqlite_passed_row {
		int64_t collection, id;
	} rows[DB_SQLITE_PASSED];
};

/* Add an entry of the key's collection. Forget those of other accounts. */
void db_sqlite_passed_add(struct db_sqlite_passed *, const struct db_key *,
    int64_t id);

/* The next entry of the key's collection from index *at on, in the order in
 * which they were added; 0: none. Sets *at to the index after it. */
int64_t db_sqlite_passed_next(const struct db_sqlite_passed *,
    const struct db_key *, size_t *at);

/* Forget the entries of the key's collection. */
void db_sqlite_passed_drop(struct db_sqlite_passed *, const struct db_key *);

#endif
