#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <secp256k1.h>
#include <secp256k1_preallocated.h>

#include "libcar/repo/key_private.h"

/*
 * secp256k1 by libsecp256k1, which verifies ten times as fast as libcrypto. The
 * static context is enough for public keys. A private key needs its own
 * context, in our memory: if an allocation failed, the library would abort.
 */

static void
serialize(uint8_t *point, const secp256k1_pubkey *pub)
{
	size_t n = KEY_POINT_BYTES;

	secp256k1_ec_pubkey_serialize(secp256k1_context_static, point, &n, pub,
	    SECP256K1_EC_COMPRESSED);
}

static enum key_answer
compress(uint8_t *point, const uint8_t *bytes, size_t len)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_pubkey pub;

	if (!secp256k1_ec_pubkey_parse(ctx, &pub, bytes, len))
		return KEY_NO;
	serialize(point, &pub);
	return KEY_YES;
}

/* libsecp256k1 promises that its key struct can be copied as bytes. */
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

/* secp256k1_ecdsa_verify() itself rejects a high S. */
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

/* Allocate the memory that is the context; NULL: failed. */
static secp256k1_context *
make_context(void **memory)
{
	*memory = malloc(
	    secp256k1_context_preallocated_size(SECP256K1_CONTEXT_NONE));
	if (*memory == NULL)
		return NULL;
	return secp256k1_context_preallocated_create(*memory,
	    SECP256K1_CONTEXT_NONE);
}

static void
free_context(secp256k1_context *ctx, void *memory)
{
	secp256k1_context_preallocated_destroy(ctx);
	free(memory);
}

static enum key_answer
derive(uint8_t *point, const uint8_t *secret)
{
	secp256k1_context *ctx;
	secp256k1_pubkey pub;
	void *memory;
	bool done;

	if ((ctx = make_context(&memory)) == NULL)
		return KEY_UNKNOWN;
	if ((done = secp256k1_ec_pubkey_create(ctx, &pub, secret)))
		serialize(point, &pub);
	free_context(ctx, memory);
	return done ? KEY_YES : KEY_NO;
}

/* The library makes nonces after RFC 6979, and a low S. */
static enum key_answer
sign(uint8_t *signature, const uint8_t *secret, const uint8_t *digest)
{
	secp256k1_ecdsa_signature sig;
	secp256k1_context *ctx;
	void *memory;
	bool done;

	if ((ctx = make_context(&memory)) == NULL)
		return KEY_UNKNOWN;
	done = secp256k1_ecdsa_sign(ctx, &sig, digest, secret, NULL, NULL);
	secp256k1_ecdsa_signature_serialize_compact(ctx, signature, &sig);
	free_context(ctx, memory);
	return done ? KEY_YES : KEY_NO;
}

const struct key_scheme key_secp256k1 = {
	.compress = compress,
	.prepare = prepare,
	.release = release,
	.verify = verify,
	.derive = derive,
	.sign = sign,
};
