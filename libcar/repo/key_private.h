/*
 * key: what the two curves have in common, behind key.h
 * and keypair.h.
 */
#ifndef LIBCAR_REPO_KEY_PRIVATE_H
#define LIBCAR_REPO_KEY_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/repo/key.h"

#define KEY_POINT_BYTES 33 /* of a compressed point */

enum key_answer {
	KEY_NO,
	KEY_YES,
	KEY_UNKNOWN, /* no memory, or the library lacks the curve */
};

struct key_scheme {
	/* Are the bytes a point of the curve? It is then written compressed. */
	enum key_answer (*compress)(uint8_t point[KEY_POINT_BYTES],
	    const uint8_t *bytes, size_t len);

	/* Fill in the form: KEY_YES; or KEY_NO: the point isn't one. */
	enum key_answer (*prepare)(struct key_prepared *,
	    const uint8_t point[KEY_POINT_BYTES]);
	void (*release)(struct key_prepared *);

	/* Is the signature (low S) the key's? */
	enum key_answer (*verify)(const struct key_prepared *,
	    const uint8_t digest[32],
	    const uint8_t signature[KEY_SIGNATURE_BYTES]);

	/* Write the point of a private key of 32 bytes: KEY_YES; KEY_NO: the
	 * bytes are zero, or not below the curve's order. */
	enum key_answer (
	    *derive)(uint8_t point[KEY_POINT_BYTES], const uint8_t *secret);

	/* Write the private key's signature, of low S. */
	enum key_answer (*sign)(uint8_t signature[KEY_SIGNATURE_BYTES],
	    const uint8_t *secret, const uint8_t digest[32]);
};

extern const struct key_scheme key_secp256k1, key_p256;

static inline const struct key_scheme *
key_scheme(enum key_curve curve)
{
	return curve == KEY_P256 ? &key_p256 : &key_secp256k1;
}

#endif
