/*
 * cid: content identifiers, binary and as text.
 *
 * A parsed CID borrows the bytes it was parsed from. The parser accepts CIDv0
 * (a bare sha2-256 multihash, text `Qm…`) and CIDv1, of any codec and hash
 * function. A repo's own links have CID_REPO_BYTES bytes: v1, dag-cbor,
 * sha2-256. https://github.com/multiformats/cid, https://dasl.ing/cid.html
 */
#ifndef LIBCAR_DATA_CID_H
#define LIBCAR_DATA_CID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

#define CID_MAX_BYTES 100
#define CID_MAX_TEXT 161 /* `b` and base32 of 100 bytes */
#define CID_REPO_BYTES 36
#define CID_REPO_TEXT 59

#define CID_RAW 0x55
#define CID_DAG_CBOR 0x71

struct cid {
	const uint8_t *bytes; /* borrowed */
	size_t len;
	unsigned version;     /* 0 or 1 */
	uint64_t codec, hash; /* multicodec numbers */
	const uint8_t *digest;
	size_t digest_len;
};

/* Read the CID at p; its length, or -1. More bytes may follow it. */
int cid_parse(struct cid *, const uint8_t *p, size_t len, struct status *);

/* Is it exactly the form of a repo's own links? */
bool cid_is_repo(const uint8_t *bytes, size_t len);

/* Is it the CID of a blob: v1, raw, sha2-256? Then it has CID_REPO_BYTES, and
 * the digest is the end of it. */
bool cid_is_blob(const uint8_t *bytes, size_t len);

/* Write the text (v1: base32, v0: base58) at out, at most CID_MAX_TEXT bytes
 * and no NUL; its length. The bytes must have been parsed. */
size_t cid_format(char *out, const uint8_t *bytes, size_t len);

/* Read a text into out (CID_MAX_BYTES); the number of bytes, or -1. */
int cid_from_text(uint8_t *out, const char *text, size_t len, struct status *);

/* The dag-cbor CID of a block: CID_REPO_BYTES at out. */
void cid_of_block(uint8_t *out, const void *data, size_t len);

#endif
