/*
 * hash: the hash functions of multihash that CIDs use.
 */
#ifndef LIBCAR_BASE_HASH_H
#define LIBCAR_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_MAX_BYTES 64

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

#endif
