/*
 * copy: bytes in memory of exactly their size, so that a sanitizer notices a
 * read beyond their end.
 */
#ifndef T_LIB_COPY_H
#define T_LIB_COPY_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The caller frees it. */
static inline void *
copy(const void *bytes, size_t len)
{
	void *p = calloc(1, len);

	if (len > 0)
		memcpy(p, bytes, len);
	return p;
}

#endif
