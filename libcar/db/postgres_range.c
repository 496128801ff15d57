#include "config.h"

#include <stdlib.h>

#include "libcar/db/postgres_map_private.h"

#define RANGE_KEYS 2048

struct db_postgres_range *
db_postgres_range_find(struct db_postgres_map *m, const struct db_key *k)
{
	struct db_postgres_range *r;
	size_t i;

	for (i = 0; i < m->nranges; i++) {
		r = &m->ranges[(m->range + i) % m->nranges];
		if (r->key.account == k->account &&
		    r->key.collection == k->collection &&
		    db_postgres_compare(&k->rkey, &r->first) >= 0 &&
		    db_postgres_compare(&k->rkey, &r->last) <= 0) {
			m->range = (m->range + i) % m->nranges;
			return r;
		}
	}
	return NULL;
}

/* How the key of a row compares with this one. */
static int
compare_row(const struct db_postgres_range *r, int row,
    const struct slice *rkey)
{
	const struct slice t = { PQgetvalue(r->rows, row, 0),
		PQgetlength(r->rows, row, 0) };

	return db_postgres_compare(&t, rkey);
}

/* The row of this key: 1; 0: there is none. Keys that ascend are found by the
 * way, others by halving. */
int
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
	*row = (struct db_rows){ &d->db, r->rows, low };
	return low < n && compare_row(r, low, rkey) == 0;
}

static struct db_postgres_range *
new_range(struct db_postgres *d, const struct db_key *k,
    const struct db_plan *plan, size_t n, struct status *st)
{
	struct db_postgres_map *m = &d->map;
	struct db_postgres_range *r;
	const struct slice *t;
	size_t i;

	r = realloc(m->ranges, (m->nranges + 1) * sizeof(*r));
	if (r == NULL) {
		db_postgres_no_memory(st);
		return NULL;
	}
	m->ranges = r;
	r += m->nranges;
	*r = (struct db_postgres_range){ .key = *k, .plan = plan, .n = n };
	r->first = r->last = plan[0].rkey;
	for (i = 1; i < n; i++) {
		t = &plan[i].rkey;
		if (db_postgres_compare(t, &r->first) < 0)
			r->first = *t;
		if (db_postgres_compare(t, &r->last) > 0)
			r->last = *t;
	}
	return r;
}

static int64_t
range_limit(const struct db_postgres_range *r)
{
	return 2 * (int64_t)r->n;
}

/* Ask for the rows between the least and the greatest key of some lines. They
 * are read by the server while those before them are looked at here, which
 * takes two thirds of the time. */
int
db_postgres_range_ask(struct db_postgres *d, const struct db_key *k,
    const struct db_plan *plan, size_t n, struct status *st)
{
	struct db_postgres_range *r;
	size_t some;

	for (; n > 0; plan += some, n -= some) {
		some = n < 2 * RANGE_KEYS ? n : RANGE_KEYS;
		if ((r = new_range(d, k, plan, some, st)) == NULL ||
		    db_postgres_send(d, st,
			"SELECT " DB_POSTGRES_ENTRY
			" FROM entry e WHERE e.account = $1 "
			"AND e.collection = $2 AND e.rkey BETWEEN $3 AND $4 "
			"ORDER BY e.rkey LIMIT $5",
			"iitti", k->account, k->collection, &r->first, &r->last,
			range_limit(r)) == -1)
			return -1;
		r->awaited = true;
		d->map.nranges++;
	}
	return db_postgres_push(d, st);
}

/* If far more lies between the keys of the lines than they are, only the first
 * part of it is there. */
static int
hear_range(struct db_postgres *d, struct status *st)
{
	struct db_postgres_range *r = &d->map.ranges[d->map.heard++];
	int last = (int)range_limit(r) - 1;

	r->awaited = false;
	if ((r->rows = db_postgres_hear(d, st)) == NULL)
		return -1;
	if (PQntuples(r->rows) <= last)
		return 0;
	r->cut = true;
	r->last.at = PQgetvalue(r->rows, last, 0);
	r->last.len = PQgetlength(r->rows, last, 0);
	return 0;
}

int
db_postgres_range_hear(struct db_postgres *d, struct status *st)
{
	struct db_postgres_map *m = &d->map;
	struct status later;
	int rc = 0;

	while (m->heard < m->nranges)
		if (hear_range(d, rc == 0 ? st : &later) == -1)
			rc = -1;
	return rc;
}

/* The keys of ranges that were cut. */
static int
find_cut(struct db_postgres *d, struct status *st)
{
	struct db_postgres_map *m = &d->map;
	struct db_postgres_range *r;
	struct db_postgres_wanted w = { 0 };
	size_t i, n = 0;
	int rc = 0;

	for (i = 0; i < m->heard; i++)
		n += m->ranges[i].cut ? m->ranges[i].n : 0;
	if (n == 0)
		return 0;
	if ((w.keys = malloc(n * sizeof(*w.keys))) == NULL)
		return db_postgres_no_memory(st);
	for (i = 0; i < m->heard && rc == 0; i++) {
		r = &m->ranges[i];
		if (r->cut)
			rc = db_postgres_want_keys(d, r->key, r->plan, r->n, &w,
			    st);
		r->cut = false;
	}
	if (rc == 0)
		rc = db_postgres_find_wanted(d, &w, st);
	free(w.keys);
	return rc;
}

/* The range that has the key, if one has it. */
int
db_postgres_range_need(struct db_postgres *d, const struct db_key *k,
    struct db_postgres_range **out, struct status *st)
{
	while ((*out = db_postgres_range_find(&d->map, k)) != NULL &&
	    (*out)->awaited)
		if (hear_range(d, st) == -1)
			return -1;
	return *out == NULL ? find_cut(d, st) : 0;
}
