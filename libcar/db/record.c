#include "config.h"

#include "libcar/db/collection.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/record.h"

/*
 * PostgreSQL keeps a record as jsonb, or as text if jsonb would change it. So
 * the column with the record's JSON is another one there, and each statement
 * has two forms.
 */

#define JSON "e.record"
#define JSON_OF_JSONB "coalesce(e.record_text, CAST(e.record AS text))"

/* clang-format off */
#define ONE(json) \
"SELECT e.rkey, e.cid, " json " FROM entry e WHERE e.account = $1 AND " \
"e.collection = $2 AND e.rkey = $3 AND e.state < 2"

#define PAGE(json, than, order) \
"SELECT e.rkey, e.cid, " json " FROM entry e WHERE e.account = $1 AND " \
"e.collection = $2 AND e.rkey " than " $3 AND e.state < 2 " \
"ORDER BY e.rkey " order " LIMIT $4"

/* [in PostgreSQL] */
static const char *const one[] = { ONE(JSON), ONE(JSON_OF_JSONB) };
static const char *const up[] = { PAGE(JSON, ">", "ASC"),
	PAGE(JSON_OF_JSONB, ">", "ASC") };
static const char *const down[] = { PAGE(JSON, "<", "DESC"),
	PAGE(JSON_OF_JSONB, "<", "DESC") };

/* From one collection to the next one in the index of keys. */
static const char collections[] =
"WITH RECURSIVE c (id) AS ("
"SELECT min(e.collection) FROM entry e WHERE e.account = $1 "
"UNION ALL "
"SELECT (SELECT min(e.collection) FROM entry e WHERE e.account = $1 AND "
    "e.collection > c.id) FROM c WHERE c.id IS NOT NULL) "
"SELECT n.nsid FROM c JOIN collection n ON n.id = c.id WHERE "
"(SELECT 1 FROM entry e WHERE e.account = $1 AND e.collection = c.id AND "
    "e.state < 2 LIMIT 1) = 1 "
"ORDER BY n.nsid";
/* clang-format on */

/* Greater than each text in UTF-8, and valid itself. */
#define LAST_TEXT "\xf4\x8f\xbf\xbf"

static int
give(struct db_rows *rows,
    int (*fn)(void *, const struct db_record *, struct status *), void *arg,
    struct status *st)
{
	struct db_record r;

	while (db_next(rows)) {
		r.rkey = db_text(rows, 0);
		r.cid = db_text(rows, 1);
		r.record = db_text(rows, 2);
		rows->rc = fn(arg, &r, st);
	}
	return db_end(rows);
}

int
db_record_get(struct db *db, int64_t account, const struct slice *nsid,
    const struct slice *rkey,
    int (*fn)(void *, const struct db_record *, struct status *), void *arg,
    struct status *st)
{
	struct db_rows rows;
	int64_t collection;

	if (db_collection(db, nsid, false, &collection, st) == -1)
		return -1;
	if (collection == 0)
		return 0;
	db_query(db, &rows, st, one[db->driver->arrays], "iit", account,
	    collection, rkey);
	return give(&rows, fn, arg, st);
}

int
db_record_page(struct db *db, const struct db_record_page *p,
    int (*fn)(void *, const struct db_record *, struct status *), void *arg,
    struct status *st)
{
	struct slice after = p->after;
	struct db_rows rows;
	int64_t collection;

	if (db_collection(db, &p->nsid, false, &collection, st) == -1)
		return -1;
	if (collection == 0)
		return 0;
	if (after.at == NULL)
		after = slice_of(p->ascending ? "" : LAST_TEXT);
	db_query(db, &rows, st, (p->ascending ? up : down)[db->driver->arrays],
	    "iiti", p->account, collection, &after, (int64_t)p->limit);
	return give(&rows, fn, arg, st);
}

int
db_record_collections(struct db *db, int64_t account,
    int (*fn)(void *, const struct slice *nsid, struct status *), void *arg,
    struct status *st)
{
	struct db_rows rows;
	struct slice nsid;

	db_query(db, &rows, st, collections, "i", account);
	while (db_next(&rows)) {
		nsid = db_text(&rows, 0);
		rows.rc = fn(arg, &nsid, st);
	}
	return db_end(&rows);
}

int
db_record_count(struct db *db, int64_t account, const struct slice *nsid,
    int64_t max, int64_t *out, struct status *st)
{
	return db_one(db, st, out,
	    "SELECT count(*) FROM (SELECT 1 FROM entry e WHERE "
	    "e.account = $1 AND e.state < 2 AND e.collection = "
	    "(SELECT c.id FROM collection c WHERE c.nsid = $2) LIMIT $3) r",
	    "iti", account, nsid, max);
}
