#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/db/sqlite_tail_private.h"

/*
 * A hash table by account and collection, with open addressing, at most half
 * full. At its maximum size it is emptied: each forgotten tail costs a query.
 * We assign the ids, so nobody can make them collide.
 */

#define FIRST_SLOTS 1024
#define MAX_SLOTS 131072 /* 4 MiB */
#define KEY_BYTES 15     /* a TID has 13 */
#define UNKNOWN 0xff     /* in place of a length */

struct db_sqlite_tail {
	int64_t account, collection; /* 0: the slot is free */
	char rkey[KEY_BYTES];
	unsigned char len;
};

/* The slot that has the tail of the key's collection, or would have it. */
static struct db_sqlite_tail *
slot(const struct db_sqlite_tails *all, const struct db_key *k)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = (uint64_t)k->account * odd + (uint64_t)k->collection;
	struct db_sqlite_tail *t;
	size_t i;

	h = (h ^ h >> 32) * odd;
	i = (size_t)(h >> 32) & (all->nslots - 1);
	while ((t = &all->slots[i])->account != 0 &&
	    (t->account != k->account || t->collection != k->collection))
		i = (i + 1) & (all->nslots - 1);
	return t;
}

static bool
is_after(const struct slice *rkey, const struct db_sqlite_tail *t)
{
	const struct slice last = { t->rkey, t->len };

	return slice_compare(rkey, &last) > 0;
}

bool
db_sqlite_tails_precede(const struct db_sqlite_tails *all,
    const struct db_key *k)
{
	const struct db_sqlite_tail *t;

	if (all->nslots > 0 && (t = slot(all, k))->account != 0)
		return t->len != UNKNOWN && is_after(&k->rkey, t);
	return all->made_from != 0 && k->account >= all->made_from;
}

static bool
grow(struct db_sqlite_tails *all)
{
	struct db_sqlite_tails more = { .made_from = all->made_from };
	const struct db_sqlite_tail *t;
	size_t i;

	more.nslots = all->nslots == 0 ? FIRST_SLOTS : 2 * all->nslots;
	more.n = all->n;
	if (more.nslots > MAX_SLOTS ||
	    (more.slots = calloc(more.nslots, sizeof(*t))) == NULL)
		return false;
	for (i = 0; i < all->nslots; i++)
		if ((t = &all->slots[i])->account != 0)
			*slot(&more,
			    &(struct db_key){ t->account, t->collection,
				{ 0 } }) = *t;
	free(all->slots);
	*all = more;
	return true;
}

/* The tail of the key's collection, created if missing. NULL: all tails were
 * forgotten. */
static struct db_sqlite_tail *
get(struct db_sqlite_tails *all, const struct db_key *k)
{
	struct db_sqlite_tail *t;

	if (all->n >= all->nslots / 2 && !grow(all)) {
		db_sqlite_tails_free(all);
		return NULL;
	}
	t = slot(all, k);
	all->n += t->account == 0;
	t->account = k->account;
	t->collection = k->collection;
	t->len = UNKNOWN;
	return t;
}

void
db_sqlite_tails_set(struct db_sqlite_tails *all, const struct db_key *k)
{
	struct db_sqlite_tail *t = get(all, k);

	if (t == NULL || k->rkey.len > sizeof(t->rkey))
		return;
	memcpy(t->rkey, k->rkey.at, k->rkey.len);
	t->len = (unsigned char)k->rkey.len;
}

void
db_sqlite_tails_unset(struct db_sqlite_tails *all, const struct db_key *k)
{
	get(all, k);
}

void
db_sqlite_tails_made(struct db_sqlite_tails *all, int64_t account)
{
	if (all->made_from == 0)
		all->made_from = account;
}

void
db_sqlite_tails_free(struct db_sqlite_tails *all)
{
	free(all->slots);
	memset(all, 0, sizeof(*all));
}
