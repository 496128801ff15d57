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

/* Does it begin with this string? */
static inline bool
slice_begins(const struct slice *s, const char *string)
{
	size_t n = strlen(string);

	return s->at != NULL && s->len >= n && memcmp(s->at, string, n) == 0;
}

/* Eight bytes as a number: numbers have the order of their bytes. */
static inline uint64_t
slice_number(const char *at)
{
	const uint8_t *p = (const uint8_t *)at;

	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 |
	    (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 |
	    (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

/* Compare the first n bytes: less than 0, 0, or greater. In at-load this takes
 * less than half the time of memcmp(), because keys and CIDs are short. */
static inline int
slice_order(const char *a, const char *b, size_t n)
{
	uint64_t x, y;
	size_t i;

	if (n < 8)
		return n == 0 ? 0 : memcmp(a, b, n);
	for (i = 0;; i = i + 8 < n - 8 ? i + 8 : n - 8) {
		x = slice_number(a + i);
		y = slice_number(b + i);
		if (x != y)
			return x < y ? -1 : 1;
		if (i == n - 8)
			return 0;
	}
}

/* Compare texts: by their bytes, and then by their lengths. */
static inline int
slice_compare(const struct slice *a, const struct slice *b)
{
	int c = slice_order(a->at, b->at, a->len < b->len ? a->len : b->len);

	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

/* Are the two texts equal? */
static inline bool
slice_equal(const struct slice *a, const struct slice *b)
{
	return a->len == b->len && slice_order(a->at, b->at, a->len) == 0;
}

#endif
