#include "config.h"

#include <sodium.h>
#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/db/account_private.h"
#include "libcar/db/columns_private.h"
#include "libcar/db/postgres_begin_private.h"
#include "libcar/db/postgres_range_private.h"

/*
 * A transaction first locks its accounts, in the order of their DIDs. Then it
 * reads what the table has of its keys: all entries of accounts with few, a
 * range of keys for collections with many planned keys, and one query for all
 * other keys.
 */

#define WHOLE_MAX 1000 /* most entries to read of a whole account */
#define MANY_KEYS 256  /* keys of one collection to read as a range */

static int
compare_texts(const void *a, const void *b)
{
	return slice_compare(*(const struct slice *const *)a,
	    *(const struct slice *const *)b);
}

/* The collections of the plan, each once, in order, and their ids. */
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

static int
names_read(struct names *s, const struct db_plan *plan, struct status *st)
{
	const struct slice *t;
	size_t i, n = 0;

	s->texts = malloc((plan->nkeys + 1) * sizeof(*s->texts));
	s->ids = calloc(plan->nkeys + 1, sizeof(*s->ids));
	if (s->texts == NULL || s->ids == NULL)
		return status_no_memory(st);
	for (i = 0; i < plan->nkeys; i++)
		s->texts[i] = &plan->keys[i].nsid;
	qsort(s->texts, plan->nkeys, sizeof(*s->texts), compare_texts);
	for (i = 0; i < plan->nkeys; i++) {
		t = s->texts[i];
		if (n == 0 || slice_compare(s->texts[n - 1], t) != 0)
			s->texts[n++] = t;
	}
	s->n = n;
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
note_unsigned(struct db_postgres_map *m, int64_t account, struct status *st)
{
	if (!ARRAY_GROW(m->unsigned_accounts, m->nunsigned, m->unsigned_room))
		return status_no_memory(st);
	m->unsigned_accounts[m->nunsigned++] = account;
	return 0;
}

/* An account's row is locked. If no process ever wrote it, it is new and has no
 * entries. */
static int
take_account(struct db_postgres *d, const struct db_rows *rows,
    struct db_account *a, struct status *st)
{
	bool is_new = db_text(rows, 1).at == NULL;
	bool is_ours = !is_new && db_integer(rows, 1) == d->writer;
	struct db_postgres_node *n;
	struct db_key k = { 0 };

	/* What this process read since its own write is still true. */
	a->id = db_integer(rows, 2);
	if (!is_ours)
		db_account_take(a, rows, 2);
	a->is_new = is_new;
	a->is_stale = !is_new && !is_ours;
	k.account = a->id;
	if ((n = db_postgres_map_need(d->map, &k, st)) == NULL)
		return -1;
	n->known = n->fresh = is_new;
	return is_ours ? 0 : note_unsigned(d->map, k.account, st);
}

/* The DIDs of all accounts, or of missing ones. */
static struct db_list
list_dids(const struct db_plan *plan, bool all, struct slice *dids)
{
	struct db_list list = { .texts = dids };
	size_t i;

	for (i = 0; i < plan->naccounts; i++)
		if (all || plan->accounts[i]->id == 0)
			dids[list.n++] = plan->accounts[i]->did;
	return list;
}

static int
make_accounts(struct db_postgres *d, const struct db_list *dids,
    struct status *st)
{
	if (dids->n == 0)
		return 0;
	return db_run(&d->db, st,
	    "INSERT INTO account (did) SELECT k.did FROM unnest($1) AS k(did) "
	    "ORDER BY k.did COLLATE \"C\" ON CONFLICT DO NOTHING",
	    "A", dids);
}

/* Lock in the order of DIDs, so that no two processes wait for each other. */
static int
lock_list(struct db_postgres *d, const struct db_plan *plan,
    const struct db_list *dids, struct status *st)
{
	struct db_rows rows;
	size_t n = 0;

	db_query(&d->db, &rows, st,
	    "SELECT k.i, a.writer, " DB_ACCOUNT_COLUMNS
	    " FROM unnest($1) WITH ORDINALITY AS k(did, i) "
	    "JOIN account a ON a.did = k.did ORDER BY a.did FOR UPDATE OF a",
	    "A", dids);
	for (; db_next(&rows); n++)
		rows.rc = take_account(d, &rows,
		    plan->accounts[db_integer(&rows, 0) - 1], st);
	if (db_end(&rows) == -1)
		return -1;
	/* What this process read of it is wrong now: start the transaction
	 * again. */
	if (plan->make && n < dids->n)
		return status_set(st, STATUS_AGAIN, 0,
		    "PostgreSQL: another process removed an account");
	return 0;
}

static int
lock_accounts(struct db_postgres *d, const struct db_plan *plan,
    struct status *st)
{
	struct slice *dids;
	struct db_list list;
	int rc = 0;

	if (plan->naccounts == 0)
		return 0;
	if ((dids = calloc(plan->naccounts, sizeof(*dids))) == NULL)
		return status_no_memory(st);
	if (plan->make) {
		list = list_dids(plan, false, dids);
		rc = make_accounts(d, &list, st);
	}
	list = list_dids(plan, true, dids);
	if (rc == 0)
		rc = lock_list(d, plan, &list, st);
	free(dids);
	return rc;
}

/* The most rows to read of an account to know all of its entries. If it has
 * more, each key is looked up instead. Rows that were read in vain are lost in
 * each transaction, so their number must be small compared with the lines of a
 * large account. */
static size_t
whole_limit(const struct db_postgres_node *account)
{
	size_t n = 16 + 4 * account->nplanned;

	return n < WHOLE_MAX ? n : WHOLE_MAX;
}

/* The existing accounts of this plan for which a snapshot may end. */
static int
list_swept(struct db_postgres *d, const struct db_plan *plan,
    struct db_columns *c, struct status *st)
{
	struct db_postgres_node *n;
	size_t i;

	if (db_columns_open(c, "ii", plan->nswept, st) == -1)
		return -1;
	for (i = 0; i < plan->nkeys; i++)
		if ((n = db_postgres_map_account(d->map,
			 plan->keys[i].account->id)) != NULL)
			n->nplanned += plan->keys[i].n;
	for (i = 0; i < plan->nswept; i++) {
		n = db_postgres_map_account(d->map, plan->swept[i]->id);
		if (n != NULL && !n->known)
			db_columns_add(c, n->key.account,
			    (int64_t)whole_limit(n));
	}
	return 0;
}

/* With ORDER BY the server reads an index up to the limit. Without it, the
 * server collected all entries of the account first, in every transaction. */
static int
take_swept(struct db_postgres *d, const struct db_columns *c, struct status *st)
{
	struct db_rows rows;

	db_query(&d->db, &rows, st,
	    "SELECT e.account, e.collection, " DB_POSTGRES_ENTRY
	    " FROM unnest($1, $2) AS k(account, n) CROSS JOIN LATERAL "
	    "(SELECT account, collection, rkey, id, rev, state, cid "
	    "FROM entry WHERE account = k.account "
	    "ORDER BY account, collection, rkey LIMIT k.n) e",
	    "aa", &c->lists[0], &c->lists[1]);
	return db_postgres_map_take_all(d, &rows, st);
}

/*
 * Read all entries of accounts that have few, to find what a snapshot didn't
 * name. For 20,000 accounts of 10 records this is one query for each
 * transaction, instead of a COPY and five queries for each account.
 */
static int
read_swept(struct db_postgres *d, const struct db_plan *plan, struct status *st)
{
	struct db_postgres_node *n;
	struct db_columns c;
	size_t i;
	int rc;

	if (list_swept(d, plan, &c, st) == -1)
		return -1;
	rc = c.n == 0 ? 0 : take_swept(d, &c, st);
	for (i = 0; i < c.n && rc == 0; i++) {
		n = db_postgres_map_account(d->map, c.lists[0].integers[i]);
		n->known = n->nkeys < whole_limit(n);
	}
	db_columns_free(&c);
	return rc;
}

static int
find_collections(struct db_postgres *d, struct names *nsids, struct status *st)
{
	struct slice *texts = calloc(nsids->n + 1, sizeof(*texts));
	struct db_list list = { NULL, texts, nsids->n };
	struct slice nsid;
	struct db_rows rows;
	size_t i;

	if (texts == NULL)
		return status_no_memory(st);
	for (i = 0; i < nsids->n; i++)
		texts[i] = *nsids->texts[i];
	db_query(&d->db, &rows, st,
	    "SELECT nsid, id FROM collection WHERE nsid = ANY ($1) "
	    "UNION ALL SELECT NULL, max(id) FROM collection",
	    "A", &list);
	while (db_next(&rows)) {
		nsid = db_text(&rows, 0);
		if (nsid.at == NULL)
			d->map->last_collection = db_integer(&rows, 1);
		else if ((i = names_find(nsids, &nsid)) < nsids->n)
			nsids->ids[i] = db_integer(&rows, 1);
	}
	free(texts);
	return db_end(&rows);
}

/* Look up the keys of existing accounts and collections: with many, ask for a
 * range if a collection has many keys; otherwise add the keys to *w. */
static int
read_keys(struct db_postgres *d, const struct db_plan *plan,
    const struct names *nsids, bool many, struct db_postgres_wanted *w,
    struct status *st)
{
	const struct db_postgres_node *account;
	const struct db_keys *keys;
	struct db_key k = { 0 };
	size_t i;

	for (i = 0; i < plan->nkeys; i++) {
		keys = &plan->keys[i];
		if ((keys->n >= MANY_KEYS) != many)
			continue;
		k.account = keys->account->id;
		k.collection = nsids->ids[names_find(nsids, &keys->nsid)];
		account = db_postgres_map_account(d->map, k.account);
		if (account == NULL || account->known || k.collection == 0)
			continue;
		if ((many ? db_postgres_range_ask(d, &k, keys->rkeys, keys->n,
				st) :
			    db_postgres_range_want(d, k, keys->rkeys, keys->n,
				w, st)) == -1)
			return -1;
	}
	return 0;
}

static int
read_all_keys(struct db_postgres *d, const struct db_plan *plan,
    struct names *nsids, struct db_postgres_wanted *w, struct status *st)
{
	size_t i, n = 0;

	for (i = 0; i < plan->nkeys; i++)
		n += plan->keys[i].n;
	if ((w->keys = malloc((n + 1) * sizeof(*w->keys))) == NULL)
		return status_no_memory(st);
	if (names_read(nsids, plan, st) == -1 ||
	    find_collections(d, nsids, st) == -1 ||
	    read_keys(d, plan, nsids, false, w, st) == -1 ||
	    db_postgres_wanted_find(d, w, st) == -1)
		return -1;
	return read_keys(d, plan, nsids, true, w, st);
}

int
db_postgres_begin(struct db_postgres *d, const struct db_plan *plan,
    struct status *st)
{
	struct names nsids = { 0 };
	struct db_postgres_wanted w = { 0 };
	int rc;

	randombytes_buf(d->map->secret, sizeof(d->map->secret));
	rc = lock_accounts(d, plan, st);
	if (rc == 0)
		rc = read_swept(d, plan, st);
	if (rc == 0)
		rc = read_all_keys(d, plan, &nsids, &w, st);
	free(w.keys);
	names_free(&nsids);
	return rc;
}
