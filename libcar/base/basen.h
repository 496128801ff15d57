/*
 * basen: base32, base58btc and base64 texts.
 *
 * base32 is RFC 4648, section 6, in lower case without padding (multibase `b`),
 * base58 has Bitcoin's alphabet (multibase `z`), base64 is RFC 4648, section 4,
 * written without padding, read with or without. Decoding is strict: the
 * unused bits of the last character are zero, no other characters.
 * https://github.com/multiformats/multibase
 */
#ifndef LIBCAR_BASE_BASEN_H
#define LIBCAR_BASE_BASEN_H

#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

/* Maximum length of the text of n bytes (base58: n <= BASE58_MAX_BYTES). */
#define BASE32_LEN(n) ((8 * (n) + 4) / 5)
#define BASE58_LEN(n) (138 * (n) / 100 + 2)
#define BASE64_LEN(n) ((4 * (n) + 2) / 3)
#define BASE58_MAX_BYTES 128

/* Write the text of n bytes at out, without a NUL. Returns its length. */
size_t base32_format(char *out, const uint8_t *bytes, size_t n);
size_t base58_format(char *out, const uint8_t *bytes, size_t n);
size_t base64_format(char *out, const uint8_t *bytes, size_t n);

/* Read a text into at most cap bytes. Returns their number, or -1 if the text
 * is invalid or doesn't fit. */
ssize_t base32_parse(uint8_t *out, size_t cap, const char *text, size_t len);
ssize_t base58_parse(uint8_t *out, size_t cap, const char *text, size_t len);
ssize_t base64_parse(uint8_t *out, size_t cap, const char *text, size_t len);

#endif
