#include "config.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include "libcar/repo/key_private.h"

/*
 * P-256 by libcrypto. It takes signatures in DER, with a high S too, and notes
 * errors of its own, of which nothing is left behind.
 */

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

static EVP_PKEY *
public_key(const uint8_t *point)
{
	uint8_t pub[KEY_POINT_BYTES];
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, pub,
		    sizeof(pub)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;

	memcpy(pub, point, sizeof(pub));
	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
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

/* The DER form, to be freed by the caller; its length, or -1. */
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

const struct key_scheme key_p256 = {
	.compress = compress,
	.prepare = prepare,
	.release = release,
	.verify = verify,
};
