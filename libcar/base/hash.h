/*
 * hash: the hash functions of multihash that CIDs use, and one for hash tables.
 * https://multiformats.io/multihash/
 *
 * hash_sha256() hashes bytes in memory, a struct hash_stream bytes that come in
 * pieces.
 */
#ifndef LIBCAR_BASE_HASH_H
#define LIBCAR_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_MAX_BYTES 64
#define HASH_SECRET_BYTES 16

enum hash_function { /* https://github.com/multiformats/multicodec */
	HASH_IDENTITY = 0x00,
	HASH_SHA2_256 = 0x12,
	HASH_SHA2_512 = 0x13,
	HASH_BLAKE2B_256 = 0xb220,
};

void hash_sha256(uint8_t digest[32], const void *data, size_t len);

bool hash_known(uint64_t function);

/* Does data have this digest? 1 or 0; -1 if the function isn't known here. */
int hash_verify(uint64_t function, const uint8_t *digest, size_t digest_len,
    const void *data, size_t len);

/* For hash tables: who doesn't know the secret, which is random, can't make
 * data that collide. */
uint64_t hash_keyed(const uint8_t secret[HASH_SECRET_BYTES], const void *data,
    size_t len);

/*
 * SHA-256 of bytes that come in pieces, such as a blob while it is received.
 * All zero: nothing was hashed yet. A failure is remembered, so the caller
 * checks only once, at the end.
 */
struct hash_stream {
	struct evp_md_ctx_st *ctx;
	bool failed;
};

void hash_stream_update(struct hash_stream *, const void *data, size_t len);

/* The digest of everything since the beginning. The stream is then all zero
 * again. -1: no memory. */
int hash_stream_final(struct hash_stream *, uint8_t digest[32]);

void hash_stream_free(struct hash_stream *);

#endif
