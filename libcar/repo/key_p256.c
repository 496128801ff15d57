#include "config.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "libcar/repo/key_private.h"

/*
 * P-256 by libcrypto. It takes signatures in DER, accepts a high S, and queues
 * errors of its own, which this module always clears.
 */

#define MAX_DER 80 /* two numbers of 32 bytes */

/* Half the order of P-256: the largest low S. */
static const uint8_t half_order[32] = { 0x7f, 0xff, 0xff, 0xff, 0x80, 0x00,
	0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73,
	0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31,
	0x92, 0xa8 };

static enum key_answer
read_point(EC_GROUP *group, EC_POINT *p, uint8_t *point, const uint8_t *bytes,
    size_t len)
{
	if (group == NULL || p == NULL)
		return KEY_UNKNOWN;
	if (EC_POINT_oct2point(group, p, bytes, len, NULL) != 1)
		return KEY_NO;
	return EC_POINT_point2oct(group, p, POINT_CONVERSION_COMPRESSED, point,
		   KEY_POINT_BYTES, NULL) == KEY_POINT_BYTES ?
	    KEY_YES :
	    KEY_UNKNOWN;
}

static enum key_answer
compress(uint8_t *point, const uint8_t *bytes, size_t len)
{
	EC_GROUP *group;
	EC_POINT *p;
	enum key_answer answer;

	ERR_set_mark();
	group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	p = group != NULL ? EC_POINT_new(group) : NULL;
	answer = read_point(group, p, point, bytes, len);
	EC_POINT_free(p);
	EC_GROUP_free(group);
	ERR_pop_to_mark();
	return answer;
}

/* Make libcrypto's key from one parameter; NULL: failed. */
static EVP_PKEY *
import(int selection, OSSL_PARAM key)
{
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    group, 0),
		key,
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, selection, params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static EVP_PKEY *
public_key(const uint8_t *point)
{
	uint8_t pub[KEY_POINT_BYTES];

	memcpy(pub, point, sizeof(pub));
	return import(EVP_PKEY_PUBLIC_KEY,
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, pub,
		sizeof(pub)));
}

static enum key_answer
prepare(struct key_prepared *key, const uint8_t *point)
{
	ERR_set_mark();
	key->form.p256 = public_key(point);
	ERR_pop_to_mark();
	return key->form.p256 != NULL ? KEY_YES : KEY_UNKNOWN;
}

static void
release(struct key_prepared *key)
{
	EVP_PKEY_free(key->form.p256);
}

/* Make the DER form, which the caller frees; return its length, or -1. */
static int
signature_der(uint8_t **der, const uint8_t *signature)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature, 32, NULL);
	BIGNUM *s = BN_bin2bn(signature + 32, 32, NULL);
	int len = -1;

	if (sig != NULL && r != NULL && s != NULL) {
		ECDSA_SIG_set0(sig, r, s);
		r = s = NULL;
		len = i2d_ECDSA_SIG(sig, der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return len;
}

static enum key_answer
verify_der(EVP_PKEY *pkey, const uint8_t *digest, const uint8_t *der, int len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	int result = -1;

	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1)
		result = EVP_PKEY_verify(ctx, der, len, digest, 32);
	EVP_PKEY_CTX_free(ctx);
	return result == 1 ? KEY_YES : result == 0 ? KEY_NO : KEY_UNKNOWN;
}

static enum key_answer
verify(const struct key_prepared *key, const uint8_t *digest,
    const uint8_t *signature)
{
	enum key_answer answer = KEY_UNKNOWN;
	uint8_t *der = NULL;
	int len;

	if (memcmp(signature + 32, half_order, sizeof(half_order)) > 0)
		return KEY_NO;
	ERR_set_mark();
	if ((len = signature_der(&der, signature)) > 0)
		answer = verify_der(key->form.p256, digest, der, len);
	OPENSSL_free(der);
	ERR_pop_to_mark();
	return answer;
}

