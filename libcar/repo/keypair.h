/*
 * keypair: private keys, and what they sign.
 *
 * Texts are multibase base58btc (`z`) of multicodec's secp256k1-priv (0x1301)
 * or p256-priv (0x1306) and 32 bytes. Signatures are those of key.h.
 * https://atproto.com/specs/cryptography
 *
 * The caller brings what has to be random, and keeps it secret. A signature
 * by secp256k1 is always the same one (RFC 6979); for P-256 libcrypto draws a
 * nonce, so that each is another one.
 */
#ifndef LIBCAR_REPO_KEYPAIR_H
#define LIBCAR_REPO_KEYPAIR_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/key.h"

#define KEYPAIR_SECRET_BYTES 32
#define KEYPAIR_MAX_TEXT 52 /* with its NUL */

struct keypair {
	struct key key; /* the public one */
	uint8_t secret[KEYPAIR_SECRET_BYTES];
};

/* Make a keypair of 32 random bytes. STATUS_BAD_SYNTAX: they are zero or not
 * below the curve's order, which happens to one in 2^32 (P-256) or fewer:
 * bring others. STATUS_SYSTEM. */
int keypair_make(struct keypair *, enum key_curve,
    const uint8_t secret[KEYPAIR_SECRET_BYTES], struct status *);

/* Read the text of a private key. STATUS_BAD_SYNTAX, STATUS_SYSTEM. */
int keypair_parse(struct keypair *, const char *text, size_t len,
    struct status *);

/* Write the text of the private key and a NUL; its length. */
size_t keypair_format(char out[KEYPAIR_MAX_TEXT], const struct keypair *);

/* Sign a message (hashed by SHA-256 here). STATUS_SYSTEM. */
int keypair_sign(const struct keypair *, const void *message, size_t len,
    uint8_t signature[KEY_SIGNATURE_BYTES], struct status *);

/* Overwrite the secret. */
void keypair_free(struct keypair *);

#endif
