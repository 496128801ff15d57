#include "config.h"

#include <string.h>

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/data/cid.h"

/*
 * CIDv1 is four varints (version, codec, hash function, length of the digest)
 * and the digest. CIDv0 is a sha2-256 multihash alone, whose first byte can't
 * be the version of a CIDv1. Nothing is copied.
 */

#define DAG_PB 0x70
#define V0_BYTES 34

static const uint8_t repo_prefix[4] = { 1, CID_DAG_CBOR, HASH_SHA2_256, 32 };

bool
cid_is_repo(const uint8_t *bytes, size_t len)
{
	return len == CID_REPO_BYTES &&
	    memcmp(bytes, repo_prefix, sizeof(repo_prefix)) == 0;
}

bool
cid_is_blob(const uint8_t *bytes, size_t len)
{
	static const uint8_t prefix[] = { 1, CID_RAW, HASH_SHA2_256, 32 };

	return len == CID_REPO_BYTES &&
	    memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

static int
parse_v0(struct cid *cid, const uint8_t *p, size_t len, struct status *st)
{
	if (len < V0_BYTES)
		return status_set(st, STATUS_BAD_SYNTAX, 0, "CID is cut");
	cid->bytes = p;
	cid->len = V0_BYTES;
	cid->version = 0;
	cid->codec = DAG_PB;
	cid->hash = HASH_SHA2_256;
	cid->digest = p + 2;
	cid->digest_len = 32;
	return V0_BYTES;
}

int
cid_parse(struct cid *cid, const uint8_t *p, size_t len, struct status *st)
{
	uint64_t field[4]; /* version, codec, hash, digest's length */
	size_t at = 0;
	int i, n;

	if (len >= 2 && p[0] == HASH_SHA2_256 && p[1] == 32)
		return parse_v0(cid, p, len, st);
	for (i = 0; i < 4; i++) {
		n = varint_parse(p + at, len - at, &field[i]);
		if (n <= 0)
			return status_set(st, STATUS_BAD_SYNTAX, at,
			    n == 0 ? "CID is cut" : "bad varint in a CID");
		at += n;
	}
	if (field[0] != 1)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "CID of version %llu", (unsigned long long)field[0]);
	if (field[3] > CID_MAX_BYTES - at)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "CID of more than %d bytes", CID_MAX_BYTES);
	if (field[3] > len - at)
		return status_set(st, STATUS_BAD_SYNTAX, 0, "CID is cut");
	cid->bytes = p;
	cid->len = at + field[3];
	cid->version = 1;
	cid->codec = field[1];
	cid->hash = field[2];
	cid->digest = p + at;
	cid->digest_len = field[3];
	return cid->len;
}

size_t
cid_format(char *out, const uint8_t *bytes, size_t len)
{
	if (len == V0_BYTES && bytes[0] == HASH_SHA2_256)
		return base58_format(out, bytes, len);
	out[0] = 'b';
	return 1 + base32_format(out + 1, bytes, len);
}

static ssize_t
decode_text(uint8_t *out, const char *text, size_t len)
{
	if (len == 46 && text[0] == 'Q' && text[1] == 'm')
		return base58_parse(out, CID_MAX_BYTES, text, len);
	if (len > 1 && text[0] == 'b')
		return base32_parse(out, CID_MAX_BYTES, text + 1, len - 1);
	if (len > 1 && text[0] == 'z')
		return base58_parse(out, CID_MAX_BYTES, text + 1, len - 1);
	return -1;
}

int
cid_from_text(uint8_t *out, const char *text, size_t len, struct status *st)
{
	ssize_t n = decode_text(out, text, len);
	struct cid cid;

	if (n <= 0)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "not the text of a CID");
	if (cid_parse(&cid, out, n, st) == -1)
		return -1;
	if (cid.len != (size_t)n || (cid.version == 0) != (text[0] == 'Q'))
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "not the text of a CID");
	return n;
}

void
cid_of_block(uint8_t *out, const void *data, size_t len)
{
	memcpy(out, repo_prefix, sizeof(repo_prefix));
	hash_sha256(out + sizeof(repo_prefix), data, len);
}
