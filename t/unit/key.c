/* u-key vectors <LINES, as the script makes them. Without arguments: what the
 * vectors don't say. */
#include "config.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <secp256k1.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/repo/key.h"
#include "libcar/repo/key_cache.h"
#include "libcar/repo/keypair.h"
#include "t/lib/tap.h"

#define MAX_FIELDS 8

static const char k256_text[] =
    "did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc";
static const char p256_text[] =
    "did:key:zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo";

static bool
same_key(const struct key *a, const struct key *b)
{
	return a->curve == b->curve && memcmp(a->point, b->point, 33) == 0;
}

static struct key
must_parse(const char *text)
{
	struct key key = { 0 };
	struct status st = { 0 };

	if (!ok(key_parse(&key, text, strlen(text), &st) == 0, "reads %s",
		text))
		diag("%s", st.msg);
	return key;
}

static struct key
must_parse_legacy(enum key_curve curve, const char *text)
{
	struct key key = { 0 };
	struct status st = { 0 };

	if (!ok(key_parse_legacy(&key, curve, text, strlen(text), &st) == 0,
		"reads a legacy %s", text))
		diag("%s", st.msg);
	return key;
}

static void
must_format(const struct key *key, const char *want)
{
	char text[KEY_MAX_TEXT];
	size_t len = key_format(text, key);

	is_str(text, want, "writes %s", want);
	is_int(len, strlen(want), "and its length");
}

static void
must_verify(const struct key *key, const void *message, size_t len,
    const uint8_t *signature, size_t n, bool want, const char *name)
{
	struct status st = { 0 }, again = { 0 };
	int result = key_verify(key, message, len, signature, n, &st);
	struct key_prepared prepared;

	ok(result == (want ? 0 : -1), "%s: %s", name,
	    want ? "verified" : "refused");
	if (!want)
		is_str(status_name(st.code), "BadSignature", "%s: %s", name,
		    st.msg);
	is_int(key_prepare(&prepared, key, &again), 0, "the key is prepared");
	is_int(key_verify_prepared(&prepared, message, len, signature, n,
		   &again),
	    result, "%s: the same of the prepared key", name);
	is_str(again.msg, st.msg, "%s: and as a message", name);
	key_prepared_free(&prepared);
}

static void
signature_vector(char **field)
{
	uint8_t message[256], signature[128];
	struct key key = must_parse(field[2]);
	struct key multikey = must_parse(field[2] + strlen("did:key:"));
	struct key legacy = must_parse_legacy(strstr(field[1], "256r1") !=
		    NULL ?
		KEY_P256 :
		KEY_SECP256K1,
	    field[3]);
	bool valid = strcmp(field[6], "true") == 0;
	ssize_t len = base64_parse(message, sizeof(message), field[4],
	    strlen(field[4]));
	ssize_t n = base64_parse(signature, sizeof(signature), field[5],
	    strlen(field[5]));

	ok(same_key(&key, &multikey), "did:key and Multikey are one key");
	ok(same_key(&key, &legacy), "did:key and publicKeyMultibase too");
	must_format(&legacy, field[2]);
	ok(len > 0 && n > 0, "message and signature are base64");
	must_verify(&key, message, len, signature, n, valid, field[7]);
	message[0] ^= 1;
	must_verify(&key, message, len, signature, n, false, "another message");
}

/* The compressed point of a private key, by libsecp256k1. */
static void
public_secp256k1(uint8_t *point, const uint8_t *private)
{
	secp256k1_context *ctx = secp256k1_context_create(
	    SECP256K1_CONTEXT_NONE);
	secp256k1_pubkey pub;
	size_t n = 33;

	if (!secp256k1_ec_pubkey_create(ctx, &pub, private))
		memset(point, 0, 33);
	else
		secp256k1_ec_pubkey_serialize(ctx, point, &n, &pub,
		    SECP256K1_EC_COMPRESSED);
	secp256k1_context_destroy(ctx);
}

