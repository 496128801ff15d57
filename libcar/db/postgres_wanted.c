#include "config.h"

#include "libcar/db/columns_private.h"
#include "libcar/db/postgres_wanted_private.h"

/*
 * One query looks up all wanted keys, which it gets as arrays.
 */

static int
find_listed(struct db_postgres *d, const struct db_columns *c,
    struct status *st)
{
	struct db_rows rows;

	db_query(&d->db, &rows, st,
	    "SELECT e.account, e.collection, " DB_POSTGRES_ENTRY " FROM "
	    "unnest($1, $2, $3) AS k(account, collection, rkey) "
	    "JOIN entry e ON e.account = k.account AND "
	    "e.collection = k.collection AND e.rkey = k.rkey",
	    "aaA", &c->lists[0], &c->lists[1], &c->lists[2]);
	return db_postgres_map_take_all(d, &rows, st);
}

static int
find_all(struct db_postgres *d, const struct db_postgres_wanted *w,
    struct status *st)
{
	const struct db_key *k;
	struct db_columns c;
	int rc;

	if (db_columns_open(&c, "iit", w->n, st) == -1)
		return -1;
	for (k = w->keys; k < w->keys + w->n; k++)
		db_columns_add(&c, k->account, k->collection, &k->rkey);
	rc = find_listed(d, &c, st);
	db_columns_free(&c);
	return rc;
}

int
db_postgres_wanted_find(struct db_postgres *d,
    const struct db_postgres_wanted *w, struct status *st)
{
	struct db_postgres_node *n;
	size_t i;

	if (w->n > 0 && find_all(d, w, st) == -1)
		return -1;
	for (i = 0; i < w->n; i++)
		if ((n = db_postgres_map_get(d->map, &w->keys[i])) != NULL)
			n->known = true;
	return 0;
}
