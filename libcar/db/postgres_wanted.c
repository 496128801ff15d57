#include "config.h"

#include "libcar/db/postgres_value_private.h"
#include "libcar/db/postgres_wanted_private.h"

/*
 * All wanted keys are looked for in one query, which is given them as arrays.
 */

static int
find_listed(struct db_postgres *d, const struct db_postgres_wanted *w,
    struct status *st)
{
	struct db_key k = { 0 };
	struct db_rows rows;
	size_t i;

	if (w->n == 0)
		return 0;
	db_postgres_array(&d->array[0], w->n, false);
	db_postgres_array(&d->array[1], w->n, false);
	db_postgres_array(&d->array[2], w->n, true);
	for (i = 0; i < w->n; i++) {
		db_postgres_add_integer(&d->array[0], w->keys[i].account);
		db_postgres_add_integer(&d->array[1], w->keys[i].collection);
		db_postgres_add_text(&d->array[2], &w->keys[i].rkey);
	}
	if (d->array[0].failed || d->array[1].failed || d->array[2].failed)
		return db_no_memory(st);
	db_query(&d->db, &rows, st,
	    "SELECT e.account, e.collection, " DB_POSTGRES_ENTRY " FROM "
	    "unnest($1, $2, $3) AS k(account, collection, rkey) "
	    "JOIN entry e ON e.account = k.account AND "
	    "e.collection = k.collection AND e.rkey = k.rkey",
	    "aaA", &d->array[0], &d->array[1], &d->array[2]);
	while (db_next(&rows)) {
		k.account = db_integer(&rows, 0);
		k.collection = db_integer(&rows, 1);
		if (db_postgres_map_take(d, k, &rows, 2, st) == NULL)
			rows.rc = -1;
	}
	return db_end(&rows);
}

int
db_postgres_wanted_find(struct db_postgres *d,
    const struct db_postgres_wanted *w, struct status *st)
{
	struct db_postgres_node *n;
	size_t i;

	if (find_listed(d, w, st) == -1)
		return -1;
	for (i = 0; i < w->n; i++)
		if ((n = db_postgres_map_get(d->map, &w->keys[i])) != NULL)
			n->known = true;
	return 0;
}
