#include "config.h"

#include <stdlib.h>

#include "libcar/base/buf.h"

/*
 * Functions that allocate. The others are inline in the header. The capacity
 * doubles, so appending n bytes moves at most 2n bytes.
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
