/*
 * plc_keys: lists of rotation keys, each distinct key and list stored once.
 *
 * A key needs 33 bytes, a list 2 and 4 for each of its keys, and both an entry
 * of an index. Most DIDs share a few lists. For each list the module remembers
 * the key that signed last, because only one of them fits a signature, and
 * checking it costs 50 microseconds or more.
 */
#ifndef LIBCAR_PLC_KEYS_H
#define LIBCAR_PLC_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/hash.h"
#include "libcar/base/status.h"
#include "libcar/plc/arena.h"
#include "libcar/plc/index.h"
#include "libcar/repo/key.h"

#define PLC_KEYS_MAX 255 /* in a list */

struct plc_keys {
	struct plc_memory memory;
	uint8_t secret[HASH_SECRET_BYTES]; /* the caller's random bytes */
	struct plc_arena keys, lists;
	struct plc_index key_index, list_index;
};

void plc_keys_begin(struct plc_keys *, const struct plc_memory *,
    const uint8_t secret[HASH_SECRET_BYTES]);

/* The number of a list, which is added if it is new. PLC_ARENA_NONE:
 * STATUS_SYSTEM. */
uint32_t plc_keys_add(struct plc_keys *, const struct key *, size_t count,
    struct status *);

/* The number of a list that is there, or PLC_ARENA_NONE. */
uint32_t plc_keys_find(const struct plc_keys *, const struct key *,
    size_t count);

/* The keys of a list, to `out` (PLC_KEYS_MAX); their number. */
size_t plc_keys_get(const struct plc_keys *, uint32_t list, struct key *out);

/* Which of these keys probably signed: the one that did so last for this list,
 * or else a key that has signed before. `list` may be PLC_ARENA_NONE. */
size_t plc_keys_guess(const struct plc_keys *, uint32_t list,
    const struct key *, size_t count);

/* This key of the list has signed. */
void plc_keys_signed(struct plc_keys *, uint32_t list, size_t index);

void plc_keys_free(struct plc_keys *);

#endif
