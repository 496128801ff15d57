/*
 * outline: the members of a JSON object, or the elements of an array, when
 * their values may be wrong.
 *
 * json.h is strict: it rejects a whole text for one bad escape. A host's list
 * has many values, and one bad value must not affect the others. The outline
 * finds the end of each value by quotes, brackets and commas alone, at any
 * depth. It checks nothing inside a value; json.h does that. An error is a
 * broken structure: brackets that don't close, a string without end, a comma
 * that is missing or that nothing follows.
 *
 * The time is linear in the text. Nothing is allocated.
 */
#ifndef LIBCAR_DATA_OUTLINE_H
#define LIBCAR_DATA_OUTLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"

struct outline {
	const char *at, *end; /* borrowed */
	char close;           /* what ends the container */
	bool begun;           /* a value was read */
};

/* Begin with a text that is one object or one array, which must outlive the
 * outline: the opening bracket, or '\0' if it is neither. */
char outline_open(struct outline *, const char *text, size_t len);

/* The next value, and of an object its key with the quotes; both as they are
 * written, borrowed from the text. 1; 0 at the end, when only white space
 * follows; -1 if the structure is broken. */
int outline_next(struct outline *, struct slice *key, struct slice *value);

#endif
