/*
 * signer: the signing keys and the hosts of accounts of a live stream.
 *
 * They come from DID documents that the caller has looked up, and from a
 * keyring for accounts that were not looked up. Memory is fixed: a new account
 * takes the place of the one in its set of slots that was learnt first.
 */
#ifndef LIBCAR_STREAM_SIGNER_H
#define LIBCAR_STREAM_SIGNER_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/key.h"
#include "libcar/stream/keyring.h"

#define SIGNER_MAX ((size_t)1 << 18) /* 25 MiB if all are known */

/* What is known of an account. Times are in milliseconds of
 * clock_monotonic_ms(). */
struct signer {
	bool has_key;
	struct key key;
	uint64_t host;  /* signer_host(); 0: not known */
	uint64_t asked; /* when its look-up began; 0: it was not looked up */
	uint64_t again; /* don't look it up before, unless its key fails */
	enum status_code why; /* of that look-up: STATUS_OK, or its failure */
};

struct signer_slot;

/* All zero is empty. */
struct signer_table {
	struct keyring *keys; /* the caller's, or NULL */

	/* The module's own. */
	struct signer_slot *slots;
};

/* A number for the host name in an origin, the same for any scheme and port; 0
 * if the origin is empty. */
uint64_t signer_host(const struct slice *origin);

struct signer signer_find(const struct signer_table *, const struct slice *did);

/* Make room for what is learnt. STATUS_SYSTEM. */
int signer_open(struct signer_table *, struct status *);

/* Remember this. Only after signer_open(). */
void signer_learn(struct signer_table *, const struct slice *did,
    const struct signer *);

/* Does one key of the keyring count for all accounts? */
bool signer_is_fixed(const struct signer_table *);

void signer_free(struct signer_table *);

#endif
