/*
 * load_prefix: the patterns that cover a collection, or all of a pattern.
 *
 * They are few: itself, each of its prefixes with `.*`, and `*`. Whoever asks
 * which of many patterns cover something looks these up.
 */
#ifndef LIBCAR_LOAD_PREFIX_PRIVATE_H
#define LIBCAR_LOAD_PREFIX_PRIVATE_H

#include <stdbool.h>

#include "libcar/base/slice.h"
#include "libcar/data/syntax.h"

struct load_prefix {
	struct slice text; /* the present one; borrowed until the next */
	struct slice of;
	size_t end; /* of what the next prefixes are cut from */
	bool begun, done;
	char own[SYNTAX_NSID_MAX + 2];
};

/* Begin with what they cover, which is borrowed. */
void load_prefix_begin(struct load_prefix *, const struct slice *);

/* The next one, the narrowest first; false: there are no more. */
bool load_prefix_next(struct load_prefix *);

/* Does a pattern cover more than itself? */
static inline bool
load_prefix_is_open(const struct slice *pattern)
{
	return pattern->len > 0 && pattern->at[pattern->len - 1] == '*';
}

#endif
