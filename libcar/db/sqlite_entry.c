#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/db/sqlite_ahead_private.h"
#include "libcar/db/sqlite_entry_private.h"
#include "libcar/db/sqlite_insert_private.h"
#include "libcar/db/sqlite_passed_private.h"
#include "libcar/db/sqlite_tail_private.h"

/*
 * Entries in SQLite. The keys of a snapshot usually come in order, so a cursor
 * reads the rows of a collection in parallel: see db_sqlite_find(). The keys of
 * a stream switch between collections, and usually follow all rows:
 * sqlite_tail.c remembers where the rows end.
 */

#define CURSOR_STEPS 16 /* rows to read before a new search */
#define KEY_BYTES 1024  /* maximum length of a key to remember */

/* The position of the last look-up. */
struct cursor {
	struct db_sqlite_ahead rows;
	bool known;                  /* the row is the next one after `last` */
	bool end;                    /* there is no next row */
	bool found;                  /* the row is that of `last` */
	int64_t account, collection; /* 0: no look-up yet */
	struct slice rkey;           /* of the row */
	char last[KEY_BYTES];
	size_t last_len;
};

struct db_sqlite_entries {
	struct cursor cursor;
	struct db_sqlite_tails tails; /* without the cursor's collection */
	const struct db_named *named; /* of the running db_sqlite_keys() */
	struct db_sqlite_inserts inserts;
	struct db_sqlite_passed passed;
};

int
db_sqlite_entry_flush(struct db_sqlite *d, struct status *st)
{
	return db_sqlite_insert_flush(d, &d->entries->inserts, st);
}

static struct cursor *
cursor_of(struct db_sqlite *d)
{
	return &d->entries->cursor;
}

static int
step(struct db_sqlite *d, struct status *st)
{
	struct cursor *c = cursor_of(d);
	int got = db_sqlite_ahead_next(&c->rows, d, st);

	c->end = got == 0;
	if (got == 1)
		c->rkey = db_sqlite_ahead_rkey(&c->rows);
	return got;
}

static int
seek(struct db_sqlite *d, const struct db_key *k, struct status *st)
{
	struct cursor *c = cursor_of(d);
	int got;

	c->known = c->found = false;
	c->account = k->account;
	c->collection = k->collection;
	if (db_sqlite_entry_flush(d, st) == -1 ||
	    db_sqlite_ahead_seek(&c->rows, d, k, st) == -1 ||
	    (got = step(d, st)) == -1)
		return -1;
	c->known = k->rkey.len <= sizeof(c->last);
	return got;
}

static bool
is_at(const struct cursor *c, const struct db_key *k)
{
	return c->account == k->account && c->collection == k->collection;
}

/* Can the cursor find the key from its last key on? */
static bool
follows(const struct cursor *c, const struct db_key *k)
{
	const struct slice last = { c->last, c->last_len };

	return c->known && slice_compare(&k->rkey, &last) > 0;
}

/* The cursor is about to leave its row. Note the row if no key was found
 * there. */
static void
pass(struct db_sqlite_entries *all)
{
	struct cursor *c = &all->cursor;
	const struct db_key k = { c->account, c->collection, { NULL, 0 } };

	if (!c->found)
		db_sqlite_passed_add(&all->passed, &k,
		    db_sqlite_ahead_id(&c->rows));
	c->found = false;
}

/* Remember what is known about the cursor's collection. */
static void
leave(struct db_sqlite_entries *all)
{
	struct cursor *c = &all->cursor;
	const struct db_key last = { c->account, c->collection,
		{ c->last, c->last_len } };

	if (c->account == 0)
		return;
	if (c->known && c->end) {
		db_sqlite_tails_set(&all->tails, &last);
		return;
	}
	if (c->known)
		pass(all);
	db_sqlite_tails_unset(&all->tails, &last);
}

/* Move to the collection of a key, if the collection ends before the key. */
static bool
enter(struct db_sqlite_entries *all, const struct db_key *k)
{
	struct cursor *c = &all->cursor;

	leave(all);
	if (!db_sqlite_tails_precede(&all->tails, k))
		return false;
	db_sqlite_ahead_stop(&c->rows);
	c->account = k->account;
	c->collection = k->collection;
	c->known = c->end = true;
	return true;
}

/*
 * Keys of a snapshot usually come in order: the cursor reads the rows in
 * parallel, and after the last row needs no look-up. One statement per key
 * takes 4 times as long. A stream's key after the last row of its collection
 * needs no statement either: this reduces the time of live lines to 0.85.
 */
