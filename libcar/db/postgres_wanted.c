#include "config.h"

#include <stdlib.h>

#include "libcar/db/postgres_wanted_private.h"

/*
 * All wanted keys are looked for in one query, which is given them as arrays.
 */

struct lists {
	int64_t *accounts, *collections;
	struct slice *rkeys;
};

static int
find_listed(struct db_postgres *d, const struct lists *lists, size_t n,
    struct status *st)
{
	const struct db_list accounts = { lists->accounts, NULL, n },
			     collections = { lists->collections, NULL, n },
			     rkeys = { NULL, lists->rkeys, n };
	struct db_key k = { 0 };
	struct db_rows rows;

	db_query(&d->db, &rows, st,
	    "SELECT e.account, e.collection, " DB_POSTGRES_ENTRY " FROM "
	    "unnest($1, $2, $3) AS k(account, collection, rkey) "
	    "JOIN entry e ON e.account = k.account AND "
	    "e.collection = k.collection AND e.rkey = k.rkey",
	    "aaA", &accounts, &collections, &rkeys);
	while (db_next(&rows)) {
		k.account = db_integer(&rows, 0);
		k.collection = db_integer(&rows, 1);
		if (db_postgres_map_take(d, k, &rows, 2, st) == NULL)
			rows.rc = -1;
	}
	return db_end(&rows);
}

static int
find_all(struct db_postgres *d, const struct db_postgres_wanted *w,
    struct status *st)
{
	struct lists lists = { calloc(w->n, sizeof(int64_t)),
		calloc(w->n, sizeof(int64_t)),
		calloc(w->n, sizeof(struct slice)) };
	bool good = lists.accounts != NULL && lists.collections != NULL &&
	    lists.rkeys != NULL;
	size_t i;
	int rc;

	for (i = 0; i < w->n && good; i++) {
		lists.accounts[i] = w->keys[i].account;
		lists.collections[i] = w->keys[i].collection;
		lists.rkeys[i] = w->keys[i].rkey;
	}
	rc = good ? find_listed(d, &lists, w->n, st) : db_no_memory(st);
	free(lists.accounts);
	free(lists.collections);
	free(lists.rkeys);
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
