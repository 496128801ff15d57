/*
 * handle: accounts, found by their handles or the beginning of them.
 *
 * Several accounts may claim the same handle, because a DID document can name
 * any. handle_status tells whether the claim was checked.
 *
 * This module only reads. Look-ups use an index, and the text that is looked up
 * has no special characters.
 */
#ifndef LIBCAR_DB_HANDLE_H
#define LIBCAR_DB_HANDLE_H

#include "libcar/db/db.h"

/* Borrowed until the function that got it returns. handle_status is NULL if
 * only an operation of a PLC directory names the handle. */
struct db_handle {
	struct slice did, handle, handle_status;
};

/* Call fn for the account that has the best claim to this handle, which is in
 * lower case: one whose claim was checked and is valid, or else an unchecked
 * one, or else an invalid one; of these, the one that was resolved last. With
 * valid, only a valid claim counts, and only of an account that is shown and
 * whose DID isn't tombstoned. */
int db_handle_holder(struct db *, const struct slice *handle, bool valid,
    int (*fn)(void *, const struct db_handle *, struct status *), void *arg,
    struct status *);

#define DB_HANDLE_MAX 100 /* of a search */

/* Call fn for at most `limit` accounts whose handle begins like this, in the
 * order of handles. Accounts that aren't shown, or whose DID is
 * tombstoned, are left out. What the last operation of a DID says counts if
 * there is no identity of it. The prefix has only characters of handles, and
 * isn't empty. */
int db_handle_search(struct db *, const struct slice *prefix, int limit,
    int (*fn)(void *, const struct db_handle *, struct status *), void *arg,
    struct status *);

#endif
