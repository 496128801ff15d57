/*
 * array: growing arrays of any type.
 *
 * An array is three members of its owner: a pointer to the items, their number,
 * and the number of items that fit (a size_t). All zero is an empty array;
 * free() of the pointer releases it.
 */
#ifndef LIBCAR_BASE_ARRAY_H
#define LIBCAR_BASE_ARRAY_H

#include <stddef.h>

/* Small, because there are many accounts, and most of their arrays have one
 * item. */
#define ARRAY_FIRST_ROOM 2

/*
 * Make room for one more item: true, and items and room are set; or false:
 * no memory, and the array stays as it was. It evaluates its arguments more
 * than once.
 *
 *	if (!ARRAY_GROW(b->gaps, b->gap_count, b->gap_room))
 *		return status_no_memory(st);
 *	b->gaps[b->gap_count++] = pos;
 */
#define ARRAY_GROW(items, count, room) \
	((items) = array_grow((items), (count), &(room), sizeof(*(items))), \
	    (count) < (room))

/* Double *room if it is full. Returns the items, which may have moved. Without
 * memory both stay as they were. */
void *array_grow(void *items, size_t count, size_t *room, size_t size);

#endif
