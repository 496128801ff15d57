#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "libcar/base/array.h"

/*
 * The function returns the items even when it fails, so ARRAY_GROW() can assign
 * the result without losing them. Whether it failed is visible in `room`.
 */

void *
array_grow(void *items, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? ARRAY_FIRST_ROOM : *room * 2;
	void *grown;

	if (count < *room)
		return items;
	if (*room > SIZE_MAX / 2 || more > SIZE_MAX / size)
		return items;
	if ((grown = realloc(items, more * size)) == NULL)
		return items;
	*room = more;
	return grown;
}
