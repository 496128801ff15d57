#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/db/account.h"
#include "libcar/db/change.h"
#include "libcar/db/change_private.h"
#include "libcar/db/collection.h"
#include "libcar/db/columns_private.h"

/*
 * The row of the table `feed` has the last number given. Increasing it locks
 * the row until the commit, so that numbers become visible in order. It is
 * increased at the end, because all other writers must wait from then on.
 *
 * Each transaction reads once whether changes are recorded. PostgreSQL then
 * holds a shared lock, so that a process that switches the setting waits for
 * the transactions that have read the old one.
 */

#define CHANGES_MAX 8192 /* changes kept before they are written */
#define NAMES_MAX 4096   /* names of collections kept in memory */

struct change {
	int64_t account, collection;
	struct slice rkey, rev, cid, action;
};

/* Names by their ids, in order of the ids. */
struct name {
	int64_t id;
	struct slice text;
};

struct db_feed {
	bool is_on;
	struct db_plan plan;
	struct change *changes;
	size_t n, room;
	struct pool pool; /* their texts */

	struct name *accounts; /* the plan's; filled at the first change */
	size_t naccounts;
	struct name *collections;
	size_t ncollections, collection_room;
	struct pool nsids; /* their texts */
};

/* The transaction */

static void
forget(struct db_feed *f)
{
	pool_free(&f->pool);
	free(f->accounts);
	f->accounts = NULL;
	f->n = f->naccounts = 0;
}

/* Another process may have created others with these ids, if some were
 * removed. */
static void
forget_collections(struct db_feed *f)
{
	pool_free(&f->nsids);
	f->ncollections = 0;
}

int
db_change_begin(struct db *db, const struct db_plan *plan, struct status *st)
{
	int64_t active;

	if (db->feed == NULL &&
	    (db->feed = calloc(1, sizeof(*db->feed))) == NULL)
		return status_no_memory(st);
	forget(db->feed);
	db->feed->plan = *plan;
	if ((db->driver->hold_feed != NULL &&
		db->driver->hold_feed(db, false, st) == -1) ||
	    db_one(db, st, &active, "SELECT active FROM feed", "") == -1)
		return -1;
	db->feed->is_on = active;
	return 0;
}

bool
db_change_is_on(const struct db *db)
{
	return db->feed != NULL && db->feed->is_on;
}

void
db_change_free(struct db *db)
{
	if (db->feed == NULL)
		return;
	forget(db->feed);
	forget_collections(db->feed);
	free(db->feed->changes);
	free(db->feed->collections);
	free(db->feed);
	db->feed = NULL;
}

/* Names */

static int
compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
list_accounts(struct db_feed *f, struct status *st)
{
	const struct db_plan *p = &f->plan;
	size_t i;

	f->accounts = calloc(p->naccounts + 1, sizeof(*f->accounts));
	if (f->accounts == NULL)
		return status_no_memory(st);
	for (i = 0; i < p->naccounts; i++)
		f->accounts[i] = (struct name){ p->accounts[i]->id,
			p->accounts[i]->did };
	f->naccounts = p->naccounts;
	qsort(f->accounts, f->naccounts, sizeof(*f->accounts), compare_names);
	return 0;
}

/* A transaction writes only accounts of its plan. */
static int
did_of(struct db_feed *f, int64_t account, struct slice *did, struct status *st)
{
	const struct name want = { .id = account }, *found;

	if (f->accounts == NULL && list_accounts(f, st) == -1)
		return -1;
	found = bsearch(&want, f->accounts, f->naccounts, sizeof(want),
	    compare_names);
	if (found == NULL)
		return status_set(st, STATUS_SYSTEM, 0,
		    "a change of an account that wasn't planned");
	*did = found->text;
	return 0;
}

