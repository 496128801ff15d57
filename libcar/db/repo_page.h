/*
 * repo_page: the accounts of the database, in pages.
 *
 * Pages have the order of the accounts' ids, which is that of their first
 * lines. So a new account comes after all others, and whoever reads all pages
 * gets each account that there was at the beginning. A page begins after an id,
 * never after a number of rows.
 *
 * This module only reads.
 */
#ifndef LIBCAR_DB_REPO_PAGE_H
#define LIBCAR_DB_REPO_PAGE_H

#include "libcar/db/profile.h"

/* Borrowed until the function that got it returns. */
struct db_repo_page_row {
	int64_t id;
	struct slice did;
	struct slice rev, head; /* as in struct db_profile */
	struct slice status;
	enum db_profile_state state; /* the same */
};

/* Accounts that one page looks at. So it takes 0.1 s at most, however few of a
 * million accounts belong to the list. */
#define DB_REPO_PAGE_LOOKS 20000

/* Call fn for at most `limit` accounts after this id of which a rev is known,
 * whatever their status is. *next becomes the id after which the next page
 * begins, or 0 if none follows. A page may be empty though others follow. */
int db_repo_page(struct db *, int64_t after, int limit,
    int (*fn)(void *, const struct db_repo_page_row *, struct status *),
    void *arg, int64_t *next, struct status *);

/* The same for accounts that are shown, whose DID isn't tombstoned and that
 * have a record in the collection; only did and id are set. */
int db_repo_page_of(struct db *, const struct slice *nsid, int64_t after,
    int limit,
    int (*fn)(void *, const struct db_repo_page_row *, struct status *),
    void *arg, int64_t *next, struct status *);

#endif
