#include "config.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <secp256k1.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/repo/key.h"

#define POINT_BYTES 33
#define UNCOMPRESSED_BYTES 65
#define PREFIX "did:key:"

/* Half the order of P-256: the largest low S. */
static const uint8_t p256_half[32] = { 0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00,
	0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
	0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92,
	0xa8 };

/* 1 if the bytes are a point of the curve, which is then written compressed;
 * 0 if not, -1 if it can't be told. */
static int
compress_secp256k1(uint8_t *point, const uint8_t *bytes, size_t len)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_pubkey pub;
	size_t n = POINT_BYTES;

	if (!secp256k1_ec_pubkey_parse(ctx, &pub, bytes, len))
		return 0;
	secp256k1_ec_pubkey_serialize(ctx, point, &n, &pub,
	    SECP256K1_EC_COMPRESSED);
	return 1;
}

static int
compress_p256(uint8_t *point, const uint8_t *bytes, size_t len)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *p = group != NULL ? EC_POINT_new(group) : NULL;
	int result = -1;

	if (p == NULL)
		goto out;
	result = EC_POINT_oct2point(group, p, bytes, len, NULL) == 1;
	if (result == 1 &&
	    EC_POINT_point2oct(group, p, POINT_CONVERSION_COMPRESSED, point,
		POINT_BYTES, NULL) != POINT_BYTES)
		result = -1;
out:
	EC_POINT_free(p);
	EC_GROUP_free(group);
	return result;
}

static int
set_point(struct key *key, enum key_curve curve, const uint8_t *bytes,
    size_t len, struct status *st)
{
	int result;

	ERR_set_mark();
	if (curve == KEY_P256)
		result = compress_p256(key->point, bytes, len);
	else
		result = compress_secp256k1(key->point, bytes, len);
	ERR_pop_to_mark();
	if (result == -1)
		return status_set(st, STATUS_SYSTEM, 0,
		    "no P-256 in libcrypto");
	if (result == 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the key's point isn't on its curve");
	key->curve = curve;
	return 0;
}

/* Is it the form of a compressed point? Hybrid forms don't count. */
static bool
is_compressed(const uint8_t *bytes, size_t len)
{
	return len == POINT_BYTES && (bytes[0] == 2 || bytes[0] == 3);
}

static bool
is_uncompressed(const uint8_t *bytes, size_t len)
{
	return len == UNCOMPRESSED_BYTES && bytes[0] == 4;
}

static ssize_t
parse_multibase(uint8_t *out, size_t cap, const char *text, size_t len,
    struct status *st)
{
	ssize_t n = -1;

	if (len > 0 && text[0] == 'z')
		n = base58_parse(out, cap, text + 1, len - 1);
	if (n == -1)
		status_set(st, STATUS_BAD_SYNTAX, 0,
		    "a key must be z and at most %zu bytes in base58", cap);
	return n;
}

int
key_parse(struct key *key, const char *text, size_t len, struct status *st)
{
	uint8_t bytes[VARINT_MAX_BYTES + POINT_BYTES];
	const size_t prefix = strlen(PREFIX);
	uint64_t codec;
	ssize_t n;
	int head;

	if (len >= prefix && memcmp(text, PREFIX, prefix) == 0) {
		text += prefix;
		len -= prefix;
	}
	if ((n = parse_multibase(bytes, sizeof(bytes), text, len, st)) == -1)
		return -1;
	if ((head = varint_parse(bytes, n, &codec)) <= 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the key's type isn't a varint");
	if (codec != KEY_SECP256K1 && codec != KEY_P256)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the key's type is 0x%jx, want 0xe7 or 0x1200",
		    (uintmax_t)codec);
	if (!is_compressed(bytes + head, n - head))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the key isn't a compressed point");
	return set_point(key, (enum key_curve)codec, bytes + head, n - head,
	    st);
}

int
key_parse_legacy(struct key *key, enum key_curve curve, const char *text,
    size_t len, struct status *st)
{
	uint8_t bytes[UNCOMPRESSED_BYTES];
	ssize_t n;

	if ((n = parse_multibase(bytes, sizeof(bytes), text, len, st)) == -1)
		return -1;
	if (!is_compressed(bytes, n) && !is_uncompressed(bytes, n))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the key is neither a compressed nor a full point");
	return set_point(key, curve, bytes, n, st);
}

size_t
key_format(char out[KEY_MAX_TEXT], const struct key *key)
{
	uint8_t bytes[VARINT_MAX_BYTES + POINT_BYTES];
	int head = varint_format(bytes, key->curve);
	size_t len = strlen(PREFIX);

	memcpy(bytes + head, key->point, POINT_BYTES);
	memcpy(out, PREFIX, len);
	out[len++] = 'z';
	len += base58_format(out + len, bytes, head + POINT_BYTES);
	out[len] = '\0';
	return len;
}

/* 1 if the signature is the key's, 0 if not, -1 if it can't be told. High S is
 * refused by secp256k1_ecdsa_verify() itself. */
static int
verify_secp256k1(const uint8_t *point, const uint8_t *digest,
    const uint8_t *signature)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_signature sig;
	secp256k1_pubkey pub;

	if (!secp256k1_ec_pubkey_parse(ctx, &pub, point, POINT_BYTES))
		return -1;
	return secp256k1_ecdsa_signature_parse_compact(ctx, &sig, signature) &&
	    secp256k1_ecdsa_verify(ctx, &sig, digest, &pub);
}

static EVP_PKEY *
p256_key(const uint8_t *point)
{
	uint8_t pub[POINT_BYTES];
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

static int
verify_p256(const uint8_t *point, const uint8_t *digest,
    const uint8_t *signature)
{
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	uint8_t *der = NULL;
	int len, result = -1;

	if (memcmp(signature + 32, p256_half, sizeof(p256_half)) > 0)
		return 0;
	if ((pkey = p256_key(point)) == NULL ||
	    (len = signature_der(&der, signature)) <= 0)
		goto out;
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	if (ctx != NULL && EVP_PKEY_verify_init(ctx) == 1)
		result = EVP_PKEY_verify(ctx, der, len, digest, 32);
out:
	OPENSSL_free(der);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return result;
}

int
key_verify(const struct key *key, const void *message, size_t len,
    const uint8_t *signature, size_t signature_len, struct status *st)
{
	uint8_t digest[32];
	int result;

	if (signature_len != KEY_SIGNATURE_BYTES)
		return status_set(st, STATUS_BAD_SIGNATURE, 0,
		    "signature of %zu bytes, want %d", signature_len,
		    KEY_SIGNATURE_BYTES);
	hash_sha256(digest, message, len);
	ERR_set_mark();
	if (key->curve == KEY_P256)
		result = verify_p256(key->point, digest, signature);
	else
		result = verify_secp256k1(key->point, digest, signature);
	ERR_pop_to_mark();
	if (result == 0)
		return status_set(st, STATUS_BAD_SIGNATURE, 0,
		    "the signature isn't the key's");
	if (result != 1)
		return status_set(st, STATUS_SYSTEM, 0,
		    "the signature can't be checked");
	return 0;
}