/* The place of the id, or the place to insert it. */
static size_t
place_of(const struct db_feed *f, int64_t id)
{
	size_t low = 0, high = f->ncollections, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (f->collections[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
learn_collection(struct db *db, int64_t id, struct status *st)
{
	struct db_feed *f = db->feed;
	struct slice nsid;
	struct name *at;

	if (f->ncollections == NAMES_MAX)
		forget_collections(f);
	if (db_nsid(db, id, &nsid, st) == -1)
		return -1;
	if (!ARRAY_GROW(f->collections, f->ncollections, f->collection_room))
		return status_no_memory(st);
	if ((nsid.at = pool_copy(&f->nsids, &nsid, st)) == NULL)
		return -1;
	at = f->collections + place_of(f, id);
	memmove(at + 1, at,
	    (size_t)(f->collections + f->ncollections - at) * sizeof(*at));
	*at = (struct name){ id, nsid };
	f->ncollections++;
	return 0;
}

static int
nsid_of(struct db *db, int64_t id, struct slice *nsid, struct status *st)
{
	struct db_feed *f = db->feed;
	size_t at = place_of(f, id);

	if (at == f->ncollections || f->collections[at].id != id) {
		if (learn_collection(db, id, st) == -1)
			return -1;
		at = place_of(f, id);
	}
	*nsid = f->collections[at].text;
	return 0;
}

/* Rows of the table */

/* Take numbers for n changes: those after *seq. */
static int
take_numbers(struct db *db, int64_t n, int64_t *seq, struct status *st)
{
	if (db_one(db, st, seq, "UPDATE feed SET seq = seq + $1 RETURNING seq",
		"i", n) == -1)
		return -1;
	*seq -= n;
	return 0;
}

/* Write one row as part of many, or alone. */
static int
write_columns(struct db *db, const struct db_columns *c, int64_t seq,
    struct status *st)
{
	return db_run(db, st,
	    "INSERT INTO feed_change (seq, did, collection, rkey, rev, cid, "
	    "action, ms) SELECT $1 + k.i, k.did, k.collection, k.rkey, k.rev, "
	    "k.cid, k.action, $2 "
	    "FROM unnest($3, $4, $5, $6, $7, $8) WITH ORDINALITY "
	    "AS k(did, collection, rkey, rev, cid, action, i)",
	    "iiAAAAAA", seq, db->now_ms, &c->lists[0], &c->lists[1],
	    &c->lists[2], &c->lists[3], &c->lists[4], &c->lists[5]);
}

static int
write_one(struct db *db, const struct change *c, const struct slice *did,
    const struct slice *nsid, int64_t seq, struct status *st)
{
	return db_run(db, st,
	    "INSERT INTO feed_change (seq, did, collection, rkey, rev, cid, "
	    "action, ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	    "itttttti", seq, did, nsid, &c->rkey, &c->rev, &c->cid, &c->action,
	    db->now_ms);
}

static int
write_all(struct db *db, struct db_columns *columns, int64_t seq,
    struct status *st)
{
	struct db_feed *f = db->feed;
	const struct change *c;
	struct slice did, nsid = { NULL, 0 };

	for (c = f->changes; c < f->changes + f->n; c++) {
		if (did_of(f, c->account, &did, st) == -1 ||
		    nsid_of(db, c->collection, &nsid, st) == -1)
			return -1;
		if (columns != NULL)
			db_columns_add(columns, &did, &nsid, &c->rkey, &c->rev,
			    &c->cid, &c->action);
		else if (write_one(db, c, &did, &nsid, ++seq, st) == -1)
			return -1;
	}
	return columns == NULL ? 0 : write_columns(db, columns, seq, st);
}

static int
write_changes(struct db *db, int64_t seq, struct status *st)
{
	struct db_columns columns;
	int rc;

	if (!db->driver->arrays)
		return write_all(db, NULL, seq, st);
	if (db_columns_open(&columns, "tttttt", db->feed->n, st) == -1)
		return -1;
	rc = write_all(db, &columns, seq, st);
	db_columns_free(&columns);
	return rc;
}

/* First write everything else of the transaction, before others must wait. */
int
db_change_flush(struct db *db, struct status *st)
{
	struct db_feed *f = db->feed;
	int64_t seq;

	if (f == NULL || f->n == 0)
		return 0;
	if (db_settle(db, f->changes[0].account, st) == -1 ||
	    take_numbers(db, (int64_t)f->n, &seq, st) == -1 ||
	    write_changes(db, seq, st) == -1)
		return -1;
	pool_free(&f->pool);
	f->n = 0;
	return 0;
}

/* Changes */

static int
copy_text(struct db_feed *f, struct slice *t, struct status *st)
{
	if (t->at == NULL)
		return 0;
	t->at = pool_copy(&f->pool, t, st);
	return t->at == NULL ? -1 : 0;
}

static int
add(struct db_feed *f, const struct db_change *c, struct status *st)
{
	struct change change = {
		.account = c->key.account,
		.collection = c->key.collection,
		.rkey = c->key.rkey,
		.rev = slice_of(c->rev),
		.cid = c->cid,
		.action = slice_of(!c->is ? "delete" :
			c->was            ? "update" :
					    "create"),
	};

	if (!c->is)
		change.cid.at = NULL;
	if (!ARRAY_GROW(f->changes, f->n, f->room))
		return status_no_memory(st);
	if (copy_text(f, &change.rkey, st) == -1 ||
	    copy_text(f, &change.rev, st) == -1 ||
	    copy_text(f, &change.cid, st) == -1)
		return -1;
	f->changes[f->n++] = change;
	return 0;
}

/* A process that creates a collection takes the shared lock and then numbers.
 * Taking numbers early must use the same order, or two processes could wait for
 * each other. */
int
db_change_note(struct db *db, const struct db_change *c, struct status *st)
{
	struct db_feed *f = db->feed;

	if (!db_change_is_on(db) || (!c->was && !c->is))
		return 0;
	if (f->n == CHANGES_MAX &&
	    (db_share(db, st) == -1 || db_change_flush(db, st) == -1))
		return -1;
	return add(f, c, st);
}

int
db_change_clear(struct db *db, int64_t account, const struct slice *did,
    struct status *st)
{
	int64_t n, seq;

	if (!db_change_is_on(db))
		return 0;
	if (db_one(db, st, &n,
		"SELECT count(*) FROM entry WHERE account = $1 AND state < 2",
		"i", account) == -1 ||
	    take_numbers(db, n, &seq, st) == -1)
		return -1;
	return db_run(db, st,
	    "INSERT INTO feed_change (seq, did, collection, rkey, action, ms) "
	    "SELECT $1 + row_number() OVER (ORDER BY c.nsid, e.rkey), $2, "
	    "c.nsid, e.rkey, 'delete', $3 FROM entry e "
	    "JOIN collection c ON c.id = e.collection "
	    "WHERE e.account = $4 AND e.state < 2",
	    "itii", seq, did, db->now_ms, account);
}

/* The switch */

static int
switch_to(struct db *db, bool on, struct status *st)
{
	const struct db_plan none = { 0 };
	bool stale;

	if (db->driver->begin(db, &none, &stale, st) == -1 ||
	    (db->driver->hold_feed != NULL &&
		db->driver->hold_feed(db, true, st) == -1) ||
	    db_run(db, st, "UPDATE feed SET active = $1", "i", (int64_t)on) ==
		-1)
		return -1;
	return db->driver->commit(db, st);
}

int
db_change_switch(struct db *db, bool on, struct status *st)
{
	int64_t active;

	if (db_one(db, st, &active, "SELECT active FROM feed", "") == -1)
		return -1;
	return (active != 0) == on ? 0 : switch_to(db, on, st);
}
