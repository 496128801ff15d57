/*
 * plc_arena: records of one size in large pieces of memory that never move.
 *
 * The caller gives the memory, so that a large state may lie in a file. Records
 * are numbered from 0, and are never removed.
 */
#ifndef LIBCAR_PLC_ARENA_H
#define LIBCAR_PLC_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define PLC_ARENA_PIECE ((size_t)1 << 18) /* bytes */
#define PLC_ARENA_NONE UINT32_MAX

/* Where memory comes from. All zero: from calloc() and free(). */
struct plc_memory {
	void *(*take)(void *ctx, size_t n); /* zeroed; NULL: no memory */
	void (*give)(void *ctx, void *p, size_t n);
	void *ctx;
};

void *plc_memory_take(const struct plc_memory *, size_t n);
void plc_memory_give(const struct plc_memory *, void *, size_t n);

/* All zero, but for `size`, is an empty arena. */
struct plc_arena {
	size_t size; /* of a record */
	uint8_t **pieces;
	size_t piece_count, piece_room;
	size_t count; /* of records, with those that were skipped */
};

/* Make n records, which lie side by side, and return the number of the first
 * one. PLC_ARENA_NONE: STATUS_SYSTEM (no memory, or too many). */
uint32_t plc_arena_add(struct plc_arena *, const struct plc_memory *, size_t n,
    struct status *);

static inline uint8_t *
plc_arena_at(const struct plc_arena *a, uint32_t i)
{
	size_t each = PLC_ARENA_PIECE / a->size;

	return a->pieces[i / each] + i % each * a->size;
}

void plc_arena_free(struct plc_arena *, const struct plc_memory *);

#endif
