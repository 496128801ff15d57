#include "config.h"

#include <string.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/repo/key.h"
#include "libcar/repo/key_private.h"

/*
 * The text of a public key: `did:key:` or nothing, multibase base58btc (`z`),
 * then the curve's multicodec number and the compressed point. For legacy keys,
 * the verification method names the curve. Each struct key_scheme implements
 * what differs between curves.
 */

#define UNCOMPRESSED_BYTES 65
#define PREFIX "did:key:"

static int
set_point(struct key *key, enum key_curve curve, const uint8_t *bytes,
    size_t len, struct status *st)
{
	switch (key_scheme(curve)->compress(key->point, bytes, len)) {
	case KEY_YES:
		key->curve = curve;
		return 0;
	case KEY_NO:
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the key's point isn't on its curve");
	default:
		return status_set(st, STATUS_SYSTEM, 0,
		    "no P-256 in libcrypto");
	}
}

/* Does it look like a compressed point? Hybrid forms don't count. */
static bool
is_compressed(const uint8_t *bytes, size_t len)
{
	return len == KEY_POINT_BYTES && (bytes[0] == 2 || bytes[0] == 3);
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
key_read(struct key *key, const char *text, size_t len, struct status *st)
{
	uint8_t bytes[VARINT_MAX_BYTES + KEY_POINT_BYTES];
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
	key->curve = (enum key_curve)codec;
	memcpy(key->point, bytes + head, KEY_POINT_BYTES);
	return 0;
}

int
key_parse(struct key *key, const char *text, size_t len, struct status *st)
{
	struct key read;

	if (key_read(&read, text, len, st) == -1)
		return -1;
	return set_point(key, read.curve, read.point, sizeof(read.point), st);
}

bool
key_is_on_curve(const struct key *key)
{
	uint8_t point[KEY_POINT_BYTES];

	return key_scheme(key->curve)
		   ->compress(point, key->point, sizeof(key->point)) == KEY_YES;
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
	uint8_t bytes[VARINT_MAX_BYTES + KEY_POINT_BYTES];
	int head = varint_format(bytes, key->curve);
	size_t len = strlen(PREFIX);

	memcpy(bytes + head, key->point, KEY_POINT_BYTES);
	memcpy(out, PREFIX, len);
	out[len++] = 'z';
	len += base58_format(out + len, bytes, head + KEY_POINT_BYTES);
	out[len] = '\0';
	return len;
}

static int
cannot_check(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0,
	    "the signature can't be checked");
}

int
key_prepare(struct key_prepared *prepared, const struct key *key,
    struct status *st)
{
	memset(prepared, 0, sizeof(*prepared));
	if (key_scheme(key->curve)->prepare(prepared, key->point) != KEY_YES)
		return cannot_check(st);
	prepared->curve = key->curve;
	return 0;
}

int
key_verify_hash(const struct key_prepared *key, const uint8_t hash[32],
    const uint8_t *signature, size_t signature_len, struct status *st)
{
	/* libsecp256k1 would abort the program on a key of zeros. */
	if (key->curve == 0)
		return cannot_check(st);
	if (signature_len != KEY_SIGNATURE_BYTES)
		return status_set(st, STATUS_BAD_SIGNATURE, 0,
		    "signature of %zu bytes, want %d", signature_len,
		    KEY_SIGNATURE_BYTES);
	switch (key_scheme(key->curve)->verify(key, hash, signature)) {
	case KEY_YES:
		return 0;
	case KEY_NO:
		return status_set(st, STATUS_BAD_SIGNATURE, 0,
		    "the signature isn't the key's");
	default:
		return cannot_check(st);
	}
}

int
key_verify_prepared(const struct key_prepared *key, const void *message,
    size_t len, const uint8_t *signature, size_t signature_len,
    struct status *st)
{
	uint8_t hash[32];

	hash_sha256(hash, message, len);
	return key_verify_hash(key, hash, signature, signature_len, st);
}

void
key_prepared_free(struct key_prepared *key)
{
	if (key->curve != 0)
		key_scheme(key->curve)->release(key);
	memset(key, 0, sizeof(*key));
}

int
key_verify(const struct key *key, const void *message, size_t len,
    const uint8_t *signature, size_t signature_len, struct status *st)
{
	struct key_prepared prepared;
	int rc;

	if (key_prepare(&prepared, key, st) == -1)
		return -1;
	rc = key_verify_prepared(&prepared, message, len, signature,
	    signature_len, st);
	key_prepared_free(&prepared);
	return rc;
}
