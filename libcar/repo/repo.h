/*
 * repo: a repo in a CAR, verified before any of it is given out.
 *
 * repo_open() checks every block's hash, the commit and its signature,
 * repo_check() the whole tree and that every record is there; what repo_walk()
 * then gives is true. https://atproto.com/specs/repository
 */
#ifndef LIBCAR_REPO_REPO_H
#define LIBCAR_REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/blocks.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/key.h"
#include "libcar/repo/mst.h"

/* What the repo has to be. */
struct repo_want {
	const char *did; /* NULL: any */
	size_t did_len;
	uint64_t now; /* microseconds since 1970 */
	bool partial; /* blocks that aren't there are no error */
	bool salvage; /* damage is no error, see `damaged` */

	/* The key that has to have signed the commit; NULL: any, or what
	 * find_signer says once the commit is known: 0 and *key, which stays
	 * NULL if no key is known, or -1 and why. It may be NULL. */
	const struct key *signer;
	int (*find_signer)(void *ctx, const struct commit *,
	    const struct key **key, struct status *);
	bool need_signer; /* a commit whose key isn't known is an error */

	/* Called for each block that was read, with its end in the CAR; and for
	 * every key, in order, while the tree is checked. May be NULL. */
	void (*block)(void *ctx, uint64_t end);
	void (*key)(void *ctx, const uint8_t *key, size_t len);
	void *ctx;
};

struct repo {
	struct blocks blocks;
	struct car car;
	struct commit commit;
	struct cid cid; /* the commit's */
	bool verified;  /* the commit has the signature of its key */
	uint64_t lost;  /* links that led nowhere */
	bool damaged;   /* with want->salvage, and why: */
	struct status why;
};

/* A record of the walk, all borrowed. */
struct repo_record {
	const uint8_t *key;
	size_t key_len;
	const uint8_t *cid;
	size_t cid_len;
	const uint8_t *block;
	size_t len;
};

/* Find the commit alone, and check its hash: 0, or -1 and why. The other blocks
 * are passed over, and repo_open() may follow. The commit is borrowed until
 * then. */
int repo_peek(struct repo *, struct car_input *, struct status *)
    __attribute__((warn_unused_result));

/* Check the commit that repo_peek() has found, as repo_open() does. */
int repo_check_commit(struct repo *, const struct repo_want *, struct status *)
    __attribute__((warn_unused_result));

/* Read all blocks and the commit, and check them. 0, or -1 and why; once the
 * commit is known (commit.did isn't NULL) for this very commit. The input has
 * to stay until repo_free(). */
int repo_open(struct repo *, struct car_input *, const struct repo_want *,
    struct status *) __attribute__((warn_unused_result));

/* Check the whole tree. 0, or -1 and why. */
int repo_check(struct repo *, const struct repo_want *, struct status *)
    __attribute__((warn_unused_result));

/* Give the records of the checked tree in key order; where a record's block
 * isn't there (only after `partial` or `salvage`) it is passed over. want
 * says for which keys the block is looked up at all; fn's -1 stops. */
int repo_walk(struct repo *,
    bool (*want)(void *ctx, const uint8_t *key, size_t len),
    int (*fn)(void *ctx, const struct repo_record *, struct status *),
    void *ctx, struct status *);

void repo_free(struct repo *);

#endif
