#include "config.h"

#include <string.h>

#include "libcar/lexicon/format_private.h"
#include "libcar/lexicon/set_private.h"
#include "libcar/lexicon/text_private.h"
#include "libcar/lexicon/walk_private.h"

/*
 * This checks a string by its schema. It is expensive to undo escapes and to
 * count graphemes, and usually the number of bytes shows that neither is
 * needed: escapes only make a text longer, and each grapheme has at least one
 * byte.
 */

static bool
same_text(const struct lexicon_walk *w, const struct lexicon_name *name,
    struct lexicon_token t)
{
	return name->len == t.text.len &&
	    memcmp(w->set->strings.data + name->text, t.text.at, t.text.len) ==
	    0;
}

static void
check_values(struct lexicon_walk *w, const struct lexicon_schema *s,
    struct lexicon_token t)
{
	const struct lexicon_name *name;

	if (s->has_const) {
		name = LEXICON_AT(w->set, names, const struct lexicon_name,
		    s->of);
		if (!same_text(w, name, t))
			lexicon_problem(w, LEXICON_CONST, "want %.*s",
			    (int)(name->len < 100 ? name->len : 100),
			    w->set->strings.data + name->text);
	}
	if (s->has_enum &&
	    lexicon_find_name(w->set, s->first, s->count, t.text.at,
		t.text.len) == NULL)
		lexicon_problem(w, LEXICON_ENUM, "not one of %u values",
		    s->count);
}

static void
check_lengths(struct lexicon_walk *w, const struct lexicon_schema *s,
    size_t len)
{
	if ((int64_t)len < s->min)
		lexicon_problem(w, LEXICON_MIN_LENGTH,
		    "have %zu bytes, want %lld or more", len,
		    (long long)s->min);
	if ((int64_t)len > s->max)
		lexicon_problem(w, LEXICON_MAX_LENGTH,
		    "have %zu bytes, want %lld or less", len,
		    (long long)s->max);
}

/* Count the bytes that begin a character. */
static size_t
count_characters(struct lexicon_token t)
{
	size_t i, count = 0;

	for (i = 0; i < t.text.len; i++)
		count += (t.text.at[i] & 0xc0) != 0x80;
	return count;
}

/* A text has at most as many graphemes as characters, and at least one unless
 * it is empty. */
static bool
needs_graphemes(const struct lexicon_schema *s, struct lexicon_token t)
{
	if (s->min_graphemes > 1 || (s->min_graphemes == 1 && t.text.len == 0))
		return true;
	return t.text.len > s->max_graphemes &&
	    count_characters(t) > s->max_graphemes;
}

static void
check_graphemes(struct lexicon_walk *w, const struct lexicon_schema *s,
    struct lexicon_token t)
{
	size_t count;

	if (!needs_graphemes(s, t))
		return;
	count = lexicon_graphemes(t.text.at, t.text.len);
	if (count < s->min_graphemes)
		lexicon_problem(w, LEXICON_MIN_GRAPHEMES,
		    "have %zu graphemes, want %llu or more", count,
		    (unsigned long long)s->min_graphemes);
	if (count > s->max_graphemes)
		lexicon_problem(w, LEXICON_MAX_GRAPHEMES,
		    "have %zu graphemes, want %llu or less", count,
		    (unsigned long long)s->max_graphemes);
}

void
lexicon_string(struct lexicon_walk *w, const struct lexicon_schema *s)
{
	struct lexicon_token t = lexicon_take(w);

	/* Without its escapes the text only gets shorter. */
	if (t.escaped && !s->has_const && !s->has_enum &&
	    s->format == FORMAT_NONE && s->min == 0 && s->min_graphemes == 0 &&
	    (int64_t)t.text.len <= s->max && t.text.len <= s->max_graphemes)
		return;
	t = lexicon_unescape(w, t);
	check_values(w, s, t);
	check_lengths(w, s, t.text.len);
	check_graphemes(w, s, t);
	if (s->format != FORMAT_NONE &&
	    !lexicon_format_check(s->format, t.text.at, t.text.len,
		w->lenience))
		lexicon_problem(w, LEXICON_FORMAT, "not a valid %s",
		    lexicon_format_name(s->format));
}
