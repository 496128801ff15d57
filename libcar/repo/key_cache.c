#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/repo/key_cache.h"

/*
 * Bytes of a key's point choose its set. Keys in a set replace each other in
 * turn. With one slot for each key, 8,000 accounts that write by turns lost 38
 * of 100 keys to a neighbour; in sets of 8 these accounts lose 4 of 100.
 *
 * Somebody who makes keys that share a set only slows down the verification of
 * the keys in this set.
 */

#define SETS ((size_t)1 << 11)
#define WAYS 8 /* 2 MiB in all */

struct key_cache_slot {
	struct key key; /* curve 0: empty */
	struct key_prepared prepared;
};

struct key_cache_set {
	struct key_cache_slot slots[WAYS];
	unsigned next; /* to be replaced */
};

static struct key_cache_set *
set_of(struct key_cache *cache, const struct key *key)
{
	uint32_t hash;

	memcpy(&hash, key->point + 1, sizeof(hash));
	return &cache->sets[hash % SETS];
}

static bool
is_key(const struct key *a, const struct key *b)
{
	return a->curve == b->curve &&
	    memcmp(a->point, b->point, sizeof(a->point)) == 0;
}

static struct key_cache_slot *
find(struct key_cache_set *set, const struct key *key)
{
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (is_key(&set->slots[i].key, key))
			return &set->slots[i];
	return NULL;
}

static struct key_cache_slot *
replace(struct key_cache_set *set, const struct key *key, struct status *st)
{
	struct key_cache_slot *slot = &set->slots[set->next];

	key_prepared_free(&slot->prepared);
	memset(&slot->key, 0, sizeof(slot->key));
	if (key_prepare(&slot->prepared, key, st) == -1)
		return NULL;
	slot->key = *key;
	set->next = (set->next + 1) % WAYS;
	return slot;
}

const struct key_prepared *
key_cache_get(struct key_cache *cache, const struct key *key, struct status *st)
{
	struct key_cache_slot *slot;
	struct key_cache_set *set;

	if (cache->sets == NULL)
		cache->sets = calloc(SETS, sizeof(*cache->sets));
	if (cache->sets == NULL) {
		status_no_memory(st);
		return NULL;
	}
	set = set_of(cache, key);
	if ((slot = find(set, key)) == NULL)
		slot = replace(set, key, st);
	return slot == NULL ? NULL : &slot->prepared;
}

void
key_cache_free(struct key_cache *cache)
{
	size_t i, k;

	for (i = 0; cache->sets != NULL && i < SETS; i++)
		for (k = 0; k < WAYS; k++)
			key_prepared_free(&cache->sets[i].slots[k].prepared);
	free(cache->sets);
	cache->sets = NULL;
}
