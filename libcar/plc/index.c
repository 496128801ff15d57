#include "config.h"

#include <string.h>

#include "libcar/plc/index.h"

/*
 * Linear probing. The table grows by a half when six of seven slots are in use:
 * doubling it would need up to nine bytes for a number.
 */

#define FIRST_ROOM 1024

/* The upper half of the hash chooses the slot; room is less than 2^32. */
static size_t
first_slot(uint64_t hash, size_t room)
{
	return (size_t)(((hash >> 32) * room) >> 32);
}

static size_t
next_slot(size_t at, size_t room)
{
	return at + 1 < room ? at + 1 : 0;
}

uint32_t
plc_index_find(const struct plc_index *x, const struct plc_index_owner *o,
    uint64_t hash, const void *key, size_t len)
{
	size_t at;

	if (x->room == 0)
		return PLC_ARENA_NONE;
	for (at = first_slot(hash, x->room); x->slots[at] != 0;
	     at = next_slot(at, x->room))
		if (o->is(o->owner, x->slots[at] - 1, key, len))
			return x->slots[at] - 1;
	return PLC_ARENA_NONE;
}

static void
put(uint32_t *slots, size_t room, uint64_t hash, uint32_t i)
{
	size_t at = first_slot(hash, room);

	while (slots[at] != 0)
		at = next_slot(at, room);
	slots[at] = i + 1;
}

static int
grow(struct plc_index *x, const struct plc_index_owner *o,
    const struct plc_memory *memory, struct status *st)
{
	size_t room = x->room == 0 ? FIRST_ROOM : x->room + x->room / 2, i;
	uint32_t *slots = plc_memory_take(memory, room * sizeof(*slots));

	if (slots == NULL)
		return status_no_memory(st);
	for (i = 0; i < x->room; i++)
		if (x->slots[i] != 0)
			put(slots, room, o->hash(o->owner, x->slots[i] - 1),
			    x->slots[i] - 1);
	if (x->slots != NULL)
		plc_memory_give(memory, x->slots, x->room * sizeof(*x->slots));
	x->slots = slots;
	x->room = room;
	return 0;
}

int
plc_index_add(struct plc_index *x, const struct plc_index_owner *o,
    const struct plc_memory *memory, uint64_t hash, uint32_t i,
    struct status *st)
{
	if (7 * x->count >= 6 * x->room && grow(x, o, memory, st) == -1)
		return -1;
	put(x->slots, x->room, hash, i);
	x->count++;
	return 0;
}

void
plc_index_free(struct plc_index *x, const struct plc_memory *memory)
{
	if (x->slots != NULL)
		plc_memory_give(memory, x->slots, x->room * sizeof(*x->slots));
	memset(x, 0, sizeof(*x));
}
