#include "config.h"

#include <string.h>

#include "libcar/db/change_private.h"
#include "libcar/db/driver_private.h"
#include "libcar/db/entry.h"

/*
 * Queries for entries that needn't be fast; the driver has the fast ones.
 * Changes of rows that people see are noted for the feed.
 */

int
db_find(struct db *db, const struct db_key *k, struct db_entry *e,
    struct status *st)
{
	return db->driver->find(db, k, e, st);
}

/* Only records are rows that people see. */
static bool
is_row(unsigned state)
{
	return (state & ~(unsigned)DB_LISTED) == DB_RECORD;
}

/* Read the entry before it changes, if changes are recorded. */
static int
find_old(struct db *db, const struct db_key *k, int64_t entry,
    struct db_entry *old, struct status *st)
{
	*old = (struct db_entry){ .state = DB_TOMBSTONE };
	if (entry == 0 || !db_change_is_on(db))
		return 0;
	return db_find(db, k, old, st);
}

static int
note(struct db *db, const struct db_key *k, bool was, const struct db_entry *e,
    struct status *st)
{
	const struct db_change c = {
		.key = *k,
		.was = was,
		.is = is_row(e->state),
		.rev = e->rev,
		.cid = e->cid,
	};

	return db_change_note(db, &c, st);
}

int
db_put(struct db *db, const struct db_key *k, struct db_entry *e,
    const struct slice *record, struct status *st)
{
	struct db_entry old;
	bool was;

	if (find_old(db, k, e->id, &old, st) == -1)
		return -1;
	was = old.id != 0 && is_row(old.state);
	if (db->driver->put(db, k, e, record, st) == -1)
		return -1;
	return note(db, k, was, e, st);
}

int
db_touch(struct db *db, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct db_entry old;
	bool same;

	if (find_old(db, k, e->id, &old, st) == -1)
		return -1;
	same = memcmp(old.rev, e->rev, DB_REV_BYTES) == 0;
	if (db->driver->touch(db, k, e, st) == -1)
		return -1;
	return same ? 0 : note(db, k, is_row(old.state), e, st);
}

int
db_remove(struct db *db, const struct db_key *k, int64_t entry, const char *rev,
    struct status *st)
{
	struct db_entry old, none = { .state = DB_TOMBSTONE };
	bool was;

	if (find_old(db, k, entry, &old, st) == -1)
		return -1;
	was = old.id != 0 && is_row(old.state);
	if (db->driver->remove(db, k, entry, st) == -1)
		return -1;
	memcpy(none.rev, rev, DB_REV_BYTES);
	return note(db, k, was, &none, st);
}

int
db_keys(struct db *db, int64_t account, int64_t collection,
    const struct db_named *named,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	return db->driver->keys(db, account, collection, named, fn, arg, st);
}

typedef int take_entry(void *, const struct db_key *, const struct db_entry *,
    struct status *);

static int
known_entries(struct db *db, int64_t account, bool *known, take_entry *fn,
    void *arg, struct status *st)
{
	*known = false;
	return db->driver->known == NULL ?
	    0 :
	    db->driver->known(db, account, known, fn, arg, st);
}

/* The smallest collection id greater than this one. */
struct next {
	int64_t after, found;
};

static int
find_next(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct next *n = arg;

	(void)e;
	(void)st;
	if (k->collection > n->after &&
	    (n->found == 0 || k->collection < n->found))
		n->found = k->collection;
	return 0;
}

int
db_next_collection(struct db *db, int64_t account, int64_t *collection,
    struct status *st)
{
	int64_t after = *collection;
	struct next next = { after, 0 };
	struct db_rows rows;
	bool known;

	*collection = 0;
	if (db_fresh(db, account))
		return 0;
	if (known_entries(db, account, &known, find_next, &next, st) == -1)
		return -1;
	if (known) {
		*collection = next.found;
		return 0;
	}
	if (db_settle(db, account, st) == -1)
		return -1;
	db_query(db, &rows, st,
	    "SELECT collection FROM entry WHERE account = $1 AND "
	    "collection > $2 ORDER BY collection LIMIT 1",
	    "ii", account, after);
	if (db_next(&rows))
		*collection = db_integer(&rows, 0);
	return db_end(&rows);
}

struct tombstones {
	take_entry *fn;
	void *arg;
};

static int
take_tombstone(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	const struct tombstones *t = arg;

	return e->state < DB_TOMBSTONE ? 0 : t->fn(t->arg, k, e, st);
}

int
db_tombstones(struct db *db, int64_t account, take_entry *fn, void *arg,
    struct status *st)
{
	struct tombstones t = { fn, arg };
	struct db_key k = { .account = account };
	struct db_entry e = { 0 };
	struct db_rows rows;
	bool known;

	if (known_entries(db, account, &known, take_tombstone, &t, st) == -1)
		return -1;
	if (known)
		return 0;
	if (db_settle(db, account, st) == -1)
		return -1;
	db_query(db, &rows, st,
	    "SELECT id, rev, state, rkey, collection, indexed FROM entry "
	    "WHERE account = $1 AND state >= 4 ORDER BY id",
	    "i", account);
	while (db_next(&rows)) {
		e.id = db_integer(&rows, 0);
		db_rev(e.rev, &rows, 1);
		e.state = db_integer(&rows, 2);
		k.rkey = db_text(&rows, 3);
		k.collection = db_integer(&rows, 4);
		e.indexed = db_integer(&rows, 5);
		rows.rc = fn(arg, &k, &e, st);
	}
	return db_end(&rows);
}

int
db_old_tombstones(struct db *db, int64_t before, int64_t limit, int64_t *last,
    int (*fn)(void *, const struct slice *, struct status *), void *arg,
    struct status *st)
{
	struct slice did;
	struct db_rows rows;

	db_query(db, &rows, st,
	    "SELECT a.id, a.did FROM (SELECT DISTINCT account FROM entry "
	    "WHERE state >= 4 AND indexed < $1 AND account > $2 "
	    "ORDER BY account LIMIT $3) e "
	    "JOIN account a ON a.id = e.account ORDER BY a.id",
	    "iii", before, *last, limit);

	while (db_next(&rows)) {
		*last = db_integer(&rows, 0);
		did = db_text(&rows, 1);
		rows.rc = fn(arg, &did, st);
	}
	return db_end(&rows);
}
