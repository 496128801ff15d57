/*
 * proofs: proofs of records, as lines of at-ndjson(5).
 *
 * To cut proofs: proofs_open() with a repo in a CAR, then proofs_cut() for each
 * record, or proof_cut.h for one CAR of several records. To check them:
 * proofs_read() with a proof, then proofs_check() for each record; the commit
 * must have the signature of a known key. Lines are appended to `out`; the
 * caller writes them. Whatever fails has no line, but proofs_error() appends
 * one.
 */
#ifndef LIBCAR_STREAM_PROOFS_H
#define LIBCAR_STREAM_PROOFS_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/car.h"
#include "libcar/repo/proof.h"
#include "libcar/repo/proof_cut.h"
#include "libcar/repo/repo.h"
#include "libcar/stream/keyring.h"

/* A record. did and rev may be nothing; rev is only for proofs_error(). */
struct proofs_key {
	struct slice did, rev, collection, rkey;
};

/* All zero before first use, except for the caller's fields. */
struct proofs {
	/* The caller's. */
	const char *program; /* for error lines */
	struct keyring *keys;
	struct buf *out;
	bool require_signature; /* of repos that proofs are cut out of */

	struct repo repo; /* open between proofs_open() and proofs_close() */

	/* The module's own. */
	struct proof_cut cut;
	struct proof proof;
	const struct commit *commit; /* the account's, for errors; or NULL */
	struct buf path;
};

/* Open a repo: all its blocks have their hashes, and the commit is that of the
 * account, or of any account if did is nothing. now: microseconds since
 * 1970. */
int proofs_open(struct proofs *, struct car_input *, const struct slice *did,
    uint64_t now, struct status *);

/* Append the line of a proof that was cut out of the open repo, and checked.
 * -1: STATUS_UNPROVED, STATUS_BAD_TREE, STATUS_TOO_LARGE, STATUS_SYSTEM. */
int proofs_cut(struct proofs *, const struct proofs_key *, uint64_t now,
    struct status *);

void proofs_close(struct proofs *);

/* Read a proof, which must stay until the last proofs_check(). */
int proofs_read(struct proofs *, const void *car, size_t len,
    const struct slice *did, uint64_t now, struct status *);

/* Append the line that says what the proof proves. */
int proofs_check(struct proofs *, const struct proofs_key *, struct status *);

/* Append the error line of a record, or of the file if no account is known.
 * input: the file, or NULL. */
void proofs_error(struct proofs *, const struct proofs_key *, const char *input,
    uint64_t now, const struct status *why);

void proofs_free(struct proofs *);

#endif
