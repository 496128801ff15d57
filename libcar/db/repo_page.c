#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/repo_page.h"
#include "libcar/db/views_private.h"

/*
 * There is no index of the accounts of a collection, because each record that
 * is loaded would have to write to it. Instead, each account is asked whether
 * it has a record of the collection, by the index that finds records. That is
 * slow if few accounts have one, so a page ends after a number of accounts.
 */

/* clang-format off */
static const char all[] =
"SELECT a.id, a.did, "
"CASE WHEN coalesce(a.rev >= coalesce(a.host_rev, ''), false) "
    "THEN a.rev ELSE a.host_rev END, "
"CASE WHEN coalesce(a.rev >= coalesce(a.host_rev, ''), false) "
    "THEN a.head ELSE a.host_head END, a.status "
"FROM account a WHERE a.id > $1 AND coalesce(a.rev, a.host_rev) IS NOT NULL "
"ORDER BY a.id LIMIT $2";

/* The id of the last account that the page may look at. */
static const char end_of_page[] =
"SELECT max(id), count(*) FROM "
"(SELECT id FROM account WHERE id > $1 ORDER BY id LIMIT $2) AS p";

/* A subquery with LIMIT is run for each account; a join might read all records
 * of everyone. */
static const char some[] =
"SELECT a.id, a.did FROM account a WHERE a.id > $1 AND a.id <= $2 AND "
"(a.status IS NULL OR a.status IN " DB_SHOWN ") AND "
"(SELECT 1 FROM entry e WHERE e.account = a.id AND e.collection = $3 AND "
    "e.state < 2 LIMIT 1) = 1 "
"ORDER BY a.id LIMIT $4";
/* clang-format on */

int
db_repo_page(struct db *db, int64_t after, int limit,
    int (*fn)(void *, const struct db_repo_page_row *, struct status *),
    void *arg, struct status *st)
{
	struct db_repo_page_row r;
	struct db_rows rows;

	db_query(db, &rows, st, all, "ii", after, (int64_t)limit);
	while (db_next(&rows)) {
		r.id = db_integer(&rows, 0);
		r.did = db_text(&rows, 1);
		r.rev = db_text(&rows, 2);
		r.head = db_text(&rows, 3);
		r.status = db_text(&rows, 4);
		rows.rc = fn(arg, &r, st);
	}
	return db_end(&rows);
}

/* *end: the last id of the page; *more: others follow. */
static int
find_end(struct db *db, int64_t after, int64_t *end, bool *more,
    struct status *st)
{
	struct db_rows rows;

	*end = after;
	*more = false;
	db_query(db, &rows, st, end_of_page, "ii", after,
	    (int64_t)DB_REPO_PAGE_LOOKS);
	while (db_next(&rows))
		if (db_integer(&rows, 1) > 0) {
			*end = db_integer(&rows, 0);
			*more = db_integer(&rows, 1) == DB_REPO_PAGE_LOOKS;
		}
	return db_end(&rows);
}

int
db_repo_page_of(struct db *db, const struct slice *nsid, int64_t after,
    int limit,
    int (*fn)(void *, const struct db_repo_page_row *, struct status *),
    void *arg, int64_t *last, struct status *st)
{
	struct db_repo_page_row r = { .id = 0 };
	int64_t collection, end;
	struct db_rows rows;
	bool more;
	int n = 0;

	*last = 0;
	if (db_collection(db, nsid, false, &collection, st) == -1 ||
	    collection == 0 || find_end(db, after, &end, &more, st) == -1)
		return collection == 0 ? 0 : -1;
	db_query(db, &rows, st, some, "iiii", after, end, collection,
	    (int64_t)limit);
	while (db_next(&rows)) {
		r.id = db_integer(&rows, 0);
		r.did = db_text(&rows, 1);
		rows.rc = fn(arg, &r, st);
		n++;
	}
	if (db_end(&rows) == -1)
		return -1;
	if (n == limit)
		*last = r.id;
	else if (more)
		*last = end;
	return 0;
}
