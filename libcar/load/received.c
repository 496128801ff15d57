#include "config.h"

#include <search.h>
#include <sodium.h>
#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/received_private.h"

/*
 * A ring holds the hash values of keys, and new keys replace the oldest. Two
 * tables lead from a hash value to its latest key. Each key links to the one
 * before it: the same key, to find repetitions, and the same commit, to count.
 * A link to a replaced key ends the list. The hash depends on a secret, so
 * nobody can make keys collide.
 */

#define NAMES 65536 /* collections; beyond that, forget all keys */

struct load_received_key {
	uint64_t commit, key;
	/* Numbers of the previous keys, from 1. */
	uint64_t same_key, same_commit;
	struct name *name;
};

struct name {
	struct slice nsid;
};

static int
compare_names(const void *a, const void *b)
{
	const struct slice *x = &((const struct name *)a)->nsid;
	const struct slice *y = &((const struct name *)b)->nsid;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->len == 0 ? 0 : memcmp(x->at, y->at, x->len);
}

static void
forget_all(struct load_received *r)
{
	tdestroy(r->by_name, free);
	r->by_name = NULL;
	r->nnames = 0;
	if (r->keys == NULL)
		return;
	memset(r->by_key, 0, LOAD_RECEIVED * sizeof(*r->by_key));
	memset(r->by_commit, 0, LOAD_RECEIVED * sizeof(*r->by_commit));
}

/* The system allocates the pages of the ring when they are first written. */
static int
begin(struct load_received *r, struct status *st)
{
	if (r->keys != NULL)
		return 0;
	randombytes_buf(r->secret, sizeof(r->secret));
	r->by_key = calloc(LOAD_RECEIVED, sizeof(*r->by_key));
	r->by_commit = calloc(LOAD_RECEIVED, sizeof(*r->by_commit));
	r->keys = calloc(LOAD_RECEIVED, sizeof(*r->keys));
	if (r->by_key != NULL && r->by_commit != NULL && r->keys != NULL)
		return 0;
	load_received_free(r);
	return status_no_memory(st);
}

static struct name *
add_name(struct load_received *r, const struct slice *nsid)
{
	struct name *n = malloc(sizeof(*n) + nsid->len);

	if (n == NULL)
		return NULL;
	if (nsid->len > 0)
		memcpy(n + 1, nsid->at, nsid->len);
	n->nsid = (struct slice){ (const char *)(n + 1), nsid->len };
	if (tsearch(n, &r->by_name, compare_names) == NULL) {
		free(n);
		return NULL;
	}
	r->nnames++;
	return n;
}

static struct name *
find_name(struct load_received *r, const struct slice *nsid)
{
	struct name key = { *nsid };
	void *node = tfind(&key, &r->by_name, compare_names);

	if (node != NULL)
		return *(struct name **)node;
	if (r->nnames >= NAMES)
		forget_all(r);
	return add_name(r, nsid);
}

static uint64_t
hash(const struct load_received *r, const void *data, size_t len)
{
	return hash_keyed(r->secret, data, len);
}

static uint64_t
hash_commit(const struct load_received *r, const struct slice *did,
    const char *rev)
{
	struct {
		uint64_t did;
		char rev[DB_REV_BYTES + 2];
	} c = { hash(r, did->at, did->len), "" };

	memcpy(c.rev, rev, DB_REV_BYTES);
	return hash(r, &c, sizeof(c));
}

static uint64_t
hash_key(const struct load_received *r, uint64_t commit,
    const struct slice *nsid, const struct slice *rkey)
{
	const uint64_t key[3] = { commit, hash(r, nsid->at, nsid->len),
		hash(r, rkey->at, rkey->len) };

	return hash(r, key, sizeof(key));
}

/* The key with this number, unless it was replaced. */
static struct load_received_key *
at(const struct load_received *r, uint64_t number)
{
	if (number == 0 || r->n - number >= LOAD_RECEIVED)
		return NULL;
	return &r->keys[(number - 1) % LOAD_RECEIVED];
}

static uint64_t *
head(uint64_t *table, uint64_t hash_value)
{
	return &table[hash_value % LOAD_RECEIVED];
}

static bool
has(const struct load_received *r, uint64_t key)
{
	const struct load_received_key *k = at(r, *head(r->by_key, key));

	while (k != NULL && k->key != key)
		k = at(r, k->same_key);
	return k != NULL;
}

int
load_received_add(struct load_received *r, const struct slice *did,
    const char *rev, const struct slice *nsid, const struct slice *rkey,
    struct status *st)
{
	struct load_received_key *k;
	uint64_t commit, key;
	struct name *name;

	if (begin(r, st) == -1)
		return -1;
	commit = hash_commit(r, did, rev);
	key = hash_key(r, commit, nsid, rkey);
	if (has(r, key))
		return 0;
	if ((name = find_name(r, nsid)) == NULL)
		return status_no_memory(st);
	k = &r->keys[r->n++ % LOAD_RECEIVED];
	*k = (struct load_received_key){ commit, key, *head(r->by_key, key),
		*head(r->by_commit, commit), name };
	*head(r->by_key, key) = *head(r->by_commit, commit) = r->n;
	return 0;
}

uint64_t
load_received_count(const struct load_received *r, const struct slice *did,
    const char *rev, const struct load_filter *f, uint64_t most)
{
	const struct load_received_key *k;
	uint64_t commit, n = 0;

	if (r->keys == NULL)
		return 0;
	commit = hash_commit(r, did, rev);
	k = at(r, *head(r->by_commit, commit));
	for (; k != NULL && n < most; k = at(r, k->same_commit))
		n += k->commit == commit &&
		    load_filter_covers(f, &k->name->nsid);
	return n;
}

void
load_received_free(struct load_received *r)
{
	tdestroy(r->by_name, free);
	free(r->keys);
	free(r->by_key);
	free(r->by_commit);
	memset(r, 0, sizeof(*r));
}
