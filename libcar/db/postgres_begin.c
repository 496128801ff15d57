#include "config.h"

#include <sodium.h>
#include <stdlib.h>

#include "libcar/db/postgres_begin_private.h"
#include "libcar/db/postgres_range_private.h"
#include "libcar/db/postgres_value_private.h"

/*
 * How a transaction begins: its accounts are locked in the order of their DIDs,
 * and what the table has of its keys is read in one query, or in one for each
 * collection that many of them are of.
 */

#define MANY_KEYS 256 /* of one collection: rather a range of keys */

static int
compare_texts(const void *a, const void *b)
{
	return db_postgres_compare(*(const struct slice *const *)a,
	    *(const struct slice *const *)b);
}

/* Texts of the plan, each once and in order, and the ids they have. */
struct names {
	const struct slice **texts;
	int64_t *ids;
	size_t n;
};

static void
names_free(struct names *s)
{
	free(s->texts);
	free(s->ids);
}

/* `at` is the text's offset in struct db_plan. */
static int
names_read(struct names *s, const struct db_plan *plan, size_t n, size_t at,
    struct status *st)
{
	const struct slice *t, *last = NULL;
	size_t i, kept = 0;

	s->texts = malloc((n + 1) * sizeof(*s->texts));
	s->ids = calloc(n + 1, sizeof(*s->ids));
	if (s->texts == NULL || s->ids == NULL)
		return db_no_memory(st);
	for (i = 0; i < n; i++) {
		t = (const struct slice *)((const char *)&plan[i] + at);
		/* Mostly it is the last line's. */
		if (t->at == NULL || (last != NULL && last->at == t->at))
			continue;
		s->texts[s->n++] = last = t;
	}
	qsort(s->texts, s->n, sizeof(*s->texts), compare_texts);
	for (i = 0; i < s->n; i++)
		if (kept == 0 ||
		    compare_texts(&s->texts[kept - 1], &s->texts[i]) != 0)
			s->texts[kept++] = s->texts[i];
	s->n = kept;
	return 0;
}

static size_t
names_find(const struct names *s, const struct slice *t)
{
	const struct slice **at = bsearch(&t, s->texts, s->n, sizeof(*s->texts),
	    compare_texts);

	return at == NULL ? s->n : (size_t)(at - s->texts);
}

static int
names_array(const struct names *s, struct buf *b, struct status *st)
{
	size_t i;

	db_postgres_array(b, s->n, true);
	for (i = 0; i < s->n; i++)
		db_postgres_add_text(b, s->texts[i]);
	return b->failed ? db_no_memory(st) : 0;
}

/* An account's row is locked. Nobody has written the one that was just made,
 * so it has no entries. */
static int
take_account(struct db_postgres *d, const struct db_rows *rows,
    void (*changed)(void *, const struct slice *), void *arg,
    struct names *dids, struct status *st)
{
	struct slice did = db_text(rows, 1);
	size_t i = names_find(dids, &did);
	struct db_postgres_node *n;
	struct db_key k = { 0 };

	k.account = db_integer(rows, 0);
	if (i < dids->n)
		dids->ids[i] = k.account;
	if ((n = db_postgres_map_need(d->map, &k, st)) == NULL)
		return -1;
	n->known = n->fresh = n->made = db_text(rows, 2).at == NULL;
	if (n->known || db_integer(rows, 2) != d->writer)
		changed(arg, &did);
	return 0;
}

static int
lock_accounts(struct db_postgres *d, struct names *dids,
    void (*changed)(void *, const struct slice *), void *arg, struct status *st)
{
	struct db_rows rows;

	if (names_array(dids, &d->array[0], st) == -1 ||
	    db_run(&d->db, st,
		"INSERT INTO account (did) SELECT k.did "
		"FROM unnest($1) AS k(did) WHERE NOT EXISTS "
		"(SELECT 1 FROM account a WHERE a.did = k.did) "
		"ORDER BY k.did COLLATE \"C\" ON CONFLICT DO NOTHING",
		"A", &d->array[0]) == -1)
		return -1;
	db_query(&d->db, &rows, st,
	    "SELECT id, did, writer FROM account WHERE did = ANY ($1) "
	    "ORDER BY did FOR UPDATE",
	    "A", &d->array[0]);
	while (db_next(&rows))
		rows.rc = take_account(d, &rows, changed, arg, dids, st);
	return db_end(&rows);
}

