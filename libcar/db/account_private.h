/*
 * db_account: reading accounts, for drivers that lock the row while they read
 * it.
 */
#ifndef LIBCAR_DB_ACCOUNT_PRIVATE_H
#define LIBCAR_DB_ACCOUNT_PRIVATE_H

#include "libcar/db/account.h"
#include "libcar/db/driver_private.h"

#define DB_ACCOUNT_COLUMNS \
	"a.id, coalesce(a.loaded_ms, 0), a.error IS NOT NULL, a.rev, " \
	"a.signature IS NOT DISTINCT FROM 'verified', " \
	"coalesce(a.whole, -1), coalesce(a.records, -1), " \
	"a.head, " DB_HEARD_COLUMNS ", a.moved_rev, coalesce(a.moved_ms, 0)"

/* Read the account from the row, starting at this column. */
void db_account_take(struct db_account *, const struct db_rows *, int column);

#endif
