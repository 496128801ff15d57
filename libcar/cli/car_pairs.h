/*
 * car_pairs: the pairs of CARs that at-cardiff's operands name: two files, the
 * files of the same name in two directories, or two revs of one account in an
 * archive.
 */
#ifndef LIBCAR_CLI_CAR_PAIRS_H
#define LIBCAR_CLI_CAR_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/stream/ndjson.h"

/* NULL: the directory has no such file. */
struct car_pairs_names {
	const char *old, *new; /* paths, borrowed until the next pair */

	/* They are of directories, and must be regular files: opening a FIFO
	 * would wait for a writer. */
	bool regular;

	/* Of an archive: the account and the revs; otherwise NULL. */
	const char *did, *old_rev, *new_rev;
};

struct car_pairs {
	/* The caller's: pair() gets each pair once. */
	struct ndjson_out *out; /* written before the program ends */
	void (*pair)(struct car_pairs *, const struct car_pairs_names *);
	/* An archive lacks what this operand names. */
	void (*miss)(struct car_pairs *, const char *did, const char *operand,
	    struct status *why);
	void *ctx;

	uint64_t total; /* pairs, 0: unknown */
	uint64_t found; /* pairs so far */
};

/* Check the number and the form of the operands: two files or directories, or
 * with -d a DID, the old rev and the new one. Ends the program if they are
 * wrong. */
void car_pairs_check(const char *directory, char **operands);

/* Take the pairs of operands that were checked. In two archives, a CAR and a
 * compressed one of the same account are a pair. Files that only the old
 * directory has come last. Without a new rev it is the newest, without an old
 * one the one before. Ends the program if it can't continue. */
void car_pairs_take(struct car_pairs *, const char *directory, char **operands);

#endif
