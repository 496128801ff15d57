/*
 * load_prefix: the patterns that cover a collection or another pattern.
 *
 * They are few: the text itself, each of its prefixes with `.*`, and `*`. To
 * find which of many patterns cover something, callers look these up.
 */
#ifndef LIBCAR_LOAD_PREFIX_PRIVATE_H
#define LIBCAR_LOAD_PREFIX_PRIVATE_H

#include <stdbool.h>

#include "libcar/base/slice.h"
#include "libcar/data/syntax.h"

struct load_prefix {
	struct slice text; /* the current pattern; borrowed until the next */
	struct slice of;
	size_t end; /* length of the text that is cut next */
	bool begun, done;
	char own[SYNTAX_NSID_MAX + 2];
};

/* Begin with the text to be covered, which is borrowed. */
void load_prefix_begin(struct load_prefix *, const struct slice *);

/* Go to the next pattern, the narrowest first; false at the end. */
bool load_prefix_next(struct load_prefix *);

/* Does a pattern cover more than itself? */
static inline bool
load_prefix_is_open(const struct slice *pattern)
{
	return pattern->len > 0 && pattern->at[pattern->len - 1] == '*';
}

#endif
