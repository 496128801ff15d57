/* Private keys: published vectors; and signatures verify. */
#include "config.h"

#include <openssl/err.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/repo/keypair.h"
#include "t/lib/tap.h"

#define ROUNDS 300

static void
from_hex(uint8_t *out, const char *hex)
{
	for (; sscanf(hex, "%2hhx", out) == 1; hex += 2)
		out++;
}

/* The 32 bytes of number i of a series of private keys. */
static void
make_secret(uint8_t secret[32], unsigned i)
{
	hash_sha256(secret, &i, sizeof(i));
}

/* https://www.w3.org/TR/vc-di-ecdsa/: of P-256, in both forms */
static void
test_text(void)
{
	static const char text[] =
	    "z42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN";
	char out[KEYPAIR_MAX_TEXT], public[KEY_MAX_TEXT];
	struct status st = { 0 };
	struct keypair pair;

	is_int(keypair_parse(&pair, text, strlen(text), &st), 0,
	    "reads a private key");
	key_format(public, &pair.key);
	is_str(public,
	    "did:key:zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP",
	    "its public key");
	is_int(keypair_format(out, &pair), strlen(text), "its length");
	is_str(out, text, "its text");
	keypair_free(&pair);
	is_int(pair.key.curve + pair.secret[0] + pair.secret[31], 0,
	    "nothing is left of it");
}

/* Deterministic ECDSA on secp256k1, as many implementations test it. */
static void
test_rfc6979(void)
{
	static const struct {
		const char *secret, *message, *signature;
	} vectors[] = {
		{ "00000000000000000000000000000000"
		  "00000000000000000000000000000001",
		    "Satoshi Nakamoto",
		    "934b1ea10a4b3c1757e2b0c017d0b614"
		    "3ce3c9a7e6a4a49860d7a6ab210ee3d8"
		    "2442ce9d2b916064108014783e923ec3"
		    "6b49743e2ffa1c4496f01a512aafd9e5" },
		{ "00000000000000000000000000000000"
		  "00000000000000000000000000000001",
		    "All those moments will be lost in time, like tears in "
		    "rain. Time to die...",
		    "8600dbd41e348fe5c9465ab92d23e3db"
		    "8b98b873beecd930736488696438cb6b"
		    "547fe64427496db33bf66019dacbf003"
		    "9c04199abb0122918601db38a72cfc21" },
		{ "fffffffffffffffffffffffffffffffe"
		  "baaedce6af48a03bbfd25e8cd0364140",
		    "Satoshi Nakamoto",
		    "fd567d121db66e382991534ada77a6bd"
		    "3106f0a1098c231e47993447cd6af2d0"
		    "6b39cd0eb1bc8603e159ef5c20a5c8ad"
		    "685a45b06ce9bebed3f153d10d93bed5" },
	};
	uint8_t secret[32], want[64], signature[64];
	struct status st = { 0 };
	struct keypair pair;
	size_t i;

	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		from_hex(secret, vectors[i].secret);
		from_hex(want, vectors[i].signature);
		keypair_make(&pair, KEY_SECP256K1, secret, &st);
		is_int(keypair_sign(&pair, vectors[i].message,
			   strlen(vectors[i].message), signature, &st),
		    0, "signs '%s'", vectors[i].message);
		is_mem(signature, 64, want, 64, "the signature of RFC 6979");
		keypair_free(&pair);
	}
}

/* The private key, read from its own text, gives the same pair. */
static bool
comes_back(const struct keypair *pair)
{
	char text[KEYPAIR_MAX_TEXT];
	struct status st = { 0 };
	struct keypair again;

	return keypair_parse(&again, text, keypair_format(text, pair), &st) ==
	    0 &&
	    memcmp(&again, pair, sizeof(again)) == 0 &&
	    strncmp(text, pair->key.curve == KEY_P256 ? "z42" : "z3v", 3) == 0;
}

/* A signature verifies with the public key of its pair, also after it is read
 * from text, and with no other key. */
static bool
signs(const struct keypair *pair, const struct keypair *other, unsigned i)
{
	uint8_t message[ROUNDS] = { 0 }, signature[64];
	struct status st = { 0 };
	char text[KEY_MAX_TEXT];
	struct key key;

	return keypair_sign(pair, message, i, signature, &st) == 0 &&
	    key_parse(&key, text, key_format(text, &pair->key), &st) == 0 &&
	    key_verify(&key, message, i, signature, 64, &st) == 0 &&
	    key_verify(&key, message, i + 1, signature, 64, &st) == -1 &&
	    key_verify(&other->key, message, i, signature, 64, &st) == -1 &&
	    st.code == STATUS_BAD_SIGNATURE;
}

