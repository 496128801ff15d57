/* The hash functions of CIDs. */
#include "config.h"

#include "libcar/base/hash.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

static size_t
from_hex(uint8_t *out, const char *hex)
{
	size_t n;

	for (n = 0; sscanf(hex + 2 * n, "%2hhx", &out[n]) == 1; n++)
		;
	return n;
}

/* The digest matches the data. Cut, longer, or with any bit changed, it
 * doesn't. */
static void
is_digest(uint64_t function, const char *data, size_t len, const char *hex)
{
	uint8_t digest[HASH_MAX_BYTES + 1] = { 0 };
	size_t n = from_hex(digest, hex), bit;
	int found = 0;

	is_int(hash_verify(function, digest, n, data, len), 1,
	    "0x%" PRIx64 " of %zu bytes", function, len);
	is_int(hash_verify(function, digest, n + 1, data, len), 0,
	    "not with a byte more");
	if (n > 0)
		is_int(hash_verify(function, digest, n - 1, data, len), 0,
		    "not with a byte less");
	for (bit = 0; bit < n * 8; bit++) {
		digest[bit / 8] ^= 1 << bit % 8;
		found += hash_verify(function, digest, n, data, len);
		digest[bit / 8] ^= 1 << bit % 8;
	}
	is_int(found, 0, "not with any bit turned");
}

static void
test_verify(void)
{
	uint8_t digest[HASH_MAX_BYTES] = { 0 };

	is_digest(HASH_SHA2_256, "abc", 3,
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
	is_digest(HASH_SHA2_256, "", 0,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	is_digest(HASH_SHA2_512, "abc", 3,
	    "ddaf35a193617abacc417349ae204131"
	    "12e6fa4e89a97ea20a9eeee64b55d39a"
	    "2192992a274fc1a836ba3c23a3feebbd"
	    "454d4423643ce80e2a9ac94fa54ca49f");
	is_digest(HASH_BLAKE2B_256, "abc", 3,
	    "bddd813c634239723171ef3fee98579b"
	    "94964e3bb1cb3e427262c8c068d52319");
	is_digest(HASH_BLAKE2B_256, "", 0,
	    "0e5751c026e543b2e8ab2eb06099daa1"
	    "d1e5df47778f7787faab45cdf12fe3a8");
	is_digest(HASH_IDENTITY, "abc", 3, "616263");
	is_digest(HASH_IDENTITY, "", 0, "");
	is_int(hash_verify(HASH_IDENTITY, NULL, 0, NULL, 0), 1,
	    "identity of nothing");
	is_int(hash_verify(0x11, digest, 20, "abc", 3), -1,
	    "SHA-1 isn't known");
	is_int(hash_verify(UINT64_MAX, digest, 32, "abc", 3), -1,
	    "nor is 2^64 - 1");
	is_int(hash_verify(HASH_SHA2_256 | UINT64_C(1) << 32, digest, 32, "abc",
		   3),
	    -1, "a function's number isn't cut to 32 bits");
}

static void
test_sha256(void)
{
	char *data = malloc(1000000);
	uint8_t digest[32], want[32];

	memset(data, 'a', 1000000);
	hash_sha256(digest, data, 1000000);
	from_hex(want,
	    "cdc76e5c9914fb9281a1c7e284d73e67"
	    "f1809a48a497200e046d39ccc7112cd0");
	is_mem(digest, 32, want, 32, "SHA-256 of a million times a");
	free(data);
	hash_sha256(digest, NULL, 0);
	from_hex(want,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	is_mem(digest, 32, want, 32, "SHA-256 of nothing");
}

/* However the bytes are split, also into empty pieces, the digest is that of
 * all. */
static void
test_stream(void)
{
	static uint8_t data[2000];
	uint8_t digest[32], want[32];
	struct hash_stream s = { .ctx = NULL };
	size_t i, len, at, n;
	bool held = true;

	for (i = 0; i < sizeof(data); i++)
		data[i] = rnd();
	for (i = 0; i < 5000 && held; i++) {
		len = rnd() % (i % 2 == 0 ? 150 : sizeof(data));
		for (at = 0; at < len; at += n) {
			n = rnd() % (len - at + 1);
			hash_stream_update(&s, data + at, n);
		}
		hash_sha256(want, data, len);
		held = hash_stream_final(&s, digest) == 0 &&
		    memcmp(digest, want, 32) == 0 && s.ctx == NULL;
	}
	ok(held, "a stream in random pieces");
	hash_stream_update(&s, "abc", 3);
	hash_stream_free(&s);
	is_int(hash_stream_final(&s, digest), 0, "begun anew after free");
	hash_sha256(want, "", 0);
	is_mem(digest, 32, want, 32, "a stream of nothing");
	hash_stream_free(&s);
	s.failed = true;
	hash_stream_update(&s, "abc", 3);
	is_int(hash_stream_final(&s, digest), -1, "a failure is remembered");
	is_int(hash_stream_final(&s, digest), 0, "until the end is told");
}

/* The vectors of SipHash-2-4: the key is 0, 1, 2, ..., and so are the data. */
static void
test_keyed(void)
{
	static const uint8_t want[][8] = {
		{ 0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72 },
		{ 0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74 },
		{ 0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d },
	};
	uint8_t bytes[HASH_SECRET_BYTES];
	uint64_t hash;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		hash = hash_keyed(bytes, bytes, i);
		is_mem(&hash, sizeof(hash), want[i], sizeof(want[i]),
		    "a keyed hash of %zu bytes", i);
	}
}

int
main(void)
{
	test_verify();
	test_sha256();
	test_stream();
	test_keyed();
	return done_testing();
}
