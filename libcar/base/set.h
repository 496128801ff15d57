/*
 * set: remembers byte strings.
 *
 * It keeps the first 16 bytes of each string's SHA-256, so an attacker can't
 * find two strings that collide. An entry needs 21 to 43 bytes. All zero is an
 * empty set.
 */
#ifndef LIBCAR_BASE_SET_H
#define LIBCAR_BASE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct set {
	uint64_t (*slots)[2];
	size_t count, cap; /* cap: 0 or a power of two */
};

/* 1 if it is new, 0 if it was there, -1: no memory. */
int set_add(struct set *, const void *, size_t);

bool set_has(const struct set *, const void *, size_t);

void set_free(struct set *);

#endif
