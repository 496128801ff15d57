/* base32, base58, base64 and varints: known texts, every length, and invalid
 * texts. */
#include "config.h"

#include "libcar/base/basen.h"
#include "libcar/base/varint.h"
#include "t/lib/tap.h"

typedef size_t format_fn(char *, const uint8_t *, size_t);
typedef ssize_t parse_fn(uint8_t *, size_t, const char *, size_t);

/* Reproducible bytes; a sanitizer notices a read beyond their end. */
static uint8_t *
some_bytes(size_t n)
{
	static uint32_t state = 1;
	uint8_t *bytes = malloc(n);
	size_t i;

	for (i = 0; i < n; i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = state >> 16;
	}
	return bytes;
}

/* base32 digit by digit. */
static size_t
plain_base32(char *out, const uint8_t *bytes, size_t n)
{
	size_t len = 0, bit;
	unsigned digit, i;

	for (bit = 0; bit < n * 8; bit += 5) {
		for (digit = i = 0; i < 5; i++) {
			digit <<= 1;
			if (bit + i < n * 8)
				digit |= bytes[(bit + i) / 8] >>
					(7 - (bit + i) % 8) &
				    1;
		}
		out[len++] = "abcdefghijklmnopqrstuvwxyz234567"[digit];
	}
	return len;
}

static void
test_oracle(void)
{
	char got[BASE32_LEN(200)], want[BASE32_LEN(200)];
	bool same = true;
	uint8_t *bytes;
	size_t n, len;

	for (n = 0; n <= 200; n++) {
		bytes = some_bytes(n);
		len = plain_base32(want, bytes, n);
		same = same && base32_format(got, bytes, n) == len &&
		    len == BASE32_LEN(n) && memcmp(got, want, len) == 0;
		free(bytes);
	}
	ok(same, "base32: as digit by digit, 0 to 200 bytes");
}

/* Decode text of exactly its length into memory of exactly the bytes'
 * length. */
static bool
round_trip(format_fn *format, parse_fn *parse, size_t n, size_t max)
{
	uint8_t *bytes = some_bytes(n), *back = some_bytes(n);
	char *text = malloc(max);
	size_t len = format(text, bytes, n);
	bool same = len <= max && parse(back, n, text, len) == (ssize_t)n &&
	    memcmp(bytes, back, n) == 0 &&
	    (n == 0 || parse(back, n - 1, text, len) == -1);

	free(bytes);
	free(back);
	free(text);
	return same;
}

static void
test_round_trips(void)
{
	bool same32 = true, same58 = true, same64 = true;
	size_t n;

	for (n = 0; n <= 300; n++) {
		same32 &= round_trip(base32_format, base32_parse, n,
		    BASE32_LEN(n));
		same64 &= round_trip(base64_format, base64_parse, n,
		    BASE64_LEN(n));
	}
	for (n = 0; n <= BASE58_MAX_BYTES; n++)
		same58 &= round_trip(base58_format, base58_parse, n,
		    BASE58_LEN(n));
	ok(same32, "base32: there and back, 0 to 300 bytes, exact capacity");
	ok(same58, "base58: there and back, 0 to 128 bytes, exact capacity");
	ok(same64, "base64: there and back, 0 to 300 bytes, exact capacity");
}

static void
is_text(format_fn *format, parse_fn *parse, const char *bytes, size_t n,
    const char *want, const char *name)
{
	uint8_t back[BASE58_MAX_BYTES];
	char text[2 * BASE58_MAX_BYTES];
	size_t len = format(text, (const uint8_t *)bytes, n);
	ssize_t got;

	is_mem(text, len, want, strlen(want), "%s: writes %s", name, want);
	got = parse(back, sizeof(back), want, strlen(want));
	is_mem(back, got == -1 ? 0 : got, bytes, n, "%s: reads %s", name, want);
}

static void
refuses(parse_fn *parse, const char *text, size_t len, const char *name)
{
	uint8_t out[64];

	is_int(parse(out, sizeof(out), text, len), -1, "refuses %s: %.*s", name,
	    (int)len, text);
}

#define REFUSES(parse, text, name) refuses(parse, text, sizeof(text) - 1, name)