int
db_sqlite_find(struct db *db, const struct db_key *k, struct db_entry *e,
    struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);
	struct cursor *c = cursor_of(d);
	int steps, order = -1;
	bool found;

	e->id = 0;
	found = is_at(c, k) ? follows(c, k) : enter(d->entries, k);
	if (!found && seek(d, k, st) == -1)
		return -1;
	for (steps = 0; !c->end; steps++) {
		order = c->found ? -1 : slice_compare(&c->rkey, &k->rkey);
		if (order >= 0)
			break;
		pass(d->entries);
		if ((steps < CURSOR_STEPS ? step(d, st) : seek(d, k, st)) == -1)
			return -1;
	}
	c->known = c->known && k->rkey.len <= sizeof(c->last);
	if (c->known) {
		memcpy(c->last, k->rkey.at, k->rkey.len);
		c->last_len = k->rkey.len;
	}
	c->found = !c->end && order == 0;
	if (c->found)
		db_sqlite_ahead_entry(&c->rows, e);
	return 0;
}

/* After the commit, an open row would show an old state, and would keep the WAL
 * from being reused. If no keys follow, that remains known. */
void
db_sqlite_entry_pause(struct db_sqlite *d)
{
	struct cursor *c = cursor_of(d);

	if (c->end)
		return;
	if (c->known)
		pass(d->entries);
	db_sqlite_ahead_stop(&c->rows);
	c->known = false;
}

static void
forget(struct db_sqlite *d)
{
	cursor_of(d)->known = false;
	cursor_of(d)->account = 0;
	db_sqlite_tails_free(&d->entries->tails);
}

void
db_sqlite_entry_made(struct db_sqlite *d, int64_t account)
{
	db_sqlite_tails_made(&d->entries->tails, account);
}

void
db_sqlite_entry_forget(struct db_sqlite *d)
{
	forget(d);
	db_sqlite_insert_forget(&d->entries->inserts);
}

static int
insert(struct db_sqlite *d, const struct db_key *k, struct db_entry *e,
    const struct slice *record, struct status *st)
{
	/* Callers normally look up a key just before they put it. */
	if (!is_at(cursor_of(d), k))
		forget(d);
	return db_sqlite_insert(d, &d->entries->inserts, k, e, record, st);
}

int
db_sqlite_put(struct db *db, const struct db_key *k, struct db_entry *e,
    const struct slice *record, struct status *st)
{
	if (e->id == 0)
		return insert(db_sqlite_of(db), k, e, record, st);
	return db_run(db, st,
	    "UPDATE entry SET rev = $1, state = $2, indexed = $3, cid = $4, "
	    "record = $5 WHERE id = $6",
	    "siitti", e->rev, (int64_t)e->state, db->now_ms / 1000, &e->cid,
	    record, e->id);
}

int
db_sqlite_touch(struct db *db, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	(void)k;
	return db_run(db, st,
	    "UPDATE entry SET rev = $1, state = $2 WHERE id = $3", "sii",
	    e->rev, (int64_t)e->state, e->id);
}

int
db_sqlite_remove(struct db *db, const struct db_key *k, int64_t entry,
    struct status *st)
{
	struct db_sqlite *d = db_sqlite_of(db);

	(void)k;
	/* The cursor may be at this row. */
	if (!cursor_of(d)->end)
		cursor_of(d)->known = false;
	return db_run(db, st, "DELETE FROM entry WHERE id = $1", "i", entry);
}

/* The SQL function named(id), for the statement of db_sqlite_keys(). */
static void
is_named(sqlite3_context *context, int argc, sqlite3_value **argv)
{
	const struct db_sqlite_entries *all = sqlite3_user_data(context);
	const struct db_named *named = all->named;

	(void)argc;
	sqlite3_result_int(context,
	    named->has(named->arg, sqlite3_value_int64(argv[0])));
}

int
db_sqlite_entry_open(struct db_sqlite *d, struct status *st)
{
	if ((d->entries = calloc(1, sizeof(*d->entries))) == NULL)
		return status_no_memory(st);
	d->entries->cursor.end = true;
	if (db_sqlite_ahead_open(&d->entries->cursor.rows, d, st) == -1)
		return -1;
	if (sqlite3_create_function(d->conn, "named", 1,
		SQLITE_UTF8 | SQLITE_DIRECTONLY, d->entries, is_named, NULL,
		NULL) != SQLITE_OK)
		return db_sqlite_fail(d, st);
	return 0;
}

