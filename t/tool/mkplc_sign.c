#include "config.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "t/tool/mkplc_operation.h"
#include "t/tool/mkplc_sign.h"

/*
 * ECDSA on P-256 as in FIPS 186-5, 6.4.1, with a nonce that is the hash of the
 * key and the message. That is good enough for keys that everybody knows.
 */

static const uint8_t orders[2][32] = {
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
	    0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41 },
	{ 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	    0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 },
};

/* The other S with which the signature would hold. */
static void
negate(uint8_t *s, const uint8_t *order)
{
	int i, digit, borrow = 0;

	for (i = 31; i >= 0; i--) {
		digit = order[i] - s[i] - borrow;
		borrow = digit < 0;
		s[i] = (uint8_t)digit;
	}
}

/* Numbers that are kept between signatures. */
struct numbers {
	EC_GROUP *group;
	EC_POINT *point;
	BN_CTX *ctx;
	BIGNUM *n, *half, *k, *r, *s, *z, *d;
};

static const struct numbers *
numbers(void)
{
	static struct numbers x;

	if (x.group != NULL)
		return &x;
	x.group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	x.point = EC_POINT_new(x.group);
	x.ctx = BN_CTX_new();
	x.n = BN_dup(EC_GROUP_get0_order(x.group));
	x.half = BN_new();
	BN_rshift1(x.half, x.n);
	x.k = BN_new();
	x.r = BN_new();
	x.s = BN_new();
	x.z = BN_new();
	x.d = BN_new();
	return &x;
}

/* r = (k G).x, s = (z + r d) / k */
static void
sign_p256(const uint8_t secret[KEYPAIR_SECRET_BYTES], const uint8_t hash[32],
    uint8_t sig[KEY_SIGNATURE_BYTES])
{
	const struct numbers *x = numbers();
	uint8_t both[64], nonce[32];

	memcpy(both, secret, 32);
	memcpy(both + 32, hash, 32);
	hash_sha256(nonce, both, sizeof(both));
	BN_bin2bn(nonce, 32, x->k);
	BN_bin2bn(hash, 32, x->z);
	BN_bin2bn(secret, 32, x->d);
	if (BN_nnmod(x->k, x->k, x->n, x->ctx) != 1 ||
	    EC_POINT_mul(x->group, x->point, x->k, NULL, NULL, x->ctx) != 1 ||
	    EC_POINT_get_affine_coordinates(x->group, x->point, x->r, NULL,
		x->ctx) != 1 ||
	    BN_nnmod(x->r, x->r, x->n, x->ctx) != 1 ||
	    BN_mod_mul(x->s, x->r, x->d, x->n, x->ctx) != 1 ||
	    BN_mod_add(x->s, x->s, x->z, x->n, x->ctx) != 1 ||
	    BN_mod_inverse(x->k, x->k, x->n, x->ctx) == NULL ||
	    BN_mod_mul(x->s, x->s, x->k, x->n, x->ctx) != 1)
		mkplc_die("can't sign");
	if (BN_cmp(x->s, x->half) > 0)
		BN_sub(x->s, x->n, x->s);
	BN_bn2binpad(x->r, sig, 32);
	BN_bn2binpad(x->s, sig + 32, 32);
}

static size_t
make_der(uint8_t *der, const uint8_t *sig)
{
	ECDSA_SIG *parsed = ECDSA_SIG_new();
	int n;

	ECDSA_SIG_set0(parsed, BN_bin2bn(sig, 32, NULL),
	    BN_bin2bn(sig + 32, 32, NULL));
	n = i2d_ECDSA_SIG(parsed, &der);
	ECDSA_SIG_free(parsed);
	return (size_t)n;
}

static void
to_base64url(char *text, const uint8_t *bytes, size_t n)
{
	size_t len = base64_format(text, bytes, n), i;

	for (i = 0; i < len; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	text[len] = '\0';
}

static void
sign(const struct keypair *pair, const void *message, size_t len,
    uint8_t sig[KEY_SIGNATURE_BYTES])
{
	uint8_t hash[32];
	struct status st;

	if (pair->key.curve == KEY_P256) {
		hash_sha256(hash, message, len);
		sign_p256(pair->secret, hash, sig);
	} else if (keypair_sign(pair, message, len, sig, &st) == -1) {
		mkplc_die(st.msg);
	}
}

void
mkplc_sign(char text[MKPLC_SIGNATURE_TEXT], const struct keypair *pair,
    const void *message, size_t len, const char *what)
{
	uint8_t sig[MKPLC_SIGNATURE_TEXT / 2], der[MKPLC_SIGNATURE_TEXT / 2];
	size_t n = KEY_SIGNATURE_BYTES;

	sign(pair, message, len, sig);
	if (strcmp(what, "high") == 0)
		negate(sig + 32, orders[pair->key.curve == KEY_P256]);
	if (strcmp(what, "der") == 0)
		n = make_der(der, sig);
	to_base64url(text, n == KEY_SIGNATURE_BYTES ? sig : der, n);
	if (strcmp(what, "pad") == 0)
		strcat(text, "==");
	if (strcmp(what, "bits") == 0)
		text[strlen(text) - 1]++; /* of A, Q, g or w */
}
