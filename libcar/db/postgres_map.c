#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/db/postgres_map_private.h"
#include "libcar/stream/line.h"

/*
 * A hash table of nodes. A memory pool holds the nodes and their texts until
 * the transaction ends.
 */

#define KEYS_MAX 1024 /* most keys of an account to walk through */

int
db_postgres_map_copy(struct db_postgres_map *m, struct slice *t,
    struct status *st)
{
	if (t->len == 0)
		return 0;
	t->at = pool_copy(&m->pool, t, st);
	return t->at == NULL ? -1 : 0;
}

/* The secret prevents attackers from constructing keys that collide. */
static uint64_t
hash(const struct db_postgres_map *m, const struct db_key *k)
{
	unsigned char bytes[2 * sizeof(int64_t) + LINE_KEY_BYTES];
	size_t n = k->rkey.len < LINE_KEY_BYTES ? k->rkey.len : LINE_KEY_BYTES;

	memcpy(bytes, &k->account, sizeof(int64_t));
	memcpy(bytes + sizeof(int64_t), &k->collection, sizeof(int64_t));
	if (n > 0)
		memcpy(bytes + 2 * sizeof(int64_t), k->rkey.at, n);
	return hash_keyed(m->secret, bytes, 2 * sizeof(int64_t) + n);
}

static bool
same_key(const struct db_key *a, const struct db_key *b)
{
	return a->account == b->account && a->collection == b->collection &&
	    a->rkey.len == b->rkey.len &&
	    (a->rkey.len == 0 ||
		memcmp(a->rkey.at, b->rkey.at, a->rkey.len) == 0);
}

/* The slot that has the key's node, or a free one for it. */
static struct db_postgres_node **
slot(struct db_postgres_map *m, const struct db_key *k, uint64_t h)
{
	size_t i = h & (m->nslots - 1);

	while (m->slots[i] != NULL &&
	    (m->slots[i]->hash != h || !same_key(&m->slots[i]->key, k)))
		i = (i + 1) & (m->nslots - 1);
	return &m->slots[i];
}

static int
grow(struct db_postgres_map *m, struct status *st)
{
	struct db_postgres_node **old = m->slots, *n;
	size_t nold = m->nslots, i;

	m->nslots = nold == 0 ? 1024 : 2 * nold;
	if ((m->slots = calloc(m->nslots, sizeof(*m->slots))) == NULL) {
		m->slots = old;
		m->nslots = nold;
		return status_no_memory(st);
	}
	for (i = 0; i < nold; i++)
		if ((n = old[i]) != NULL)
			*slot(m, &n->key, n->hash) = n;
	free(old);
	return 0;
}

/* Does the key come after all nodes? Keys of a snapshot usually come in order,
 * so most look-ups in vain need no hash. Hashing took a seventh of this
 * process's time. */
static bool
follows_all(const struct db_postgres_map *m, const struct db_key *k)
{
	const struct db_key *last;

	if (m->last == NULL)
		return true;
	last = &m->last->key;
	if (k->account != last->account)
		return k->account > last->account;
	if (k->collection != last->collection)
		return k->collection > last->collection;
	return slice_compare(&k->rkey, &last->rkey) > 0;
}

struct db_postgres_node *
db_postgres_map_get(struct db_postgres_map *m, const struct db_key *k)
{
	return follows_all(m, k) ? NULL : *slot(m, k, hash(m, k));
}

/* Add the key to the list of its account, if the account has a node. */
static void
hang(struct db_postgres_map *m, struct db_postgres_node *n)
{
	struct db_postgres_node *account;

	if (n->key.collection == 0 ||
	    (account = db_postgres_map_account(m, n->key.account)) == NULL)
		return;
	n->next = account->next;
	account->next = n;
	account->nkeys++;
}

/* Find or create the node. NULL: no memory. */
struct db_postgres_node *
db_postgres_map_need(struct db_postgres_map *m, const struct db_key *k,
    struct status *st)
{
	uint64_t h = hash(m, k);
	struct db_postgres_node **at, *n;

	if (m->nnodes >= m->nslots / 2 && grow(m, st) == -1)
		return NULL;
	if (*(at = slot(m, k, h)) != NULL)
		return *at;
	if ((n = pool_take(&m->pool, sizeof(*n), st)) == NULL)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->key = *k;
	n->hash = h;
	if (db_postgres_map_copy(m, &n->key.rkey, st) == -1)
		return NULL;
	m->nnodes++;
	*at = n;
	if (follows_all(m, &n->key))
		m->last = n;
	hang(m, n);
	return n;
}

struct db_postgres_node *
db_postgres_map_account(struct db_postgres_map *m, int64_t account)
{
	const struct db_key k = { .account = account };

	return db_postgres_map_get(m, &k);
}

struct db_postgres_node *
db_postgres_map_keys(struct db_postgres_map *m, int64_t account, bool *known)
{
	const struct db_postgres_node *n = db_postgres_map_account(m, account);

	*known = n != NULL && n->known && n->nkeys <= KEYS_MAX;
	return *known ? n->next : NULL;
}

void
db_postgres_map_clear(struct db_postgres_map *m)
{
	pool_free(&m->pool);
	free(m->slots);
	m->slots = NULL;
	m->last = NULL;
	m->nslots = m->nnodes = m->nchanged = m->nunsigned = 0;
}

void
db_postgres_map_free(struct db_postgres_map *m)
{
	db_postgres_map_clear(m);
	free(m->changed);
	free(m->unsigned_accounts);
	memset(m, 0, sizeof(*m));
}

/* Read from the columns id, rev, state, cid. */
void
db_postgres_map_read(struct db_entry *e, const struct db_rows *rows, int column)
{
	e->id = db_integer(rows, column);
	db_rev(e->rev, rows, column + 1);
	e->state = (unsigned)db_integer(rows, column + 2);
	e->cid = db_text(rows, column + 3);
	e->indexed = 0;
}

/* The node of a row, from the columns rkey, id, rev, state, cid. */
struct db_postgres_node *
db_postgres_map_take(struct db_postgres *d, struct db_key k,
    const struct db_rows *rows, int column, struct status *st)
{
	struct db_postgres_node *n;

	k.rkey = db_text(rows, column);
	if ((n = db_postgres_map_need(d->map, &k, st)) == NULL ||
	    n->change != DB_POSTGRES_NONE)
		return n;
	n->known = n->stored = true;
	db_postgres_map_read(&n->entry, rows, column + 1);
	return db_postgres_map_copy(d->map, &n->entry.cid, st) == -1 ? NULL : n;
}

int
db_postgres_map_take_all(struct db_postgres *d, struct db_rows *rows,
    struct status *st)
{
	struct db_key k = { 0 };

	while (db_next(rows)) {
		k.account = db_integer(rows, 0);
		k.collection = db_integer(rows, 1);
		if (db_postgres_map_take(d, k, rows, 2, st) == NULL)
			rows->rc = -1;
	}
	return db_end(rows);
}
