#include "config.h"

#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/handle.h"
#include "libcar/db/views_private.h"

/*
 * A prefix is a range of texts in the order of their bytes: from the prefix to
 * the text whose last byte is one greater. No pattern is made of what a client
 * sends. In PostgreSQL, account.handle has the order of the database's locale,
 * so the range has an index and a collation of its own.
 *
 * Both tables are read in the same order, and their rows are merged: each can
 * only give `limit` rows. Of each, only the first rows of the range are looked
 * at: else a short prefix, most of whose rows are of former handles, would read
 * the table. A longer prefix finds the others.
 *
 * Many DIDs may claim the same handle, so rows are counted, not handles. SQLite
 * keeps the order of the inner query, and stops at the limit. It would sort all
 * of these rows for an order of the outer query, which PostgreSQL needs.
 */

#define LOOKED_AT "500"

#define IS_SHOWN "(a.status IS NULL OR a.status IN " DB_SHOWN ")"
#define IS_THERE IS_SHOWN " AND " DB_IS_TOMBSTONED("a.did") " = 0"

/* clang-format off */
static const char holder[] =
"SELECT a.did, a.handle, a.handle_status FROM account a "
"WHERE a.handle = $1 AND ($2 = 0 OR (a.handle_status = 'valid' AND "
    IS_THERE ")) "
"ORDER BY CASE a.handle_status WHEN 'valid' THEN 0 WHEN 'invalid' THEN 2 "
    "ELSE 1 END, a.resolved_ms DESC, a.did LIMIT 1";

#define FIRST(columns, table, handle) \
"(SELECT " columns " FROM " table " " \
    "WHERE " handle " >= $1 AND " handle " < $2 " \
    "ORDER BY " handle " LIMIT " LOOKED_AT ")"

#define ACCOUNTS(handle, order) \
"SELECT a.did, a.handle, a.handle_status FROM " \
    FIRST("did, handle, handle_status, status", "account", handle) " a " \
"WHERE " IS_THERE " " order "LIMIT $3"

#define OPERATIONS(order) \
"SELECT o.did, o.handle FROM " \
    FIRST("did, cid, seq, ms, nullified, audited, handle", "plc_operation", \
	"handle") " o " \
"WHERE " DB_PLC_IS_LATEST("o") " AND " \
"NOT EXISTS (SELECT 1 FROM account a WHERE a.did = o.did AND " \
    "(a.resolved_ms IS NOT NULL OR NOT " IS_SHOWN ")) " order "LIMIT $3"

static const struct search {
	const char *accounts, *operations;
} search[] = {
	{ ACCOUNTS("handle", ""), OPERATIONS("") },
	{ ACCOUNTS("handle COLLATE \"C\"", "ORDER BY a.handle COLLATE \"C\" "),
	    OPERATIONS("ORDER BY o.handle ") },
};
/* clang-format on */

static int
give(const struct db_rows *rows, bool has_status,
    int (*fn)(void *, const struct db_handle *, struct status *), void *arg,
    struct status *st)
{
	struct db_handle h = { db_text(rows, 0), db_text(rows, 1),
		{ NULL, 0 } };

	if (has_status)
		h.handle_status = db_text(rows, 2);
	return fn(arg, &h, st);
}

int
db_handle_holder(struct db *db, const struct slice *handle, bool valid,
    int (*fn)(void *, const struct db_handle *, struct status *), void *arg,
    struct status *st)
{
	struct db_rows rows;

	db_query(db, &rows, st, holder, "ti", handle, (int64_t)valid);
	while (db_next(&rows))
		rows.rc = give(&rows, true, fn, arg, st);
	return db_end(&rows);
}

static int
compare(const struct db_rows *a, const struct db_rows *b)
{
	struct slice x = db_text(a, 1), y = db_text(b, 1);

	return slice_compare(&x, &y);
}

/* Give the rows of both queries in order. */
static int
merge(struct db_rows *accounts, struct db_rows *operations, int limit,
    int (*fn)(void *, const struct db_handle *, struct status *), void *arg,
    struct status *st)
{
	bool a = db_next(accounts), o = db_next(operations);
	int n;

	for (n = 0; n < limit && (a || o); n++)
		if (a && (!o || compare(accounts, operations) <= 0)) {
			accounts->rc = give(accounts, true, fn, arg, st);
			a = db_next(accounts);
		} else {
			operations->rc = give(operations, false, fn, arg, st);
			o = db_next(operations);
		}
	if (db_end(operations) == -1) {
		db_end(accounts);
		return -1;
	}
	return db_end(accounts);
}

int
db_handle_search(struct db *db, const struct slice *prefix, int limit,
    int (*fn)(void *, const struct db_handle *, struct status *), void *arg,
    struct status *st)
{
	struct db_rows accounts, operations;
	char last[SYNTAX_HANDLE_MAX];
	struct slice end = { last, prefix->len };
	const struct search *s = &search[db->driver->arrays];

	if (prefix->len == 0 || prefix->len > sizeof(last))
		return 0;
	memcpy(last, prefix->at, prefix->len);
	last[prefix->len - 1]++;
	db_query(db, &accounts, st, s->accounts, "tti", prefix, &end,
	    (int64_t)limit);
	db_query(db, &operations, st, s->operations, "tti", prefix, &end,
	    (int64_t)limit);
	return merge(&accounts, &operations, limit, fn, arg, st);
}
