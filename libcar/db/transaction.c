#include "config.h"

#include <string.h>

#include "libcar/db/account.h"
#include "libcar/db/change_private.h"
#include "libcar/db/driver_private.h"

/*
 * Transactions and closing: these call the driver, and handle the changes
 * collected between begin and commit.
 */

int
db_begin(struct db *db, const struct db_plan *plan, bool *stale,
    struct status *st)
{
	size_t i;

	for (i = 0; i < plan->naccounts; i++)
		plan->accounts[i]->is_new = plan->accounts[i]->is_stale = false;
	if (db->driver->begin(db, plan, stale, st) == -1)
		return -1;
	return db_change_begin(db, plan, st);
}

int
db_commit(struct db *db, struct status *st)
{
	return db_change_flush(db, st) == -1 ? -1 : db->driver->commit(db, st);
}

int
db_recover(struct db *db, struct status *st)
{
	/* What the transaction created is gone. */
	memset(db->collections, 0, sizeof(db->collections));
	db->nsnapshots = 0;
	db_change_free(db);
	return db->driver->recover == NULL ? -1 : db->driver->recover(db, st);
}

void
db_close(struct db *db)
{
	db_change_free(db);
	buf_free(&db->text);
	db->driver->close(db);
}