static void
test_signing(enum key_curve curve, const char *name)
{
	struct keypair pair, other;
	bool texts = true, signatures = true;
	struct status st = { 0 };
	uint8_t secret[32];
	unsigned i;

	make_secret(secret, ROUNDS);
	is_int(keypair_make(&other, curve, secret, &st), 0, "%s", name);
	for (i = 0; i < ROUNDS; i++) {
		make_secret(secret, i);
		if (keypair_make(&pair, curve, secret, &st) == -1)
			break;
		texts = texts && comes_back(&pair);
		signatures = signatures && signs(&pair, &other, i);
		keypair_free(&pair);
	}
	is_int(i, ROUNDS, "%s: so many pairs", name);
	ok(texts, "%s: each comes back from its text", name);
	ok(signatures, "%s: what each signs is its own", name);
	keypair_free(&other);
}

static void
refuses_secret(enum key_curve curve, const char *hex, bool below)
{
	struct status st = { 0 };
	struct keypair pair;
	uint8_t secret[32];

	from_hex(secret, hex);
	is_int(keypair_make(&pair, curve, secret, &st), -1, "not %s", hex);
	is_str(status_name(st.code), "BadSyntax", "%s", st.msg);
	secret[31]--;
	is_int(keypair_make(&pair, curve, secret, &st), below ? 0 : -1,
	    "the one below it");
	keypair_free(&pair);
}

/* A private key is above zero and below the order. */
static void
test_range(void)
{
	static const char zero[] = "00000000000000000000000000000000"
				   "00000000000000000000000000000000";

	refuses_secret(KEY_SECP256K1,
	    "fffffffffffffffffffffffffffffffe"
	    "baaedce6af48a03bbfd25e8cd0364141",
	    true);
	refuses_secret(KEY_P256,
	    "ffffffff00000000ffffffffffffffff"
	    "bce6faada7179e84f3b9cac2fc632551",
	    true);
	refuses_secret(KEY_SECP256K1,
	    "ffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffff",
	    false);
	refuses_secret(KEY_P256,
	    "ffffffffffffffffffffffffffffffff"
	    "ffffffffffffffffffffffffffffffff",
	    false);
	refuses_secret(KEY_SECP256K1, zero, true);
	refuses_secret(KEY_P256, zero, true);
}

static void
refuses(const char *text, size_t len, const char *name)
{
	struct status st = { 0 };
	char *exact = malloc(len);
	struct keypair pair;

	memcpy(exact, text, len);
	is_int(keypair_parse(&pair, exact, len, &st), -1, "%s", name);
	is_str(status_name(st.code), "BadSyntax", "%s: %s", name, st.msg);
	free(exact);
}

/* The text of a multicodec number and this many bytes. */
static void
refuses_bytes(uint64_t codec, size_t len, const char *name)
{
	uint8_t bytes[64] = { 0 };
	char text[1 + BASE58_LEN(64)] = "z";
	int head = varint_format(bytes, codec);

	memset(bytes + head, 7, len);
	refuses(text, 1 + base58_format(text + 1, bytes, head + len), name);
}

static void
test_refusals(void)
{
	refuses("", 0, "no text");
	refuses("z", 1, "z alone");
	refuses("42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN", 47,
	    "no multibase");
	refuses("zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP", 49,
	    "a public key");
	refuses_bytes(0x1301, 31, "31 bytes");
	refuses_bytes(0x1301, 33, "33 bytes");
	refuses_bytes(0x1306, 0, "no bytes");
	refuses_bytes(0x1306, 50, "50 bytes");
	refuses_bytes(0x1300, 32, "Ed25519");
	refuses_bytes(0xe7, 32, "the type of a public key");
}

int
main(void)
{
	test_text();
	test_rfc6979();
	test_signing(KEY_SECP256K1, "secp256k1");
	test_signing(KEY_P256, "P-256");
	test_range();
	test_refusals();
	is_int(ERR_peek_error(), 0, "libcrypto's errors don't pile up");
	return done_testing();
}
