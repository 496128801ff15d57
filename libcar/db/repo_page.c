#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/repo_page.h"
#include "libcar/db/views_private.h"

/*
 * A list may leave out most accounts, so a page ends after a number of them.
 * There is no index of the accounts of a collection, because each record that
 * is loaded would have to write to it. Instead, each account is asked whether
 * it has a record of the collection, by the index that finds records.
 */

/* clang-format off */
static const char all[] =
"SELECT a.id, a.did, "
"CASE WHEN coalesce(a.rev >= coalesce(a.host_rev, ''), false) "
    "THEN a.rev ELSE a.host_rev END, "
"CASE WHEN coalesce(a.rev >= coalesce(a.host_rev, ''), false) "
    "THEN a.head ELSE a.host_head END, a.status, "
DB_IS_TOMBSTONED("a.did") " "
"FROM account a WHERE a.id > $1 AND a.id <= $2 AND "
"coalesce(a.rev, a.host_rev) IS NOT NULL ORDER BY a.id LIMIT $3";

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
    "e.state < 2 LIMIT 1) = 1 AND " DB_IS_TOMBSTONED("a.did") " = 0 "
"ORDER BY a.id LIMIT $4";
/* clang-format on */

/* The ids that a page may look at. */
struct range {
	int64_t after, end;
	bool more; /* others follow */
};

static int
find_range(struct db *db, int64_t after, struct range *r, struct status *st)
{
	struct db_rows rows;

	*r = (struct range){ .after = after, .end = after };
	db_query(db, &rows, st, end_of_page, "ii", after,
	    (int64_t)DB_REPO_PAGE_LOOKS);
	while (db_next(&rows))
		if (db_integer(&rows, 1) > 0) {
			r->end = db_integer(&rows, 0);
			r->more = db_integer(&rows, 1) == DB_REPO_PAGE_LOOKS;
		}
	return db_end(&rows);
}

/* Where the next page begins, after n rows of which this is the last one. */
static int64_t
next_after(const struct range *r, int n, int limit, int64_t last)
{
	if (n == limit)
		return last;
	return r->more ? r->end : 0;
}

int
db_repo_page(struct db *db, int64_t after, int limit,
    int (*fn)(void *, const struct db_repo_page_row *, struct status *),
    void *arg, int64_t *next, struct status *st)
{
	struct db_repo_page_row row = { .id = 0 };
	struct db_rows rows;
	struct range r;
	int n = 0;

	if (find_range(db, after, &r, st) == -1)
		return -1;
	db_query(db, &rows, st, all, "iii", after, r.end, (int64_t)limit);
	while (db_next(&rows)) {
		row.id = db_integer(&rows, 0);
		row.did = db_text(&rows, 1);
		row.rev = db_text(&rows, 2);
		row.head = db_text(&rows, 3);
		row.status = db_text(&rows, 4);
		row.state = db_integer(&rows, 5) == 1 ?
		    DB_PROFILE_DELETED :
		    db_profile_state(&row.status);
		rows.rc = fn(arg, &row, st);
		n++;
	}
	*next = next_after(&r, n, limit, row.id);
	return db_end(&rows);
}

int
db_repo_page_of(struct db *db, const struct slice *nsid, int64_t after,
    int limit,
    int (*fn)(void *, const struct db_repo_page_row *, struct status *),
    void *arg, int64_t *next, struct status *st)
{
	struct db_repo_page_row row = { .id = 0 };
	int64_t collection;
	struct db_rows rows;
	struct range r;
	int n = 0;

	*next = 0;
	if (db_collection(db, nsid, false, &collection, st) == -1)
		return -1;
	if (collection == 0)
		return 0;
	if (find_range(db, after, &r, st) == -1)
		return -1;
	db_query(db, &rows, st, some, "iiii", after, r.end, collection,
	    (int64_t)limit);
	while (db_next(&rows)) {
		row.id = db_integer(&rows, 0);
		row.did = db_text(&rows, 1);
		rows.rc = fn(arg, &row, st);
		n++;
	}
	*next = next_after(&r, n, limit, row.id);
	return db_end(&rows);
}
