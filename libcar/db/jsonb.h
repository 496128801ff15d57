/*
 * jsonb: how PostgreSQL's jsonb can hold a JSON text.
 *
 * jsonb rejects U+0000 in a string, and numbers beyond numeric (131,072 digits
 * before the point, 16,383 after it). If an object has the same key twice, it
 * keeps one value. It keeps everything else except white space, the order of
 * keys and the notation of numbers. (PostgreSQL's manual, 8.14 and 8.1.2.)
 *
 * jsonb can hold long texts, but an SP-GiST index of one costs time and memory
 * that grow with the square of its length (256 KiB: 60 ms, 1 MiB: 0.7 s and
 * 0.4 GB). So a record longer than JSONB_MAX_BYTES isn't stored as jsonb.
 */
#ifndef LIBCAR_DB_JSONB_H
#define LIBCAR_DB_JSONB_H

#include <stddef.h>

#include "libcar/data/json.h"

#define JSONB_WHOLE_DIGITS 131072
#define JSONB_FRACTION_DIGITS 16383
#define JSONB_MAX_BYTES 262144 /* with all digits of its numbers */

enum jsonb_fit {
	JSONB_SAME,    /* jsonb keeps everything that the text says */
	JSONB_CHANGED, /* jsonb takes what jsonb_write makes of it */
	JSONB_LONG,    /* longer than JSONB_MAX_BYTES */
};

/* How a valid JSON text fits. 0, or -1: no memory. */
int jsonb_check(const char *text, size_t len, enum jsonb_fit *,
    struct status *);

/* Write the nearest text that jsonb takes: U+FFFD replaces U+0000, and a string
 * replaces a number with too many digits. */
void jsonb_write(const char *text, size_t len, struct buf *out);

#endif
