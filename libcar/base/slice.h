/*
 * slice: borrowed text or bytes, a pointer and a length.
 *
 * Whoever lends them says until when. `at` is NULL where there is nothing,
 * which is not the same as an empty text. There is no NUL at the end.
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

/* That of a string; of NULL nothing. */
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

/* Is it this string? Nothing is none. */
static inline bool
slice_is(const struct slice *s, const char *string)
{
	return s->at != NULL && s->len == strlen(string) &&
	    memcmp(s->at, string, s->len) == 0;
}

#endif