/* The private key as a number, which the caller frees with BN_clear_free(). */
static BIGNUM *
read_secret(const uint8_t *secret)
{
	BIGNUM *scalar = BN_bin2bn(secret, 32, NULL);

	if (scalar != NULL)
		BN_set_flags(scalar, BN_FLG_CONSTTIME);
	return scalar;
}

static enum key_answer
multiply(uint8_t *point, EC_GROUP *group, EC_POINT *p, const BIGNUM *scalar)
{
	if (group == NULL || p == NULL || scalar == NULL)
		return KEY_UNKNOWN;
	if (BN_is_zero(scalar) ||
	    BN_cmp(scalar, EC_GROUP_get0_order(group)) >= 0)
		return KEY_NO;
	return EC_POINT_mul(group, p, scalar, NULL, NULL, NULL) == 1 &&
		EC_POINT_point2oct(group, p, POINT_CONVERSION_COMPRESSED, point,
		    KEY_POINT_BYTES, NULL) == KEY_POINT_BYTES ?
	    KEY_YES :
	    KEY_UNKNOWN;
}

static enum key_answer
derive(uint8_t *point, const uint8_t *secret)
{
	enum key_answer answer;
	EC_GROUP *group;
	EC_POINT *p;
	BIGNUM *scalar;

	ERR_set_mark();
	group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	p = group != NULL ? EC_POINT_new(group) : NULL;
	scalar = read_secret(secret);
	answer = multiply(point, group, p, scalar);
	BN_clear_free(scalar);
	EC_POINT_free(p);
	EC_GROUP_free(group);
	ERR_pop_to_mark();
	return answer;
}

static EVP_PKEY *
private_key(const uint8_t *secret)
{
	BIGNUM *scalar = read_secret(secret);
	EVP_PKEY *pkey = NULL;
	uint8_t native[32];

	if (scalar != NULL && BN_bn2nativepad(scalar, native, 32) == 32)
		pkey = import(EVP_PKEY_KEYPAIR,
		    OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native,
			sizeof(native)));
	OPENSSL_cleanse(native, sizeof(native));
	BN_clear_free(scalar);
	return pkey;
}

/* Write the low one of s and the order minus s. */
static bool
write_low(uint8_t *out, const BIGNUM *s)
{
	BIGNUM *low = BN_bin2bn(half_order, sizeof(half_order), NULL);
	bool done = low != NULL;

	if (done && BN_cmp(s, low) <= 0)
		done = BN_copy(low, s) != NULL;
	else if (done) /* the order is twice its half, plus one */
		done = BN_lshift1(low, low) && BN_add_word(low, 1) &&
		    BN_sub(low, low, s);
	done = done && BN_bn2binpad(low, out, 32) == 32;
	BN_free(low);
	return done;
}

static bool
write_signature(uint8_t *signature, const uint8_t *der, size_t len)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, len);
	bool done;

	if (sig == NULL)
		return false;
	done = BN_bn2binpad(ECDSA_SIG_get0_r(sig), signature, 32) == 32 &&
	    write_low(signature + 32, ECDSA_SIG_get0_s(sig));
	ECDSA_SIG_free(sig);
	return done;
}

static enum key_answer
sign(uint8_t *signature, const uint8_t *secret, const uint8_t *digest)
{
	uint8_t der[MAX_DER];
	size_t len = sizeof(der);
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *pkey;
	bool done;

	ERR_set_mark();
	if ((pkey = private_key(secret)) != NULL)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	done = ctx != NULL && EVP_PKEY_sign_init(ctx) == 1 &&
	    EVP_PKEY_sign(ctx, der, &len, digest, 32) == 1 &&
	    write_signature(signature, der, len);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_pop_to_mark();
	return done ? KEY_YES : KEY_UNKNOWN;
}

const struct key_scheme key_p256 = {
	.compress = compress,
	.prepare = prepare,
	.release = release,
	.verify = verify,
	.derive = derive,
	.sign = sign,
};
