/*
 * buf: growable bytes.
 *
 * The all-zero value is an empty buffer. A failed allocation is remembered
 * (`failed`) and makes every later write do nothing, so that a writer checks
 * once, at its end. The contents aren't terminated by a NUL.
 */
#ifndef LIBCAR_BASE_BUF_H
#define LIBCAR_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BUF_MAX_BYTES ((size_t)1 << 30)

struct buf {
	char *data;
	size_t len, cap;
	bool failed;
};

/* Make the capacity at least len + n. -1 if there is no memory or the buffer
 * would pass BUF_MAX_BYTES; buf->failed is then set. */
int buf_grow(struct buf *, size_t n);

/* Release the memory; the value is then all zero again. */
void buf_free(struct buf *);

/* Returns data + len with room for n more bytes (n may be 0), or NULL if
 * buf_grow() fails. The caller adds to len. */
static inline char *
buf_reserve(struct buf *b, size_t n)
{
	if ((b->data == NULL || b->cap - b->len < n) && buf_grow(b, n) == -1)
		return NULL;
	return b->data + b->len;
}

static inline void
buf_put(struct buf *b, const void *bytes, size_t n)
{
	if (n > 0 && (b->cap - b->len >= n || buf_grow(b, n) == 0)) {
		memcpy(b->data + b->len, bytes, n);
		b->len += n;
	}
}

static inline void
buf_putc(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

static inline void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

#endif
