/*
 * commit: a repo's signed commit.
 * https://atproto.com/specs/repository#commit-objects
 *
 * Versions 2 and 3. What is signed is the block's map without `sig`, with
 * any field that isn't known here.
 */
#ifndef LIBCAR_REPO_COMMIT_H
#define LIBCAR_REPO_COMMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/repo/key.h"
#include "libcar/repo/keypair.h"

#define COMMIT_FUTURE_MICROS (5 * 60 * (uint64_t)1000000)

struct commit {
	unsigned version;
	const char *did, *rev;   /* borrowed from the block, as all */
	size_t did_len, rev_len; /* rev_len is that of a TID */
	struct cid data;
	const uint8_t *sig;
	size_t sig_len;
	const uint8_t *block;
	size_t block_len;
	uint64_t entries; /* of the map, which begin at entries_at */
	size_t entries_at;
	size_t sig_at, sig_end; /* the entry `sig` in the block */
};

/* Read a commit's block. STATUS_BAD_COMMIT, STATUS_BAD_REV; what is then set
 * of did and rev is a DID and a TID. */
int commit_parse(struct commit *, const void *block, size_t len,
    struct status *);

/* Read the commit that is the root of a CAR. get finds its block: 1, 0 if it is
 * missing, -1 and the status. STATUS_BAD_CAR: no root; STATUS_MISSING_BLOCK;
 * and those of commit_parse(). */
int commit_find(struct commit *, const struct cid *root,
    int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	size_t *len, struct status *),
    void *ctx, struct status *);

/* STATUS_FUTURE_REV if rev is more than five minutes after now. */
int commit_check_rev(const struct commit *, uint64_t now_micros,
    struct status *);

/* Append the bytes that were signed. */
void commit_unsigned(const struct commit *, struct buf *);

/* The SHA-256 of the bytes that were signed, for key_verify_hash().
 * STATUS_SYSTEM. */
int commit_hash(const struct commit *, uint8_t hash[32], struct status *);

/* Is sig the key's? 0, or -1: STATUS_BAD_SIGNATURE, STATUS_SYSTEM. */
int commit_verify(const struct commit *, const struct key *, struct status *)
    __attribute__((warn_unused_result));

/* What a caller requires of a commit. */
struct commit_want {
	const char *did; /* NULL: any */
	size_t did_len;
	uint64_t now; /* microseconds since 1970 */

	/* The key that must have signed it. NULL: any key, or the key of
	 * find_signer(): 0 and *key, which stays NULL if no key is known, or -1
	 * and why. find_signer may be NULL. */
	const struct key *signer;
	int (*find_signer)(void *ctx, const struct commit *,
	    const struct key **key, struct status *);
	void *ctx;
	bool need_signer; /* an unknown key is an error */
};

/* Check account, rev and signature. *verified: a key is known, and signed it.
 * STATUS_WRONG_DID, STATUS_NO_KEY, and those of commit_check_rev(),
 * commit_verify() and find_signer(). */
int commit_check(const struct commit *, const struct commit_want *,
    bool *verified, struct status *) __attribute__((warn_unused_result));

/* Append a commit block of version 3 with prev null; sig may be NULL, then
 * the bytes to sign are appended. For tests and writers of CARs. */
void commit_write(struct buf *, const char *did, const char *rev,
    const uint8_t *data_cid, const uint8_t *sig);

/* The same, signed. STATUS_SYSTEM: nothing is appended. */
int commit_sign(struct buf *, const char *did, const char *rev,
    const uint8_t *data_cid, const struct keypair *, struct status *);

#endif
