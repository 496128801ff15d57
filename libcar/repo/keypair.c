#include "config.h"

#include <string.h>

#include <sodium.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/repo/key_private.h"
#include "libcar/repo/keypair.h"

/*
 * The public key is derived at once, so that every keypair that exists can
 * sign. Copies of a secret are overwritten as soon as possible.
 */

/* Multicodec numbers of private keys. */
#define SECP256K1_PRIV 0x1301
#define P256_PRIV 0x1306

static int
no_library(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0,
	    "no memory, or no such curve, for a private key");
}

int
keypair_make(struct keypair *pair, enum key_curve curve,
    const uint8_t secret[KEYPAIR_SECRET_BYTES], struct status *st)
{
	memset(pair, 0, sizeof(*pair));
	switch (key_scheme(curve)->derive(pair->key.point, secret)) {
	case KEY_YES:
		pair->key.curve = curve;
		memcpy(pair->secret, secret, sizeof(pair->secret));
		return 0;
	case KEY_NO:
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "a private key that is zero or not below the order");
	default:
		return no_library(st);
	}
}

static int
parse_bytes(struct keypair *pair, const uint8_t *bytes, size_t len,
    struct status *st)
{
	uint64_t codec;
	int head = varint_parse(bytes, len, &codec);

	if (head <= 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the private key's type isn't a varint");
	if (codec != SECP256K1_PRIV && codec != P256_PRIV)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "the private key's type is 0x%jx, want 0x1301 or 0x1306",
		    (uintmax_t)codec);
	if (len - head != KEYPAIR_SECRET_BYTES)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "a private key of %zu bytes, want %d", len - head,
		    KEYPAIR_SECRET_BYTES);
	return keypair_make(pair, codec == P256_PRIV ? KEY_P256 : KEY_SECP256K1,
	    bytes + head, st);
}

int
keypair_parse(struct keypair *pair, const char *text, size_t len,
    struct status *st)
{
	uint8_t bytes[VARINT_MAX_BYTES + KEYPAIR_SECRET_BYTES];
	ssize_t n = -1;
	int rc;

	if (len > 0 && text[0] == 'z')
		n = base58_parse(bytes, sizeof(bytes), text + 1, len - 1);
	if (n == -1)
		rc = status_set(st, STATUS_BAD_SYNTAX, 0,
		    "a private key must be z and at most %zu bytes in base58",
		    sizeof(bytes));
	else
		rc = parse_bytes(pair, bytes, n, st);
	sodium_memzero(bytes, sizeof(bytes));
	return rc;
}

size_t
keypair_format(char out[KEYPAIR_MAX_TEXT], const struct keypair *pair)
{
	uint8_t bytes[VARINT_MAX_BYTES + KEYPAIR_SECRET_BYTES];
	int head = varint_format(bytes,
	    pair->key.curve == KEY_P256 ? P256_PRIV : SECP256K1_PRIV);
	size_t len = 0;

	memcpy(bytes + head, pair->secret, sizeof(pair->secret));
	out[len++] = 'z';
	len += base58_format(out + len, bytes, head + sizeof(pair->secret));
	out[len] = '\0';
	sodium_memzero(bytes, sizeof(bytes));
	return len;
}

int
keypair_sign(const struct keypair *pair, const void *message, size_t len,
    uint8_t signature[KEY_SIGNATURE_BYTES], struct status *st)
{
	uint8_t digest[32];

	hash_sha256(digest, message, len);
	if (key_scheme(pair->key.curve)
		->sign(signature, pair->secret, digest) != KEY_YES)
		return no_library(st);
	return 0;
}

void
keypair_free(struct keypair *pair)
{
	sodium_memzero(pair, sizeof(*pair));
}
