#include "config.h"

#include <utf8proc.h>

#include "libcar/lexicon/text_private.h"

/*
 * utf8proc finds the grapheme clusters. Its older versions lack rule GB9c of
 * UAX #29 (Unicode 15.1), so the rule is added here: a consonant after a
 * linker continues the cluster.
 */

/* Consonants of the scripts whose conjuncts are one grapheme: InCB=Consonant
 * of Unicode 15.1. */
static const struct {
	uint16_t first, last;
} consonants[] = { { 0x915, 0x939 }, { 0x958, 0x95f }, { 0x978, 0x97f },
	{ 0x995, 0x9a8 }, { 0x9aa, 0x9b0 }, { 0x9b2, 0x9b2 }, { 0x9b6, 0x9b9 },
	{ 0x9dc, 0x9dd }, { 0x9df, 0x9df }, { 0x9f0, 0x9f1 }, { 0xa95, 0xaa8 },
	{ 0xaaa, 0xab0 }, { 0xab2, 0xab3 }, { 0xab5, 0xab9 }, { 0xaf9, 0xaf9 },
	{ 0xb15, 0xb28 }, { 0xb2a, 0xb30 }, { 0xb32, 0xb33 }, { 0xb35, 0xb39 },
	{ 0xb5c, 0xb5d }, { 0xb5f, 0xb5f }, { 0xb71, 0xb71 }, { 0xc15, 0xc28 },
	{ 0xc2a, 0xc39 }, { 0xc58, 0xc5a }, { 0xd15, 0xd3a } };

static bool
is_consonant(utf8proc_int32_t c)
{
	size_t i;

	if (c < 0x915 || c > 0xd3a)
		return false;
	for (i = 0; i < sizeof(consonants) / sizeof(consonants[0]); i++)
		if (c <= consonants[i].last)
			return c >= consonants[i].first;
	return false;
}

/* A virama: InCB=Linker. */
static bool
is_linker(utf8proc_int32_t c)
{
	return c == 0x94d || c == 0x9cd || c == 0xacd || c == 0xb4d ||
	    c == 0xc4d || c == 0xd4d;
}

static bool
is_extend(utf8proc_int32_t c)
{
	int class = utf8proc_get_property(c)->boundclass;

	return c != 0x200c &&
	    (class == UTF8PROC_BOUNDCLASS_EXTEND ||
		class == UTF8PROC_BOUNDCLASS_ZWJ);
}

enum conjunct { NO_CONJUNCT, AFTER_CONSONANT, AFTER_LINKER };

static enum conjunct
next_conjunct(enum conjunct now, utf8proc_int32_t c)
{
	if (c < 0x300)
		return NO_CONJUNCT;
	if (is_consonant(c))
		return AFTER_CONSONANT;
	if (now == NO_CONJUNCT)
		return NO_CONJUNCT;
	if (is_linker(c))
		return AFTER_LINKER;
	return is_extend(c) ? now : NO_CONJUNCT;
}

size_t
lexicon_graphemes(const char *text, size_t len)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
	utf8proc_ssize_t left = len, n;
	utf8proc_int32_t before = -1, c, state = 0;
	enum conjunct conjunct = NO_CONJUNCT;
	size_t count = 0;
	bool ends;

	for (; left > 0; left -= n, p += n) {
		if ((n = utf8proc_iterate(p, left, &c)) <= 0)
			return count;
		ends = before == -1 ||
		    utf8proc_grapheme_break_stateful(before, c, &state);
		if (conjunct == AFTER_LINKER && is_consonant(c))
			ends = false;
		count += ends;
		conjunct = next_conjunct(conjunct, c);
		before = c;
	}
	return count;
}