/* A multiple of the curve's generator, by libcrypto. */
static void
multiply(int nid, const BIGNUM *scalar, point_conversion_form_t form,
    uint8_t *point, size_t len)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	EC_POINT *p = EC_POINT_new(group);

	EC_POINT_mul(group, p, scalar, NULL, NULL, NULL);
	EC_POINT_point2oct(group, p, form, point, len, NULL);
	EC_POINT_free(p);
	EC_GROUP_free(group);
}

static void
public_p256(uint8_t *point, const uint8_t *private)
{
	BIGNUM *scalar = BN_bin2bn(private, 32, NULL);

	multiply(NID_X9_62_prime256v1, scalar, POINT_CONVERSION_COMPRESSED,
	    point, 33);
	BN_free(scalar);
}

static void
private_vector(char **field)
{
	uint8_t private[32] = { 0 };
	struct key key = { .curve = KEY_SECP256K1 }, parsed;
	struct status st = { 0 };
	struct keypair pair;
	size_t i, n = 0;

	if (strcmp(field[0], "private-hex") == 0) {
		for (i = 0; i < 32; i++)
			n += sscanf(field[1] + 2 * i, "%2hhx", &private[i]);
		public_secp256k1(key.point, private);
	} else {
		key.curve = KEY_P256;
		n = base58_parse(private, sizeof(private), field[1],
		    strlen(field[1]));
		public_p256(key.point, private);
	}
	is_int(n, 32, "a private key of 32 bytes");
	must_format(&key, field[2]);
	parsed = must_parse(field[2]);
	ok(same_key(&key, &parsed), "the same key");
	ok(keypair_make(&pair, key.curve, private, &st) == 0 &&
		same_key(&pair.key, &key),
	    "and the one that is derived from it");
}

static size_t
split(char *line, char **field)
{
	size_t n;

	for (n = 0; n < MAX_FIELDS && line != NULL; n++)
		field[n] = strsep(&line, "\t\n");
	return n;
}

static void
test_vectors(void)
{
	char *line = NULL, *field[MAX_FIELDS];
	size_t cap = 0, n;

	while (getline(&line, &cap, stdin) != -1) {
		n = split(line, field);
		if (n == 8 && strcmp(field[0], "signature") == 0)
			signature_vector(field);
		else if (n >= 3 && strncmp(field[0], "private-", 8) == 0)
			private_vector(field);
		else
			ok(false, "unknown line of %zu fields", n);
	}
	free(line);
	ok(tap_count > 0, "there were vectors");
}

static void
refuses(const char *text, size_t len, const char *name)
{
	struct key key = { 0 };
	struct status st = { 0 };
	char *exact = malloc(len);

	memcpy(exact, text, len);
	is_int(key_parse(&key, exact, len, &st), -1, "%s", name);
	is_str(status_name(st.code), "BadSyntax", "%s: %s", name, st.msg);
	free(exact);
}

#define REFUSES(text, name) refuses(text, sizeof(text) - 1, name)

static void
test_text(void)
{
	char many[10000];

	REFUSES("", "no text");
	REFUSES("z", "z alone");
	REFUSES("did:key:", "did:key alone");
	REFUSES("did:key:z", "did:key and z alone");
	REFUSES("did:key:did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4s"
		"SpMdLJwc",
	    "did:key twice");
	REFUSES("DID:KEY:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc",
	    "upper case");
	REFUSES("did:plc:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc",
	    "another method");
	REFUSES("Q3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc",
	    "no multibase");
	REFUSES("did:key:mQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc",
	    "another multibase");
	REFUSES("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJw",
	    "a character less");
	REFUSES("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc1",
	    "a character more");
	REFUSES("did:key:z1Q3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc",
	    "a zero in front");
	REFUSES("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc ",
	    "a space behind");
	REFUSES("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc\0",
	    "a NUL behind");
	REFUSES("did:key:zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJw0",
	    "a digit that base58 hasn't");
	REFUSES("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
	    "Ed25519");
	memset(many, '1', sizeof(many));
	memcpy(many, "did:key:z", 9);
	refuses(many, sizeof(many), "10,000 characters");
	memset(many + 9, 'z', sizeof(many) - 9);
	refuses(many, sizeof(many), "10,000 other characters");
}

