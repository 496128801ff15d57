#include "config.h"

#include "libcar/db/sqlite_passed_private.h"

/*
 * An array in the order of the cursor's moves. When it is full, further entries
 * are missing.
 */

void
db_sqlite_passed_add(struct db_sqlite_passed *p, const struct db_key *k,
    int64_t id)
{
	if (p->account != k->account) {
		p->account = k->account;
		p->n = 0;
	}
	/* After a pause the cursor comes to the same row again. */
	if (p->n == DB_SQLITE_PASSED ||
	    (p->n > 0 && p->rows[p->n - 1].id == id))
		return;
	p->rows[p->n].collection = k->collection;
	p->rows[p->n++].id = id;
}

int64_t
db_sqlite_passed_next(const struct db_sqlite_passed *p, const struct db_key *k,
    size_t *at)
{
	const struct db_sqlite_passed_row *row;

	while (p->account == k->account && *at < p->n) {
		row = &p->rows[(*at)++];
		if (row->collection == k->collection)
			return row->id;
	}
	return 0;
}

void
db_sqlite_passed_drop(struct db_sqlite_passed *p, const struct db_key *k)
{
	size_t i, n = 0;

	if (p->account != k->account)
		return;
	for (i = 0; i < p->n; i++)
		if (p->rows[i].collection != k->collection)
			p->rows[n++] = p->rows[i];
	p->n = n;
}
