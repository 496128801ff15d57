/*
 * key_cache: keys that stay prepared for many signatures.
 *
 * Verifying with a key that is ready spares reading its point, which is about a
 * tenth of the work. The cache has a fixed size: a new key replaces an old one
 * of its set.
 */
#ifndef LIBCAR_REPO_KEY_CACHE_H
#define LIBCAR_REPO_KEY_CACHE_H

#include "libcar/base/status.h"
#include "libcar/repo/key.h"

struct key_cache_set;

/* All zero is an empty cache. */
struct key_cache {
	struct key_cache_set *sets;
};

/* The prepared form of the key, borrowed until the next call. NULL:
 * STATUS_SYSTEM. */
const struct key_prepared *key_cache_get(struct key_cache *, const struct key *,
    struct status *);

void key_cache_free(struct key_cache *);

#endif