/* The text of such bytes after multicodec's; refused? */
static void
refuses_bytes(const char *head, size_t head_len, const uint8_t *point,
    size_t len, const char *name)
{
	uint8_t bytes[BASE58_MAX_BYTES];
	char text[1 + BASE58_LEN(BASE58_MAX_BYTES)] = "z";

	memcpy(bytes, head, head_len);
	memcpy(bytes + head_len, point, len);
	refuses(text, 1 + base58_format(text + 1, bytes, head_len + len), name);
}

static void
test_bytes(void)
{
	struct key k256 = must_parse(k256_text), p256 = must_parse(p256_text);
	uint8_t no_point[33];

	refuses_bytes("\xe7\x01", 1, k256.point, 0, "a varint that is cut");
	refuses_bytes("\xe7\x81\x00", 3, k256.point, 33, "a longer varint");
	refuses_bytes("\x80\xa4\x00", 3, p256.point, 33, "a longer varint");
	refuses_bytes("\xe7", 1, k256.point, 33, "one byte of two");
	refuses_bytes("\xe7\x01", 2, k256.point, 32, "32 bytes of point");
	refuses_bytes("\xe7\x01", 2, k256.point, 0, "no point");
	refuses_bytes("\x80\x24", 2, p256.point, 32, "32 bytes of point");
	refuses_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10,
	    k256.point, 32, "a varint of 10 bytes");
	refuses_bytes("\0", 1, k256.point, 33, "no multicodec, but 0");
	memset(no_point, 0xff, sizeof(no_point));
	no_point[0] = 2;
	refuses_bytes("\xe7\x01", 2, no_point, 33, "x beyond secp256k1's p");
	refuses_bytes("\x80\x24", 2, no_point, 33, "x beyond P-256's p");
	memset(no_point, 0, sizeof(no_point));
	refuses_bytes("\xe7\x01", 2, no_point, 33, "zeros, secp256k1");
	refuses_bytes("\x80\x24", 2, no_point, 33, "zeros, P-256");
	no_point[0] = 4;
	refuses_bytes("\xe7\x01", 2, no_point, 33, "an unknown form");
}

/* About half of all x are of no point: none of these may be taken for one. */
static void
test_off_curve(enum key_curve curve, const char *name)
{
	uint8_t bytes[35] = { 0xe7, 0x01, 2 };
	char text[1 + BASE58_LEN(sizeof(bytes))] = "z";
	struct status st = { 0 };
	struct key key;
	int x, found = 0;

	varint_format(bytes, curve);
	for (x = 0; x < 200; x++) {
		bytes[34] = x;
		found += key_parse(&key, text,
			     1 + base58_format(text + 1, bytes, 35), &st) == 0;
	}
	ok(found > 50 && found < 150, "%s: %d of 200 x are points", name,
	    found);
	is_str(st.msg, "the key's point isn't on its curve", "%s: says why",
	    name);
}

