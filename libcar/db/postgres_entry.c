#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/db/postgres_copy_private.h"
#include "libcar/db/postgres_entry_private.h"
#include "libcar/db/postgres_range_private.h"

/*
 * Entries of PostgreSQL. A transaction collects its changes in memory and
 * writes them when other queries need them, at the latest at the commit.
 */

#define PAGE_ROWS 10000
#define BITS_MAX ((int64_t)1 << 27)
#define IDS 4096 /* ids of entries, reserved at once */

/* The node of the key, after finding out whether there is an entry. */
static struct db_postgres_node *
know(struct db_postgres *d, const struct db_key *k, struct status *st)
{
	const struct db_postgres_node *account = db_postgres_map_account(d->map,
	    k->account);
	struct db_postgres_node *n = db_postgres_map_need(d->map, k, st);
	struct db_postgres_wanted w = { (struct db_key *)k, 1 };
	struct db_postgres_range *r = NULL;
	struct db_rows row;

	if (n == NULL || n->known)
		return n;
	if ((account != NULL && account->known) ||
	    k->collection > d->map->last_collection)
		n->known = true;
	else if (db_postgres_range_need(d, k, &r, st) == -1)
		return NULL;
	else if (r != NULL) {
		n->known = true;
		if (db_postgres_range_row(d, r, &k->rkey, &row)) {
			n->stored = true;
			db_postgres_map_read(&n->entry, &row, 1);
		}
	} else if (!n->known && db_postgres_wanted_find(d, &w, st) == -1)
		return NULL;
	return n;
}

/* Keys in a range need no node until they change. */
int
db_postgres_find(struct db *db, const struct db_key *k, struct db_entry *e,
    struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	const struct db_postgres_node *n = db_postgres_map_get(d->map, k);
	struct db_postgres_range *r = NULL;
	struct db_rows row;

	if (n == NULL && db_postgres_range_need(d, k, &r, st) == -1)
		return -1;
	if (r != NULL) {
		if (db_postgres_range_row(d, r, &k->rkey, &row))
			db_postgres_map_read(e, &row, 1);
		else
			e->id = 0;
		return 0;
	}
	if ((n == NULL || !n->known) && (n = know(d, k, st)) == NULL)
		return -1;
	*e = n->entry;
	return 0;
}

/* Note that this entry, and so its account, differs from the table. */
static int
note_change(struct db_postgres *d, struct db_postgres_node *n,
    struct status *st)
{
	const struct db_key k = { .account = n->key.account };
	struct db_postgres_map *m = d->map;
	struct db_postgres_node *account = db_postgres_map_need(m, &k, st);

	if (account == NULL)
		return -1;
	account->change = DB_POSTGRES_WRITTEN;
	account->fresh = false;
	if (n->listed)
		return 0;
	if (!ARRAY_GROW(m->changed, m->nchanged, m->changed_room))
		return status_no_memory(st);
	m->changed[m->nchanged++] = n;
	n->listed = true;
	return 0;
}

/* Take an id that no other process has. */
static int
new_id(struct db_postgres *d, int64_t *id, struct status *st)
{
	if (d->next_id == d->end_id) {
		if (db_one(&d->db, st, &d->next_id,
			"SELECT nextval('entry_id')", "") == -1)
			return -1;
		d->end_id = d->next_id + IDS;
	}
	*id = d->next_id++;
	return 0;
}

int
db_postgres_put(struct db *db, const struct db_key *k, struct db_entry *e,
    const struct slice *record, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	struct db_postgres_node *n = know(d, k, st);

	if (n == NULL || (e->id == 0 && new_id(d, &e->id, st) == -1))
		return -1;
	n->entry = *e;
	n->record = *record;
	n->indexed = db->now_ms / 1000;
	n->change = DB_POSTGRES_WRITTEN;
	if (db_postgres_map_copy(d->map, &n->entry.cid, st) == -1)
		return -1;
	return note_change(d, n, st);
}

int
db_postgres_touch(struct db *db, const struct db_key *k,
    const struct db_entry *e, struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	struct db_postgres_node *n = know(d, k, st);

	if (n == NULL)
		return -1;
	memcpy(n->entry.rev, e->rev, DB_REV_BYTES);
	n->entry.state = e->state;
	if (n->change == DB_POSTGRES_NONE)
		n->change = DB_POSTGRES_TOUCHED;
	return note_change(d, n, st);
}

int
db_postgres_remove(struct db *db, const struct db_key *k, int64_t entry,
    struct status *st)
{
	struct db_postgres *d = db_postgres_of(db);
	struct db_postgres_node *n = know(d, k, st);

	(void)entry;
	if (n == NULL)
		return -1;
	n->entry = (struct db_entry){ 0 };
	n->record = (struct slice){ NULL, 0 };
	n->change = DB_POSTGRES_REMOVED;
	return note_change(d, n, st);
}

/* Transactions */

