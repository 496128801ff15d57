#include "config.h"

#include <string.h>

#include <secp256k1.h>

#include "libcar/repo/key_private.h"

/*
 * secp256k1 by libsecp256k1, which verifies ten times as fast as libcrypto.
 * The static context is enough for public keys.
 */

static enum key_answer
compress(uint8_t *point, const uint8_t *bytes, size_t len)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_pubkey pub;
	size_t n = KEY_POINT_BYTES;

	if (!secp256k1_ec_pubkey_parse(ctx, &pub, bytes, len))
		return KEY_NO;
	secp256k1_ec_pubkey_serialize(ctx, point, &n, &pub,
	    SECP256K1_EC_COMPRESSED);
	return KEY_YES;
}

/* libsecp256k1 promises that its form of a key is bytes that can be copied. */
static enum key_answer
prepare(struct key_prepared *key, const uint8_t *point)
{
	secp256k1_pubkey pub;

	if (!secp256k1_ec_pubkey_parse(secp256k1_context_static, &pub, point,
		KEY_POINT_BYTES))
		return KEY_NO;
	memcpy(key->form.secp256k1, pub.data, sizeof(pub.data));
	return KEY_YES;
}

static void
release(struct key_prepared *key)
{
	(void)key;
}

/* High S is refused by secp256k1_ecdsa_verify() itself. */
static enum key_answer
verify(const struct key_prepared *key, const uint8_t *digest,
    const uint8_t *signature)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_signature sig;
	secp256k1_pubkey pub;

	memcpy(pub.data, key->form.secp256k1, sizeof(pub.data));
	return secp256k1_ecdsa_signature_parse_compact(ctx, &sig, signature) &&
		secp256k1_ecdsa_verify(ctx, &sig, digest, &pub) ?
	    KEY_YES :
	    KEY_NO;
}

const struct key_scheme key_secp256k1 = {
	.compress = compress,
	.prepare = prepare,
	.release = release,
	.verify = verify,
};