static void
test_legacy_forms(enum key_curve curve, int nid, const char *name)
{
	char text[1 + BASE58_LEN(66)] = "z";
	uint8_t bytes[66], hybrid[65];
	struct key want = { .curve = curve }, key;
	struct status st = { 0 };
	BIGNUM *scalar = BN_new();
	size_t len;

	BN_set_word(scalar, 20240229);
	multiply(nid, scalar, POINT_CONVERSION_COMPRESSED, want.point, 33);
	multiply(nid, scalar, POINT_CONVERSION_UNCOMPRESSED, bytes, 65);
	multiply(nid, scalar, POINT_CONVERSION_HYBRID, hybrid, 65);
	BN_free(scalar);
	len = 1 + base58_format(text + 1, bytes, 65);
	ok(key_parse_legacy(&key, curve, text, len, &st) == 0 &&
		same_key(&key, &want),
	    "%s: uncompressed", name);
	refuses(text, len, "not as a Multikey");
	len = 1 + base58_format(text + 1, want.point, 33);
	ok(key_parse_legacy(&key, curve, text, len, &st) == 0 &&
		same_key(&key, &want),
	    "%s: compressed", name);
	len = 1 + base58_format(text + 1, hybrid, 65);
	ok(key_parse_legacy(&key, curve, text, len, &st) == -1, "%s: no hybrid",
	    name);
	len = 1 + base58_format(text + 1, bytes, 64);
	ok(key_parse_legacy(&key, curve, text, len, &st) == -1,
	    "%s: not 64 bytes", name);
	bytes[65] = 0;
	len = 1 + base58_format(text + 1, bytes, 66);
	ok(key_parse_legacy(&key, curve, text, len, &st) == -1,
	    "%s: not 66 bytes", name);
	bytes[64] ^= 1;
	len = 1 + base58_format(text + 1, bytes, 65);
	ok(key_parse_legacy(&key, curve, text, len, &st) == -1,
	    "%s: not off the curve", name);
	is_str(status_name(st.code), "BadSyntax", "%s: %s", name, st.msg);
}

static void
test_legacy(void)
{
	struct key key = must_parse_legacy(KEY_SECP256K1,
	    "zQYEBzXeuTM9UR3rfvNag6L3RNAs5pQZyYPsomTsgQhsxLdEgCrPTLgFna8yqCn"
	    "xPpNT7DBk6Ym3dgPKNu86vt9GR");
	struct status st = { 0 };

	must_format(&key,
	    "did:key:zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF");
	test_legacy_forms(KEY_SECP256K1, NID_secp256k1, "secp256k1");
	test_legacy_forms(KEY_P256, NID_X9_62_prime256v1, "P-256");
	is_int(key_parse_legacy(&key, KEY_P256, p256_text, strlen(p256_text),
		   &st),
	    -1, "a did:key is no legacy key");
	is_int(key_parse_legacy(&key, KEY_P256, "", 0, &st), -1,
	    "nor is no text");
}

/* A key, and its signature of the message with this s: s is chosen, and so is
 * the nonce; the private key follows from them. */
static struct key
key_for_s(enum key_curve curve, int nid, const BIGNUM *s, const char *message,
    uint8_t signature[64])
{
	struct key key = { .curve = curve };
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	const BIGNUM *n = EC_GROUP_get0_order(group);
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *k = BN_new(), *r, *z, *d = BN_new();
	uint8_t digest[32], point[33];

	BN_set_word(k, 123456789);
	multiply(nid, k, POINT_CONVERSION_COMPRESSED, point, 33);
	r = BN_bin2bn(point + 1, 32, NULL);
	BN_nnmod(r, r, n, ctx);
	hash_sha256(digest, message, strlen(message));
	z = BN_bin2bn(digest, 32, NULL);
	BN_mod_mul(d, s, k, n, ctx);
	BN_mod_sub(d, d, z, n, ctx);
	BN_mod_inverse(k, r, n, ctx);
	BN_mod_mul(d, d, k, n, ctx);
	multiply(nid, d, POINT_CONVERSION_COMPRESSED, key.point, 33);
	BN_bn2binpad(r, signature, 32);
	BN_bn2binpad(s, signature + 32, 32);
	BN_free(k);
	BN_free(r);
	BN_free(z);
	BN_free(d);
	BN_CTX_free(ctx);
	EC_GROUP_free(group);
	return key;
}

static void
test_bits(const struct key *key, const char *message, uint8_t *signature,
    const char *name)
{
	struct status st = { 0 };
	int bit, found = 0;

	for (bit = 0; bit < 512; bit++) {
		signature[bit / 8] ^= 1 << bit % 8;
		found += key_verify(key, message, strlen(message), signature,
			     64, &st) == 0 ||
		    st.code != STATUS_BAD_SIGNATURE;
		signature[bit / 8] ^= 1 << bit % 8;
	}
	is_int(found, 0, "%s: no signature with any bit turned", name);
}

