/*
 * lexicon_text: the order, the hash and the length of names and texts.
 */
#ifndef LIBCAR_LEXICON_TEXT_PRIVATE_H
#define LIBCAR_LEXICON_TEXT_PRIVATE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Compare bytes; a prefix comes first. Below 0, 0, or above 0. */
static inline int
lexicon_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int c = n > 0 ? memcmp(a, b, n) : 0;

	return c != 0 ? c : (a_len > b_len) - (a_len < b_len);
}

/* The first 8 bytes. Different texts of one length below 8 give different
 * values. */
static inline uint64_t
lexicon_load(const char *p, size_t n)
{
	uint64_t v = 0;
	uint32_t a, b;

	if (n >= 8)
		memcpy(&v, p, 8);
	else if (n >= 4) {
		memcpy(&a, p, 4);
		memcpy(&b, p + n - 4, 4);
		v = (uint64_t)b << 32 | a;
	} else if (n > 0)
		v = (uint64_t)(uint8_t)p[n / 2] << 16 |
		    (uint64_t)(uint8_t)p[n - 1] << 8 | (uint8_t)p[0];
	return v;
}

/* The hash covers the first and last 8 bytes and the length. The names in the
 * table come from lexicons, so a record can't make them collide. */
static inline uint32_t
lexicon_hash(const char *p, size_t n)
{
	uint64_t h = lexicon_load(p, n);

	if (n > 8)
		h ^= lexicon_load(p + n - 8, 8) * 0x9e3779b97f4a7c15;
	return (h ^ n) * 0xd6e8feb86659fd93 >> 32;
}

/* Grapheme clusters of a text in UTF-8. */
size_t lexicon_graphemes(const char *text, size_t len);

#endif
