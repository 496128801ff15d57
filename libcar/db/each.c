#include "config.h"

#include <stdlib.h>

#include "libcar/db/each_private.h"

/*
 * A server gets one query for all accounts, because each query costs a round
 * trip. SQLite has no arrays; there one prepared statement for each account is
 * as fast, if SQLite locks the file only once for all of them.
 */

typedef int take_row(void *, size_t, const struct db_rows *, struct status *);

static int
ask_one(struct db *db, const struct db_question *q, const struct slice *did,
    int64_t id, size_t place, take_row *take, void *arg, struct status *st)
{
	struct db_rows rows;

	if (q->by_did)
		db_query(db, &rows, st, q->one, "t", did);
	else
		db_query(db, &rows, st, q->one, "i", id);
	while (db_next(&rows))
		rows.rc = take(arg, place, &rows, st);
	return db_end(&rows);
}

static int
ask_list(struct db *db, const struct db_question *q, const struct db_list *list,
    take_row *take, void *arg, struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st, q->all, q->by_did ? "A" : "a", list);
	while (db_next(&rows))
		rows.rc = take(arg, (size_t)db_integer(&rows, 0) - 1, &rows,
		    st);
	return db_end(&rows);
}

static int
ask_all(struct db *db, const struct db_question *q,
    struct db_account *const *accounts, size_t n, take_row *take, void *arg,
    struct status *st)
{
	struct slice *dids = calloc(n, sizeof(*dids));
	int64_t *ids = calloc(n, sizeof(*ids));
	const struct db_list list = { ids, dids, n };
	size_t i;
	int rc = -1;

	for (i = 0; i < n && dids != NULL && ids != NULL; i++) {
		dids[i] = accounts[i]->did;
		ids[i] = accounts[i]->id;
	}
	if (dids == NULL || ids == NULL)
		status_no_memory(st);
	else
		rc = ask_list(db, q, &list, take, arg, st);
	free(dids);
	free(ids);
	return rc;
}

/* Ask for each account alone. An open query keeps the file's read lock from the
 * first account to the last: with a lock for each account, loading 30,000 known
 * accounts took 1.3 times as long. */
static int
ask_each(struct db *db, const struct db_question *q,
    struct db_account *const *accounts, const int64_t *ids, size_t n,
    take_row *take, void *arg, struct status *st)
{
	struct db_rows lock;
	size_t i;

	db_query(db, &lock, st, "SELECT 1 FROM sqlite_schema", "");
	for (i = 0; i < n && lock.rc == 0; i++)
		lock.rc = ask_one(db, q,
		    accounts != NULL ? &accounts[i]->did : NULL,
		    accounts != NULL ? accounts[i]->id : ids[i], i, take, arg,
		    st);
	return db_end(&lock);
}

int
db_each(struct db *db, const struct db_question *q,
    struct db_account *const *accounts, size_t n, take_row *take, void *arg,
    struct status *st)
{
	if (n == 0)
		return 0;
	if (db->driver->arrays)
		return ask_all(db, q, accounts, n, take, arg, st);
	return ask_each(db, q, accounts, NULL, n, take, arg, st);
}

int
db_each_id(struct db *db, const struct db_question *q, const int64_t *ids,
    size_t n, take_row *take, void *arg, struct status *st)
{
	const struct db_list list = { ids, NULL, n };
	if (n == 0)
		return 0;
	if (db->driver->arrays)
		return ask_list(db, q, &list, take, arg, st);
	return ask_each(db, q, NULL, ids, n, take, arg, st);
}
