#include "config.h"

#include <stdlib.h>

#include "libcar/base/buf.h"

/*
 * Only what allocates is here; the header has the rest inline. The capacity
 * doubles, so that the bytes of a buffer are moved a bounded number of times
 * however many are appended.
 */

int
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap < 64 ? 64 : b->cap;
	char *data;

	if (b->failed || n > BUF_MAX_BYTES || b->len > BUF_MAX_BYTES - n) {
		b->failed = true;
		return -1;
	}
	while (cap - b->len < n)
		cap *= 2;
	if ((data = realloc(b->data, cap)) == NULL) {
		b->failed = true;
		return -1;
	}
	b->data = data;
	b->cap = cap;
	return 0;
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