static int
find_collections(struct db_postgres *d, struct names *nsids, struct status *st)
{
	struct slice nsid;
	struct db_rows rows;
	size_t i;

	if (names_array(nsids, &d->array[0], st) == -1)
		return -1;
	db_query(&d->db, &rows, st,
	    "SELECT nsid, id FROM collection WHERE nsid = ANY ($1) "
	    "UNION ALL SELECT NULL, max(id) FROM collection",
	    "A", &d->array[0]);
	while (db_next(&rows)) {
		nsid = db_text(&rows, 0);
		if (nsid.at == NULL)
			d->map->last_collection = db_integer(&rows, 1);
		else if ((i = names_find(nsids, &nsid)) < nsids->n)
			nsids->ids[i] = db_integer(&rows, 1);
	}
	return db_end(&rows);
}

/* How many lines from p on are about keys of the same collection. */
static size_t
count_run(const struct db_plan *p, const struct db_plan *end)
{
	const struct db_plan *q = p + 1;

	while (q < end && q->rkey.at != NULL && q->did.at == p->did.at &&
	    q->nsid.at == p->nsid.at)
		q++;
	return (size_t)(q - p);
}

/* The lines about keys of accounts and collections that were there before: long
 * runs are asked for, or else the keys of the others wanted. */
static int
read_plan(struct db_postgres *d, const struct db_plan *plan, size_t n,
    const struct names *dids, const struct names *nsids, bool many,
    struct db_postgres_wanted *w, struct status *st)
{
	const struct db_plan *end = plan + n;
	const struct db_postgres_node *account;
	struct db_key k = { 0 };

	for (; plan < end; plan += n) {
		n = 1;
		if (plan->rkey.at == NULL || plan->nsid.at == NULL)
			continue;
		n = count_run(plan, end);
		if ((n >= MANY_KEYS) != many)
			continue;
		k.account = dids->ids[names_find(dids, &plan->did)];
		k.collection = nsids->ids[names_find(nsids, &plan->nsid)];
		account = db_postgres_map_account(d->map, k.account);
		if (account == NULL || account->known || k.collection == 0)
			continue;
		if ((many ? db_postgres_range_ask(d, &k, plan, n, st) :
			    db_postgres_range_want(d, k, plan, n, w, st)) == -1)
			return -1;
	}
	return 0;
}

int
db_postgres_begin(struct db_postgres *d, const struct db_plan *plan, size_t n,
    void (*changed)(void *, const struct slice *), void *arg, struct status *st)
{
	struct names dids = { 0 }, nsids = { 0 };
	struct db_postgres_wanted w = { 0 };
	int rc = -1;

	randombytes_buf(d->map->secret, sizeof(d->map->secret));
	if ((w.keys = malloc((n + 1) * sizeof(*w.keys))) == NULL)
		db_no_memory(st);
	else if (names_read(&dids, plan, n, offsetof(struct db_plan, did),
		     st) == 0 &&
	    names_read(&nsids, plan, n, offsetof(struct db_plan, nsid), st) ==
		0 &&
	    lock_accounts(d, &dids, changed, arg, st) == 0 &&
	    find_collections(d, &nsids, st) == 0 &&
	    read_plan(d, plan, n, &dids, &nsids, false, &w, st) == 0 &&
	    db_postgres_wanted_find(d, &w, st) == 0)
		rc = read_plan(d, plan, n, &dids, &nsids, true, &w, st);
	free(w.keys);
	names_free(&dids);
	names_free(&nsids);
	return rc;
}