void
db_sqlite_entry_close(struct db_sqlite *d)
{
	if (d->entries == NULL)
		return;
	db_sqlite_ahead_free(&d->entries->cursor.rows);
	db_sqlite_tails_free(&d->entries->tails);
	free(d->entries);
}

/* The entries of a collection that aren't named, for db_sqlite_keys(). */
struct unnamed {
	struct db_key key; /* without rkey */
	const struct db_named *named;
	int (*fn)(void *, const struct db_key *, const struct db_entry *,
	    struct status *);
	void *arg;
};

static int
give(const struct unnamed *u, int64_t id, const struct slice *rkey,
    struct status *st)
{
	struct db_key k = u->key;
	const struct db_entry e = { .id = id };

	k.rkey = *rkey;
	return u->fn(u->arg, &k, &e, st);
}

/* What the cursor passed. Ascending keys prove that each comes once. */
struct passed {
	uint64_t given;
	char key[KEY_BYTES];
	struct slice last; /* there */
	bool ascend;
};

static int
give_passed(struct db_sqlite *d, const struct unnamed *u, int64_t id,
    struct passed *p, struct status *st)
{
	struct slice rkey;
	struct db_rows rows;

	db_query(&d->db, &rows, st,
	    "SELECT rkey FROM entry WHERE id = $1 AND account = $2 AND "
	    "collection = $3",
	    "iii", id, u->key.account, u->key.collection);
	if (db_next(&rows)) {
		rkey = db_text(&rows, 0);
		p->ascend = rkey.len <= sizeof(p->key) &&
		    (p->given == 0 || slice_compare(&rkey, &p->last) > 0);
		if (p->ascend) {
			memcpy(p->key, rkey.at, rkey.len);
			p->last = slice_make(p->key, rkey.len);
			p->given++;
			rows.rc = give(u, id, &rkey, st);
		}
	}
	return db_end(&rows);
}

/* Give those of them that exist and aren't named. */
static int
give_all_passed(struct db_sqlite *d, const struct unnamed *u, uint64_t *given,
    struct status *st)
{
	struct db_sqlite_passed *all = &d->entries->passed;
	struct passed p = { .ascend = true };
	size_t at = 0;
	int64_t id;

	while (p.ascend && (id = db_sqlite_passed_next(all, &u->key, &at)) != 0)
		if (!u->named->has(u->named->arg, id) &&
		    give_passed(d, u, id, &p, st) == -1)
			return -1;
	db_sqlite_passed_drop(all, &u->key);
	*given = p.given;
	return 0;
}

/*
 * If each named key has an entry, the number of entries tells how many aren't
 * named. Counting takes half the time of reading them. After keys that came in
 * order, the cursor has usually passed all that aren't named. A large repo
 * again with 1 % of its records changed then takes 0.9 of the instructions.
 */
static int
give_counted(struct db_sqlite *d, const struct unnamed *u, bool *all,
    struct status *st)
{
	uint64_t given = 0;
	int64_t n;

	*all = false;
	if (!u->named->whole)
		return 0;
	if (db_one(&d->db, st, &n,
		"SELECT count(*) FROM entry WHERE account = $1 AND "
		"collection = $2",
		"ii", u->key.account, u->key.collection) == -1)
		return -1;
	if ((uint64_t)n != u->named->count &&
	    give_all_passed(d, u, &given, st) == -1)
		return -1;
	*all = (uint64_t)n == u->named->count + given;
	return 0;
}

/* SQLite reads only the index, and returns only unnamed rows: 1.5 times as fast
 * as stepping through all rows. */
int
db_sqlite_keys(struct db *db, int64_t account, int64_t collection,
    const struct db_named *named,
    int (*fn)(void *, const struct db_key *, const struct db_entry *,
	struct status *),
    void *arg, struct status *st)
{
	const struct unnamed u = { { account, collection, { NULL, 0 } }, named,
		fn, arg };
	struct slice rkey;
	struct db_rows rows;
	bool all;

	if (give_counted(db_sqlite_of(db), &u, &all, st) == -1)
		return -1;
	if (all)
		return 0;
	db_sqlite_of(db)->entries->named = named;
	db_query(db, &rows, st,
	    "SELECT id, rkey FROM entry WHERE account = $1 AND "
	    "collection = $2 AND NOT named(id) ORDER BY rkey",
	    "ii", account, collection);
	while (db_next(&rows)) {
		rkey = db_text(&rows, 1);
		rows.rc = give(&u, db_integer(&rows, 0), &rkey, st);
	}
	return db_end(&rows);
}
