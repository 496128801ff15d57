#include "config.h"

#include "libcar/base/varint.h"

/*
 * Seven bits a byte, the lowest first; the highest bit says that more follow.
 * A last byte of zero adds nothing: there is a shorter form of the number, so
 * this one is refused.
 */

int
varint_parse(const uint8_t *p, size_t len, uint64_t *value)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < VARINT_MAX_BYTES; i++) {
		if (i == len)
			return 0;
		v |= (uint64_t)(p[i] & 0x7f) << (7 * i);
		if (p[i] & 0x80)
			continue;
		if (i > 0 && p[i] == 0)
			return -1;
		*value = v;
		return i + 1;
	}
	return -1;
}

int
varint_format(uint8_t *p, uint64_t value)
{
	int n = 0;

	for (; value >= 0x80; value >>= 7)
		p[n++] = value | 0x80;
	p[n++] = value;
	return n;
}
