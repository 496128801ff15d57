#include "config.h"

#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/db/postgres_range_private.h"

/*
 * If many lines are about one collection, their keys lie between a least and a
 * greatest key, mostly in order. Reading all rows between them costs the server
 * less than looking up each key. Long runs are split into several ranges: the
 * server reads the later ones while this process applies the lines of the
 * first.
 */

#define RANGE_KEYS 2048

/* The rows of a collection between two keys of the plan. */
struct db_postgres_range {
	struct db_key key;         /* without rkey */
	const struct slice *rkeys; /* of the plan */
	size_t n;
	struct slice first, last;
	size_t answer;  /* number of the query */
	bool awaited;   /* its rows have not been read yet */
	bool cut;       /* they end before the last key */
	PGresult *rows; /* in order of rkey */
	int at;         /* row of the last key, or its place */
};

struct db_postgres_ranges {
	struct db_postgres_range *ranges;
	size_t n, room;
	size_t last; /* the range used last */
};

static struct db_postgres_range *
range_find(struct db_postgres *d, const struct db_key *k)
{
	struct db_postgres_ranges *all = d->ranges;
	struct db_postgres_range *r;
	size_t i, at;

	for (i = 0; i < all->n; i++) {
		at = (all->last + i) % all->n;
		r = &all->ranges[at];
		if (r->key.account == k->account &&
		    r->key.collection == k->collection &&
		    slice_compare(&k->rkey, &r->first) >= 0 &&
		    slice_compare(&k->rkey, &r->last) <= 0) {
			all->last = at;
			return r;
		}
	}
	return NULL;
}

/* Compare the key of a row with this key. */
static int
compare_row(const struct db_postgres_range *r, int row,
    const struct slice *rkey)
{
	const struct slice t = { PQgetvalue(r->rows, row, 0),
		PQgetlength(r->rows, row, 0) };

	return slice_compare(&t, rkey);
}

