#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/plc/arena.h"

/*
 * Only the last piece has free records. An array of pieces is small: 40 million
 * records of 64 bytes are 10,000 pieces.
 */

void *
plc_memory_take(const struct plc_memory *memory, size_t n)
{
	if (memory->take != NULL)
		return memory->take(memory->ctx, n);
	return calloc(1, n);
}

void
plc_memory_give(const struct plc_memory *memory, void *p, size_t n)
{
	if (memory->give != NULL)
		memory->give(memory->ctx, p, n);
	else
		free(p);
}

static int
add_piece(struct plc_arena *a, const struct plc_memory *memory,
    struct status *st)
{
	uint8_t *piece;

	if (!ARRAY_GROW(a->pieces, a->piece_count, a->piece_room) ||
	    (piece = plc_memory_take(memory, PLC_ARENA_PIECE)) == NULL)
		return status_no_memory(st);
	a->pieces[a->piece_count++] = piece;
	return 0;
}

uint32_t
plc_arena_add(struct plc_arena *a, const struct plc_memory *memory, size_t n,
    struct status *st)
{
	size_t each = PLC_ARENA_PIECE / a->size, first = a->count;

	if (first % each + n > each)
		first += each - first % each;
	if (first + n >= PLC_ARENA_NONE) {
		status_set(st, STATUS_SYSTEM, 0, "too many operations");
		return PLC_ARENA_NONE;
	}
	if (first + n > a->piece_count * each && add_piece(a, memory, st) == -1)
		return PLC_ARENA_NONE;
	a->count = first + n;
	return first;
}

void
plc_arena_free(struct plc_arena *a, const struct plc_memory *memory)
{
	size_t i;

	for (i = 0; i < a->piece_count; i++)
		plc_memory_give(memory, a->pieces[i], PLC_ARENA_PIECE);
	free(a->pieces);
	*a = (struct plc_arena){ .size = a->size };
}