static void
test_base32(void)
{
	static const char *const rfc[] = { "", "my", "mzxq", "mzxw6", "mzxw6yq",
		"mzxw6ytb", "mzxw6ytboi" };
	size_t n;

	for (n = 0; n <= 6; n++)
		is_text(base32_format, base32_parse, "foobar", n, rfc[n],
		    "base32");
	REFUSES(base32_parse, "MZXQ", "base32 in upper case");
	REFUSES(base32_parse, "my======", "base32 with padding");
	REFUSES(base32_parse, "m0", "a digit that base32 hasn't");
	REFUSES(base32_parse, "m1", "a digit that base32 hasn't");
	REFUSES(base32_parse, "m8", "a digit that base32 hasn't");
	REFUSES(base32_parse, "m\0", "base32 with NUL");
	REFUSES(base32_parse, "mzxw6ytb ", "base32 with white space");
	REFUSES(base32_parse, "mz", "base32 with unused bits");
	REFUSES(base32_parse, "mzxx", "base32 with unused bits");
	REFUSES(base32_parse, "mzxw7", "base32 with unused bits");
	REFUSES(base32_parse, "mzxw6yr", "base32 with unused bits");
	REFUSES(base32_parse, "a", "base32 of one digit");
	REFUSES(base32_parse, "aaa", "base32 of three digits");
	REFUSES(base32_parse, "aaaaaa", "base32 of six digits");
	REFUSES(base32_parse, "mzxw6ytba", "base32 of nine digits");
}

static void
test_base58(void)
{
	static const uint8_t zeros[BASE58_MAX_BYTES + 1];
	char text[300];
	uint8_t out[BASE58_MAX_BYTES + 1];

	is_text(base58_format, base58_parse, "", 0, "", "base58");
	is_text(base58_format, base58_parse, "\0", 1, "1", "base58");
	is_text(base58_format, base58_parse, "\0\0\0\1", 4, "1112", "base58");
	is_text(base58_format, base58_parse, "\1\0\0", 3, "LUw", "base58");
	is_text(base58_format, base58_parse, "\0\0\x28\x7f\xb4\xcd", 6,
	    "11233QC4", "base58");
	is_text(base58_format, base58_parse, "Hello World!", 12,
	    "2NEpo7TZRRrLZSi2U", "base58");
	is_text(base58_format, base58_parse,
	    "The quick brown fox jumps over the lazy dog.", 44,
	    "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
	    "base58");
	REFUSES(base58_parse, "0", "a digit that base58 hasn't");
	REFUSES(base58_parse, "O", "a digit that base58 hasn't");
	REFUSES(base58_parse, "I", "a digit that base58 hasn't");
	REFUSES(base58_parse, "l", "a digit that base58 hasn't");
	REFUSES(base58_parse, "2\0", "base58 with NUL");
	REFUSES(base58_parse, " 2", "base58 with white space");
	is_int(base58_format(text, zeros, BASE58_MAX_BYTES), 128,
	    "base58: 128 zero bytes");
	is_int(base58_format(text, zeros, BASE58_MAX_BYTES + 1), 0,
	    "base58: not more than 128 bytes");
	memset(text, '1', sizeof(text));
	is_int(base58_parse(out, sizeof(out), text, 128), 128,
	    "base58: reads 128 zero bytes");
	is_int(base58_parse(out, sizeof(out), text, 129), -1,
	    "base58: refuses 129 zero bytes");
	memset(text, 'z', sizeof(text));
	is_int(base58_parse(out, sizeof(out), text, 174), 128,
	    "base58: reads 174 times z");
	is_int(base58_parse(out, sizeof(out), text, 175), -1,
	    "base58: refuses 175 times z");
	is_int(base58_parse(out, sizeof(out), text, sizeof(text)), -1,
	    "base58: refuses 300 times z");
}