/* Note that this process wrote the locked accounts. */
static int
sign_accounts(struct db_postgres *d, struct status *st)
{
	const struct db_postgres_map *m = d->map;
	const struct db_list list = { m->unsigned_accounts, NULL,
		m->nunsigned };

	if (m->nunsigned == 0)
		return 0;
	return db_run(&d->db, st,
	    "UPDATE account SET writer = $1 WHERE id = ANY ($2)", "ia",
	    d->writer, &list);
}

int
db_postgres_entry_flush(struct db_postgres *d, struct status *st)
{
	return db_postgres_copy_changes(d, st) == -1 ? -1 :
						       sign_accounts(d, st);
}

bool
db_postgres_fresh(struct db *db, int64_t account)
{
	const struct db_postgres_node *n =
	    db_postgres_map_account(db_postgres_of(db)->map, account);

	return n != NULL && n->fresh;
}

int
db_postgres_settle(struct db *db, int64_t account, struct status *st)
{
	const struct db_postgres_node *n =
	    db_postgres_map_account(db_postgres_of(db)->map, account);

	return n == NULL || n->change == DB_POSTGRES_NONE ?
	    0 :
	    db_postgres_copy_changes(db_postgres_of(db), st);
}

/* All of a collection */

/* The named entries as bits, for the server; empty if they would need too much
 * memory. */
static struct slice
named_bits(struct db_postgres *d, const struct db_named *named)
{
	const struct slice none = { NULL, 0 };
	struct buf *b = &d->bits;
	int64_t id, n = named->last - named->first + 1;
	char *p;

	b->len = 0;
	if (n <= 0 || n > BITS_MAX || (uint64_t)n / 64 > named->count ||
	    (p = buf_reserve(b, n / 8 + 1)) == NULL)
		return none;
	b->len = (size_t)n / 8 + 1;
	memset(p, 0, b->len);
	for (id = 0; id < n; id++)
		if (named->has(named->arg, named->first + id))
			p[id / 8] |= (char)(1 << id % 8);
	return (struct slice){ b->data, b->len };
}

/* Read a page of rows after *last, and set *last to the key of its last row.
 * Returns the number of rows. */
static int
read_page(struct db_postgres *d, struct db_key *k, struct buf *last,
    const struct db_named *named, const struct slice *bits,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	const struct slice after = { last->data, last->len };
	struct db_postgres_node *node;
	struct db_rows rows;
	int n = 0;

	db_query(&d->db, &rows, st,
	    "SELECT " DB_POSTGRES_ENTRY
	    " FROM entry e WHERE e.account = $1 AND "
	    "e.collection = $2 AND e.rkey > $3 AND ($5 IS NULL OR "
	    "e.id NOT BETWEEN $6 AND $7 OR "
	    "get_bit($5, CAST(e.id - $6 AS integer)) = 0) "
	    "ORDER BY e.rkey LIMIT $4",
	    "iitibii", k->account, k->collection, &after, (int64_t)PAGE_ROWS,
	    bits, named->first, named->last);
	while (db_next(&rows)) {
		k->rkey = db_text(&rows, 0);
		if (++n == PAGE_ROWS) {
			last->len = 0;
			buf_put(last, k->rkey.at, k->rkey.len);
		}
		if (named->has(named->arg, db_integer(&rows, 1)))
			continue;
		node = db_postgres_map_take(d, *k, &rows, 0, st);
		rows.rc = node == NULL ? -1 : fn(arg, k, &node->entry, st);
	}
	return db_end(&rows) == -1 ? -1 : n;
}

int
db_postgres_known(struct db *db, int64_t account, bool *known,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	struct db_postgres_node *n =
	    db_postgres_map_keys(db_postgres_of(db)->map, account, known);

	for (; n != NULL; n = n->next)
		if (n->entry.id != 0 && fn(arg, &n->key, &n->entry, st) == -1)
			return -1;
	return 0;
}

/* The entries of a collection that are not named. */
struct unnamed {
	int64_t collection;
	const struct db_named *named;
	int (*fn)(void *, const struct db_key *, const struct db_entry *,
	    struct status *);
	void *arg;
};

static int
take_unnamed(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	const struct unnamed *u = arg;

	if (k->collection != u->collection ||
	    u->named->has(u->named->arg, e->id))
		return 0;
	return u->fn(u->arg, k, e, st);
}

int
db_postgres_keys(struct db *db, int64_t account, int64_t collection,
    const struct db_named *named,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	struct unnamed u = { collection, named, fn, arg };
	bool known;
	struct db_key k = { account, collection, { NULL, 0 } };
	struct slice bits;
	struct buf last = { 0 };
	int n;

	if (db_postgres_known(db, account, &known, take_unnamed, &u, st) == -1)
		return -1;
	if (known)
		return 0;
	if (db_postgres_settle(db, account, st) == -1)
		return -1;
	bits = named_bits(db_postgres_of(db), named);
	buf_reserve(&last, 1);
	do
		n = read_page(db_postgres_of(db), &k, &last, named, &bits, fn,
		    arg, st);
	while (n == PAGE_ROWS && !last.failed);
	if (last.failed)
		n = status_no_memory(st);
	buf_free(&last);
	return n == -1 ? -1 : 0;
}