static void
test_lengths(const struct key *key, const char *message,
    const uint8_t *signature, const char *name)
{
	size_t len = strlen(message);
	uint8_t other[65] = { 0 };

	must_verify(key, message, len, NULL, 0, false, name);
	must_verify(key, message, len, signature, 63, false, name);
	memcpy(other, signature, 64);
	must_verify(key, message, len, other, 65, false, name);
	must_verify(key, "", 0, other, 64, false, name);
	memset(other, 0, 32);
	must_verify(key, message, len, other, 64, false, "r is zero");
	memset(other, 0, 64);
	must_verify(key, message, len, other, 64, false, "r and s are zero");
	memcpy(other, signature, 32);
	must_verify(key, message, len, other, 64, false, "s is zero");
	memset(other, 0xff, 32);
	memcpy(other + 32, signature + 32, 32);
	must_verify(key, message, len, other, 64, false, "r is too great");
	memset(other, 0xff, 64);
	must_verify(key, message, len, other, 64, false, "both are");
}

/* The greatest low S is taken, the next one refused. */
static void
test_half(enum key_curve curve, int nid, const char *name)
{
	static const char message[] = "message";
	EC_GROUP *group = EC_GROUP_new_by_curve_name(nid);
	BIGNUM *s = BN_dup(EC_GROUP_get0_order(group));
	uint8_t signature[64];
	struct key key;

	BN_rshift1(s, s);
	key = key_for_s(curve, nid, s, message, signature);
	must_verify(&key, message, strlen(message), signature, 64, true, name);
	test_bits(&key, message, signature, name);
	test_lengths(&key, message, signature, name);
	BN_add_word(s, 1);
	key = key_for_s(curve, nid, s, message, signature);
	must_verify(&key, message, strlen(message), signature, 64, false, name);
	BN_free(s);
	EC_GROUP_free(group);
}

static void
test_no_key(void)
{
	struct key key = { 0 };
	struct status st = { 0 };
	uint8_t signature[64] = { 0 };
	struct key_prepared prepared;

	is_int(key_verify(&key, "", 0, signature, 64, &st), -1, "no key");
	is_str(status_name(st.code), "System", "no key: %s", st.msg);
	is_int(key_prepare(&prepared, &key, &st), -1, "none to prepare");
	st.code = STATUS_OK;
	is_int(key_verify_prepared(&prepared, "", 0, signature, 64, &st), -1,
	    "none prepared");
	is_str(status_name(st.code), "System", "none prepared: %s", st.msg);
	key_prepared_free(&prepared);
}

/* Keys with the same first bytes share a set, which has room for 8. */
static void
test_cache(void)
{
	struct key keys[8], key = { .curve = KEY_SECP256K1, .point = { 2 } };
	const struct key_prepared *at[8], *ready;
	struct key_cache cache = { .sets = NULL };
	struct status st = { 0 };
	size_t n = 0, i, kept = 0;

	for (; n < 8; key.point[32]++) {
		if ((ready = key_cache_get(&cache, &key, &st)) == NULL)
			continue; /* not on the curve */
		at[n] = ready;
		keys[n++] = key;
	}
	for (i = 0; i < 8; i++)
		kept += key_cache_get(&cache, &keys[i], &st) == at[i] &&
		    (i == 0 || at[i] != at[i - 1]);
	is_int(kept, 8, "8 keys of a set stay prepared");
	key_cache_free(&cache);
	ok(cache.sets == NULL, "the cache is empty again");
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "vectors") == 0) {
		test_vectors();
		return done_testing();
	}
	test_text();
	test_bytes();
	test_off_curve(KEY_SECP256K1, "secp256k1");
	test_off_curve(KEY_P256, "P-256");
	test_legacy();
	test_half(KEY_SECP256K1, NID_secp256k1, "secp256k1");
	test_half(KEY_P256, NID_X9_62_prime256v1, "P-256");
	test_no_key();
	test_cache();
	is_int(ERR_peek_error(), 0, "libcrypto's errors don't pile up");
	return done_testing();
}
