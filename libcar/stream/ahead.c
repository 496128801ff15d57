#include "config.h"

#include <string.h>

#include "libcar/stream/ahead.h"

/*
 * A list, in which each turn of the parallel loop verifies one signature. It is
 * short enough to be searched from its beginning: that takes less than a
 * hundredth of the time of a verification.
 */

bool
ahead_helps(struct ahead *a)
{
	return parallel_threads(&a->parallel) > 1;
}

void
ahead_clear(struct ahead *a)
{
	a->count = 0;
}

bool
ahead_is_full(const struct ahead *a)
{
	return a->count == AHEAD_MOST;
}

void
ahead_add(struct ahead *a, const struct key *key,
    const struct key_prepared *ready, const uint8_t hash[32],
    const uint8_t signature[KEY_SIGNATURE_BYTES])
{
	struct ahead_guess *g = &a->guesses[a->count];

	if (key->curve != KEY_SECP256K1)
		return;
	g->key = *key;
	g->ready = *ready;
	memcpy(g->hash, hash, sizeof(g->hash));
	memcpy(g->signature, signature, sizeof(g->signature));
	g->valid = false;
	a->count++;
}

static void
verify_guess(void *ctx, size_t i)
{
	struct ahead *a = ctx;
	struct ahead_guess *g = &a->guesses[i];
	struct status st;

	g->valid = key_verify_hash(&g->ready, g->hash, g->signature,
		       sizeof(g->signature), &st) == 0;
}

void
ahead_verify(struct ahead *a)
{
	parallel_run(&a->parallel, a->count, verify_guess, a);
}

static bool
is_same(const struct ahead_guess *g, const struct key *key, const uint8_t *hash,
    const uint8_t *signature)
{
	return memcmp(g->hash, hash, sizeof(g->hash)) == 0 &&
	    memcmp(g->signature, signature, sizeof(g->signature)) == 0 &&
	    g->key.curve == key->curve &&
	    memcmp(g->key.point, key->point, sizeof(key->point)) == 0;
}

bool
ahead_has(const struct ahead *a, const struct key *key, const uint8_t hash[32],
    const uint8_t signature[KEY_SIGNATURE_BYTES])
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (a->guesses[i].valid &&
		    is_same(&a->guesses[i], key, hash, signature))
			return true;
	return false;
}

void
ahead_free(struct ahead *a)
{
	parallel_free(&a->parallel);
	ahead_clear(a);
}
