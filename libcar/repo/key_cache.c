#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/repo/key_cache.h"

/*
 * Bytes of a key's point choose its slot. Somebody who makes keys that share a
 * slot only slows down the verification of those keys.
 */

#define SLOTS ((size_t)1 << 14) /* 2 MiB */

struct key_cache_slot {
	struct key key; /* curve 0: empty */
	struct key_prepared prepared;
};

static struct key_cache_slot *
slot_of(struct key_cache *cache, const struct key *key)
{
	uint32_t hash;

	memcpy(&hash, key->point + 1, sizeof(hash));
	return &cache->slots[hash % SLOTS];
}

static bool
is_key(const struct key *a, const struct key *b)
{
	return a->curve == b->curve &&
	    memcmp(a->point, b->point, sizeof(a->point)) == 0;
}

const struct key_prepared *
key_cache_get(struct key_cache *cache, const struct key *key, struct status *st)
{
	struct key_cache_slot *slot;

	if (cache->slots == NULL)
		cache->slots = calloc(SLOTS, sizeof(*cache->slots));
	if (cache->slots == NULL) {
		status_no_memory(st);
		return NULL;
	}
	slot = slot_of(cache, key);
	if (is_key(&slot->key, key))
		return &slot->prepared;
	key_prepared_free(&slot->prepared);
	memset(&slot->key, 0, sizeof(slot->key));
	if (key_prepare(&slot->prepared, key, st) == -1)
		return NULL;
	slot->key = *key;
	return &slot->prepared;
}

void
key_cache_free(struct key_cache *cache)
{
	size_t i;

	for (i = 0; cache->slots != NULL && i < SLOTS; i++)
		key_prepared_free(&cache->slots[i].prepared);
	free(cache->slots);
	cache->slots = NULL;
}