bool
db_postgres_range_row(struct db_postgres *d, struct db_postgres_range *r,
    const struct slice *rkey, struct db_rows *row)
{
	int n = PQntuples(r->rows), low = 0, high = n, mid;

	if (r->at < n && compare_row(r, r->at, rkey) < 0)
		low = ++r->at;
	if (r->at < n && compare_row(r, r->at, rkey) >= 0 &&
	    (r->at == 0 || compare_row(r, r->at - 1, rkey) < 0))
		low = high = r->at;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (compare_row(r, mid, rkey) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	r->at = low;
	*row = (struct db_rows){ .db = &d->db, .result = r->rows, .row = low };
	return low < n && compare_row(r, low, rkey) == 0;
}

static struct db_postgres_range *
new_range(struct db_postgres *d, const struct db_key *k,
    const struct slice *rkeys, size_t n, struct status *st)
{
	struct db_postgres_ranges *all = d->ranges;
	struct db_postgres_range *r;
	const struct slice *t;
	size_t i;

	if (!ARRAY_GROW(all->ranges, all->n, all->room)) {
		status_no_memory(st);
		return NULL;
	}
	r = &all->ranges[all->n];
	*r = (struct db_postgres_range){ .key = *k, .rkeys = rkeys, .n = n };
	r->first = r->last = rkeys[0];
	for (i = 1; i < n; i++) {
		t = &rkeys[i];
		if (slice_compare(t, &r->first) < 0)
			r->first = *t;
		if (slice_compare(t, &r->last) > 0)
			r->last = *t;
	}
	return r;
}

int
db_postgres_range_want(struct db_postgres *d, struct db_key k,
    const struct slice *rkeys, size_t n, struct db_postgres_wanted *w,
    struct status *st)
{
	struct db_postgres_node *node;
	size_t i;

	for (i = 0; i < n; i++) {
		k.rkey = rkeys[i];
		if (range_find(d, &k) != NULL ||
		    db_postgres_map_get(d->map, &k) != NULL)
			continue;
		if ((node = db_postgres_map_need(d->map, &k, st)) == NULL)
			return -1;
		w->keys[w->n++] = node->key;
	}
	return 0;
}

static int64_t
range_limit(const struct db_postgres_range *r)
{
	return 2 * (int64_t)r->n;
}

/* Ask for the rows between the least and the greatest key of some lines. The
 * server reads them while this process handles the rows before them, which
 * takes two thirds of the time. */
int
db_postgres_range_ask(struct db_postgres *d, const struct db_key *k,
    const struct slice *rkeys, size_t n, struct status *st)
{
	struct db_postgres_range *r;
	size_t some;

	for (; n > 0; rkeys += some, n -= some) {
		some = n < 2 * RANGE_KEYS ? n : RANGE_KEYS;
		if ((r = new_range(d, k, rkeys, some, st)) == NULL ||
		    db_postgres_ask(d, &r->answer, st,
			"SELECT " DB_POSTGRES_ENTRY
			" FROM entry e WHERE e.account = $1 "
			"AND e.collection = $2 AND e.rkey BETWEEN $3 AND $4 "
			"ORDER BY e.rkey LIMIT $5",
			"iitti", k->account, k->collection, &r->first, &r->last,
			range_limit(r)) == -1)
			return -1;
		r->awaited = true;
		d->ranges->n++;
	}
	return db_postgres_push(d, st);
}

/* If the range has far more rows than keys, only its first part was read. */
static int
take_rows(struct db_postgres *d, struct db_postgres_range *r, struct status *st)
{
	int last = (int)range_limit(r) - 1;

	r->awaited = false;
	if ((r->rows = db_postgres_answer(d, r->answer, st)) == NULL)
		return -1;
	if (PQntuples(r->rows) <= last)
		return 0;
	r->cut = true;
	r->last.at = PQgetvalue(r->rows, last, 0);
	r->last.len = PQgetlength(r->rows, last, 0);
	return 0;
}

/* Look up the keys after the end of cut ranges. */
static int
find_cut(struct db_postgres *d, struct status *st)
{
	struct db_postgres_ranges *all = d->ranges;
	struct db_postgres_range *r;
	struct db_postgres_wanted w = { 0 };
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < all->n; i++)
		n += all->ranges[i].cut ? all->ranges[i].n : 0;
	if (n == 0)
		return 0;
	if ((w.keys = malloc(n * sizeof(*w.keys))) == NULL)
		return status_no_memory(st);
	for (i = 0; i < all->n && rc == 0; i++) {
		r = &all->ranges[i];
		if (r->cut)
			rc = db_postgres_range_want(d, r->key, r->rkeys, r->n,
			    &w, st);
		r->cut = false;
	}
	if (rc == 0)
		rc = db_postgres_wanted_find(d, &w, st);
	free(w.keys);
	return rc;
}

int
db_postgres_range_need(struct db_postgres *d, const struct db_key *k,
    struct db_postgres_range **out, struct status *st)
{
	while ((*out = range_find(d, k)) != NULL && (*out)->awaited)
		if (take_rows(d, *out, st) == -1)
			return -1;
	return *out == NULL ? find_cut(d, st) : 0;
}

struct db_postgres_ranges *
db_postgres_range_open(struct status *st)
{
	struct db_postgres_ranges *all = calloc(1, sizeof(*all));

	if (all == NULL)
		status_no_memory(st);
	return all;
}

void
db_postgres_range_clear(struct db_postgres *d)
{
	struct db_postgres_ranges *all = d->ranges;

	while (all->n > 0)
		PQclear(all->ranges[--all->n].rows);
	all->last = 0;
}

void
db_postgres_range_close(struct db_postgres *d)
{
	if (d->ranges == NULL)
		return;
	db_postgres_range_clear(d);
	free(d->ranges->ranges);
	free(d->ranges);
}
