#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/base/set.h"

/*
 * A table with open addressing, at most three quarters full, that doubles. The
 * keys are parts of hashes, and so they are their own hash values.
 */

#define FIRST_CAP 64

/* A slot of two zeros is free. */
static uint64_t *
find(uint64_t (*slots)[2], size_t cap, const uint64_t key[2])
{
	size_t i = key[0] & (cap - 1);

	while ((slots[i][0] != 0 || slots[i][1] != 0) &&
	    (slots[i][0] != key[0] || slots[i][1] != key[1]))
		i = (i + 1) & (cap - 1);
	return slots[i];
}

static int
grow(struct set *set)
{
	size_t cap = set->cap == 0 ? FIRST_CAP : set->cap * 2, i;
	uint64_t(*slots)[2] = calloc(cap, sizeof(*slots));

	if (slots == NULL)
		return -1;
	for (i = 0; i < set->cap; i++)
		if (set->slots[i][0] != 0 || set->slots[i][1] != 0)
			memcpy(find(slots, cap, set->slots[i]), set->slots[i],
			    sizeof(*slots));
	free(set->slots);
	set->slots = slots;
	set->cap = cap;
	return 0;
}

int
set_add(struct set *set, const void *bytes, size_t len)
{
	uint8_t digest[32];
	uint64_t key[2], *slot;

	if (set->count >= set->cap / 4 * 3 && grow(set) == -1)
		return -1;
	hash_sha256(digest, bytes, len);
	memcpy(key, digest, sizeof(key));
	slot = find(set->slots, set->cap, key);
	if (slot[0] != 0 || slot[1] != 0)
		return 0;
	memcpy(slot, key, sizeof(key));
	set->count++;
	return 1;
}

bool
set_has(const struct set *set, const void *bytes, size_t len)
{
	uint8_t digest[32];
	uint64_t key[2], *slot;

	if (set->count == 0)
		return false;
	hash_sha256(digest, bytes, len);
	memcpy(key, digest, sizeof(key));
	slot = find(set->slots, set->cap, key);
	return slot[0] != 0 || slot[1] != 0;
}

void
set_free(struct set *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}
