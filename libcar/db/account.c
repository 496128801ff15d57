#include "config.h"

#include <string.h>

#include "libcar/db/account.h"
#include "libcar/db/driver_private.h"

/*
 * Accounts, as those who ask for them by DID see them.
 */

int
db_account(struct db *db, const struct slice *did, bool create,
    struct db_account *a, struct status *st)
{
	struct db_rows rows;

	memset(a, 0, sizeof(*a));
	db_query(db, &rows, st,
	    "SELECT id, coalesce(loaded_ms, 0), EXISTS "
	    "(SELECT 1 FROM error WHERE account = a.id AND job = ''), EXISTS "
	    "(SELECT 1 FROM coverage WHERE account = a.id AND "
	    "cursor IS NOT NULL) "
	    "FROM account a WHERE did = $1",
	    "t", did);

	if (db_next(&rows)) {
		a->id = db_integer(&rows, 0);
		a->loaded_ms = db_integer(&rows, 1);
		a->has_errors = db_integer(&rows, 2);
		a->has_cursors = db_integer(&rows, 3);
	}
	if (db_end(&rows) == -1)
		return -1;
	if (a->id != 0 || !create)
		return 0;
	return db_one(db, st, &a->id,
	    "INSERT INTO account (did) VALUES ($1) RETURNING id", "t", did);
}

int
db_did(struct db *db, int64_t id, struct slice *out, struct status *st)
{
	return db_one_text(db, "SELECT did FROM account WHERE id = $1", id, out,
	    st);
}
