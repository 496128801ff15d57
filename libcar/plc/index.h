/*
 * plc_index: finds the numbers of records by a hash of their contents.
 *
 * A number needs 5 to 7 bytes. The caller's hash must be keyed by something
 * secret, so that nobody can choose contents that collide.
 */
#ifndef LIBCAR_PLC_INDEX_H
#define LIBCAR_PLC_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/plc/arena.h"

/* All zero is an empty index. */
struct plc_index {
	uint32_t *slots; /* a number plus one, or 0 */
	size_t count, room;
};

/* What an index asks its owner. */
struct plc_index_owner {
	bool (*is)(const void *owner, uint32_t i, const void *key, size_t len);
	uint64_t (*hash)(const void *owner, uint32_t i);
	const void *owner;
};

/* The number of the record with these contents, or PLC_ARENA_NONE. */
uint32_t plc_index_find(const struct plc_index *,
    const struct plc_index_owner *, uint64_t hash, const void *key, size_t len);

/* Add the number of a new record. STATUS_SYSTEM: no memory. */
int plc_index_add(struct plc_index *, const struct plc_index_owner *,
    const struct plc_memory *, uint64_t hash, uint32_t i, struct status *);

void plc_index_free(struct plc_index *, const struct plc_memory *);

#endif