static void
test_base64(void)
{
	static const char *const rfc[] = { "", "Zg", "Zm8", "Zm9v", "Zm9vYg",
		"Zm9vYmE", "Zm9vYmFy" };
	static const char *const padded[] = { "Zg==", "Zm8=", "Zm9v",
		"Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" };
	uint8_t out[8];
	ssize_t got;
	size_t n;

	for (n = 0; n <= 6; n++)
		is_text(base64_format, base64_parse, "foobar", n, rfc[n],
		    "base64");
	for (n = 1; n <= 6; n++) {
		got = base64_parse(out, sizeof(out), padded[n - 1],
		    strlen(padded[n - 1]));
		is_mem(out, got == -1 ? 0 : got, "foobar", n, "base64: %s",
		    padded[n - 1]);
	}
	is_text(base64_format, base64_parse, "\xfb\xff\xbf", 3, "+/+/",
	    "base64");
	REFUSES(base64_parse, "-_-_", "base64url");
	REFUSES(base64_parse, "Zg=", "too little padding");
	REFUSES(base64_parse, "Zg===", "too much padding");
	REFUSES(base64_parse, "Zm8==", "too much padding");
	REFUSES(base64_parse, "Zm9v=", "padding without need");
	REFUSES(base64_parse, "Zm9v====", "padding without need");
	REFUSES(base64_parse, "=", "padding alone");
	REFUSES(base64_parse, "==", "padding alone");
	REFUSES(base64_parse, "====", "padding alone");
	REFUSES(base64_parse, "Z===", "three signs of padding");
	REFUSES(base64_parse, "Zg==Zg==", "padding in the middle");
	REFUSES(base64_parse, "Zh", "base64 with unused bits");
	REFUSES(base64_parse, "Zh==", "base64 with unused bits");
	REFUSES(base64_parse, "Zm9", "base64 with unused bits");
	REFUSES(base64_parse, "Z", "base64 of one digit");
	REFUSES(base64_parse, "Zm9vY", "base64 of five digits");
	REFUSES(base64_parse, "Zm9v\n", "base64 with white space");
	REFUSES(base64_parse, "Zg\0\0", "base64 with NUL");
}

static void
is_varint(uint64_t value, const char *bytes, int n)
{
	uint8_t out[VARINT_MAX_BYTES], *exact = malloc(n);
	uint64_t got = ~value;
	int len = varint_format(out, value);

	memcpy(exact, bytes, n);
	is_mem(out, len, bytes, n, "varint: writes %" PRIu64, value);
	is_int(varint_parse(exact, n, &got), n, "varint: length of %" PRIu64,
	    value);
	is_int(got, value, "varint: reads %" PRIu64, value);
	is_int(varint_parse(exact, n - 1, &got), 0,
	    "varint: %" PRIu64 " without its last byte", value);
	free(exact);
}

static void
no_varint(const char *bytes, size_t n, const char *name)
{
	uint64_t value;

	is_int(varint_parse((const uint8_t *)bytes, n, &value), -1,
	    "varint: refuses %s", name);
}

static void
test_varint(void)
{
	uint64_t value;

	is_varint(0, "\0", 1);
	is_varint(1, "\1", 1);
	is_varint(127, "\x7f", 1);
	is_varint(128, "\x80\x01", 2);
	is_varint(255, "\xff\x01", 2);
	is_varint(300, "\xac\x02", 2);
	is_varint(0x1200, "\x80\x24", 2);
	is_varint(16384, "\x80\x80\x01", 3);
	is_varint(UINT64_C(1) << 62, "\x80\x80\x80\x80\x80\x80\x80\x80\x40", 9);
	is_varint(INT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9);
	no_varint("\x80\x00", 2, "0 in two bytes");
	no_varint("\x81\x00", 2, "1 in two bytes");
	no_varint("\x81\x80\x00", 3, "1 in three bytes");
	no_varint("\xff\xff\xff\xff\xff\xff\xff\xff\x00", 9,
	    "56 bits in nine bytes");
	no_varint("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, "2^64 - 1");
	no_varint("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 10, "2^63");
	no_varint("\x80\x80\x80\x80\x80\x80\x80\x80\x80", 9,
	    "nine bytes that go on");
	is_int(varint_parse(NULL, 0, &value), 0, "varint: no bytes");
	is_int(varint_parse((const uint8_t *)"\x05\xff", 2, &value), 1,
	    "varint: more bytes may follow");
}

int
main(void)
{
	test_oracle();
	test_round_trips();
	test_base32();
	test_base58();
	test_base64();
	test_varint();
	return done_testing();
}
