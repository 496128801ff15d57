/*
 * varint: unsigned LEB128 of multiformats.
 *
 * At most 9 bytes (63 bits), and only the shortest form:
 * https://github.com/multiformats/unsigned-varint
 */
#ifndef LIBCAR_BASE_VARINT_H
#define LIBCAR_BASE_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX_BYTES 9

/* Read one at p; its length, 0 if the input ends inside it, -1 if it is too
 * long or not the shortest form. */
int varint_parse(const uint8_t *p, size_t len, uint64_t *value);

/* Write one, at most VARINT_MAX_BYTES; its length. value < 2^63. */
int varint_format(uint8_t *p, uint64_t value);

#endif
