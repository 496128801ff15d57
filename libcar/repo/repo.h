/*
 * repo: a repo in a CAR, verified before the caller gets any record.
 *
 * repo_open() checks the hash of every block, the commit and its signature.
 * repo_check() checks the whole tree and that every record is present. After
 * that repo_walk() gives verified records.
 * https://atproto.com/specs/repository
 */
#ifndef LIBCAR_REPO_REPO_H
#define LIBCAR_REPO_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/blocks.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/key.h"
#include "libcar/repo/mst.h"

/* What the caller requires of the repo. */
struct repo_want {
	const char *did; /* NULL: any */
	size_t did_len;
	uint64_t now; /* microseconds since 1970 */
	bool partial; /* missing blocks are not an error */
	bool salvage; /* damage is not an error, see `damaged` */

	/* The key that must have signed the commit. NULL: any key, or the key
	 * of find_signer(), which is called once the commit is known: 0 and
	 * *key, which stays NULL if no key is known, or -1 and why. find_signer
	 * may be NULL. */
	const struct key *signer;
	int (*find_signer)(void *ctx, const struct commit *,
	    const struct key **key, struct status *);
	bool need_signer; /* an unknown key is an error */

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
	uint64_t lost;  /* links to missing blocks */
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

/* Find only the commit, and check its hash: 0, or -1 and why. The other blocks
 * are skipped, and repo_open() may follow. The commit is borrowed until
 * then. */
int repo_peek(struct repo *, struct car_input *, struct status *)
    __attribute__((warn_unused_result));

/* Check the commit that repo_peek() has found, as repo_open() does. */
int repo_check_commit(struct repo *, const struct repo_want *, struct status *)
    __attribute__((warn_unused_result));

/* Read and check all blocks and the commit. 0, or -1 and why; if commit.did
 * isn't NULL, the failure concerns this commit. The input must stay until
 * repo_free(). */
int repo_open(struct repo *, struct car_input *, const struct repo_want *,
    struct status *) __attribute__((warn_unused_result));

/* Check the whole tree. 0, or -1 and why. */
int repo_check(struct repo *, const struct repo_want *, struct status *)
    __attribute__((warn_unused_result));

/* The block of a record's link: from the CAR, or from an identity CID itself.
 * 0, or -1: STATUS_MISSING_BLOCK, STATUS_SYSTEM. */
int repo_record_block(struct repo *, const struct slice *link, struct slice *,
    struct status *);

/* Give the records of the checked tree in key order. A record whose block is
 * missing (only after `partial` or `salvage`) is skipped. Only the blocks of
 * keys that `want` accepts are looked up; if fn returns -1, the walk stops. */
int repo_walk(struct repo *,
    bool (*want)(void *ctx, const uint8_t *key, size_t len),
    int (*fn)(void *ctx, const struct repo_record *, struct status *),
    void *ctx, struct status *);

void repo_free(struct repo *);

#endif
