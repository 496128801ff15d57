/*
 * jsonb: what PostgreSQL's jsonb makes of a JSON text.
 *
 * jsonb takes no U+0000 in a string, and no number beyond its numeric (131,072
 * digits before the point, 16,383 after it); of a key that comes twice in an
 * object it keeps one value. Anything else it keeps, but for white space, the
 * order of keys and how a number is written. (PostgreSQL's manual, 8.14 and
 * 8.1.2.)
 */
#ifndef LIBCAR_DB_JSONB_H
#define LIBCAR_DB_JSONB_H

#include <stddef.h>

#include "libcar/data/json.h"

#define JSONB_WHOLE_DIGITS 131072
#define JSONB_FRACTION_DIGITS 16383

/* Does it keep all that the text, which is valid, says? 1, 0, -1: no memory. */
int jsonb_keeps(const char *text, size_t len, struct status *);

/* The nearest text that it takes: U+FFFD for U+0000, and a string in the place
 * of a number that is too long. */
void jsonb_write(const char *text, size_t len, struct buf *out);

#endif
