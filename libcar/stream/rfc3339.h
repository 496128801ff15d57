/*
 * rfc3339: times as the lines of at-ndjson(5) have them.
 * https://www.rfc-editor.org/rfc/rfc3339
 */
#ifndef LIBCAR_STREAM_RFC3339_H
#define LIBCAR_STREAM_RFC3339_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"

#define RFC3339_BYTES 32

/* Microseconds since 1970 as "2026-01-31T12:00:00.000Z" with a NUL; the length
 * without it. */
size_t rfc3339_format(char out[RFC3339_BYTES], uint64_t micros);

/* A time, with or without a fraction, in any zone, to milliseconds since 1970;
 * 0 if it isn't one. */
int64_t rfc3339_parse(const struct slice *);

#endif
