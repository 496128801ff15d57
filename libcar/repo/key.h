/*
 * key: public keys and their signatures.
 *
 * secp256k1 (multicodec 0xE7) and P-256 (0x1200), compressed points, as
 * did:key or Multikey; the legacy verification methods EcdsaSecp256k1 and
 * EcdsaSecp256r1VerificationKey2019 have a bare uncompressed (or compressed)
 * point in multibase. Signatures are 64 bytes r and s, low-S on both
 * curves. https://atproto.com/specs/cryptography
 */
#ifndef LIBCAR_REPO_KEY_H
#define LIBCAR_REPO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define KEY_SIGNATURE_BYTES 64
#define KEY_MAX_TEXT 80 /* of a did:key, with its NUL */

enum key_curve { KEY_SECP256K1 = 0xe7, KEY_P256 = 0x1200 };

struct key {
	enum key_curve curve;
	uint8_t point[33]; /* compressed, on the curve unless key_read() made
			      it */
};

/* Read `did:key:z…`, or the `z…` of a Multikey. STATUS_BAD_SYNTAX. */
int key_parse(struct key *, const char *text, size_t len, struct status *);

/* The same without a check that the point is on its curve, which costs a tenth
 * of a verification. Ask key_is_on_curve() if the key can't be prepared. */
int key_read(struct key *, const char *text, size_t len, struct status *);

bool key_is_on_curve(const struct key *);

/* Read the multibase point of a legacy verification method of this curve. */
int key_parse_legacy(struct key *, enum key_curve, const char *text, size_t len,
    struct status *);

/* Write the did:key and a NUL; its length. */
size_t key_format(char out[KEY_MAX_TEXT], const struct key *);

/* Is this the key's signature of the message (hashed by SHA-256 here)? 0, or
 * -1: STATUS_BAD_SIGNATURE, or STATUS_SYSTEM if it could not be checked. */
int key_verify(const struct key *, const void *message, size_t len,
    const uint8_t *signature, size_t signature_len, struct status *)
    __attribute__((warn_unused_result));

/*
 * A key made ready for many signatures, as those of the accounts of a live
 * stream: its point isn't read again for each. All zero is none.
 */
struct key_prepared {
	enum key_curve curve;
	union {
		unsigned char secp256k1[64]; /* libsecp256k1's form */
		struct evp_pkey_st *p256;    /* libcrypto's, owned */
	} form;
};

/* The prepared key doesn't need the key any more. STATUS_SYSTEM. */
int key_prepare(struct key_prepared *, const struct key *, struct status *);

/* As key_verify(). */
int key_verify_prepared(const struct key_prepared *, const void *message,
    size_t len, const uint8_t *signature, size_t signature_len, struct status *)
    __attribute__((warn_unused_result));

/* The same for a caller that has the message's SHA-256. Threads may call this
 * at the same time. */
int key_verify_hash(const struct key_prepared *, const uint8_t hash[32],
    const uint8_t *signature, size_t signature_len, struct status *)
    __attribute__((warn_unused_result));

void key_prepared_free(struct key_prepared *);

#endif
