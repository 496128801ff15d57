/*
 * car_pairs: the pairs of CARs that at-cardiff's operands name: two files, or
 * the files of the same name in two directories.
 */
#ifndef LIBCAR_CLI_CAR_PAIRS_H
#define LIBCAR_CLI_CAR_PAIRS_H

#include <stdint.h>

#include "libcar/stream/ndjson.h"

/* NULL: the directory has no such file. */
struct car_pairs_names {
	const char *old, *new; /* paths, borrowed until the next pair */
};

struct car_pairs {
	/* The caller's: pair() gets each pair once. */
	struct ndjson_out *out; /* written before the program ends */
	void (*pair)(struct car_pairs *, const struct car_pairs_names *);
	void *ctx;

	uint64_t total; /* pairs, 0: unknown */
	uint64_t found; /* pairs so far */
};

/* Take the files of two operands. In two archives, a CAR and a compressed one
 * of the same account are a pair. Files that only the old directory has come
 * last. Ends the program if it can't continue. */
void car_pairs_take(struct car_pairs *, const char *old, const char *new);

#endif
