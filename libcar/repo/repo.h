/*
 * repo: a repo in a CAR, verified before any of it is given out.
 *
 * repo_open() checks every block's hash and the commit, repo_verify() its
 * signature, repo_check() the whole tree and that every record is there; what
 * repo_walk() then gives is true.
 */
#ifndef LIBCAR_REPO_REPO_H
#define LIBCAR_REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"
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

/* Read all blocks and the commit, and check them. 0, or -1 and why; once the
 * commit is known (commit.did isn't NULL) for this very commit. */
int repo_open(struct repo *, struct car_input *, const struct repo_want *,
    struct status *);

/* Check the commit's signature. 0, or -1: STATUS_BAD_SIGNATURE. */
int repo_verify(const struct repo *, const struct key *, struct status *)
    __attribute__((warn_unused_result));

/* Check the whole tree. 0, or -1 and why. */
int repo_check(struct repo *, const struct repo_want *, struct status *);

/* Give the records of the checked tree in key order; where a record's block
 * isn't there (only after `partial` or `salvage`) it is passed over. want
 * says for which keys the block is looked up at all; fn's -1 stops. */
int repo_walk(struct repo *,
    bool (*want)(void *ctx, const uint8_t *key, size_t len),
    int (*fn)(void *ctx, const struct repo_record *, struct status *),
    void *ctx, struct status *);

/* Is the file a CAR of the whole repo, and signed with this key (NULL: any)?
 * 0, its rev and the CID of its commit, each with a NUL; or -1 and why. The
 * descriptor, read from its beginning, stays the caller's. */
int repo_verify_file(int fd, const struct repo_want *, const struct key *,
    char rev[SYNTAX_TID_LEN + 1], char head[CID_MAX_TEXT + 1], struct status *)
    __attribute__((warn_unused_result));

void repo_free(struct repo *);

#endif
