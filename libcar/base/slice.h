/*
 * slice: borrowed text or bytes, a pointer and a length.
 *
 * The lender says how long they stay valid. `at` NULL means nothing, which is
 * different from an empty text. There is no NUL at the end.
 */
#ifndef LIBCAR_BASE_SLICE_H
#define LIBCAR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *at;
	size_t len;
};

static inline struct slice
slice_make(const void *at, size_t len)
{
	return (struct slice){ at, len };
}

/* The slice of a string; of NULL nothing. */
static inline struct slice
slice_of(const char *string)
{
	return (struct slice){ string, string != NULL ? strlen(string) : 0 };
}

static inline const uint8_t *
slice_bytes(const struct slice *s)
{
	return (const uint8_t *)s->at;
}

/* Is it equal to this string? Nothing isn't equal to any. */
static inline bool
slice_is(const struct slice *s, const char *string)
{
	return s->at != NULL && s->len == strlen(string) &&
	    memcmp(s->at, string, s->len) == 0;
}

#endif
