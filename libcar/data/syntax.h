/*
 * syntax: identifiers of the AT Protocol.
 *
 * Each predicate takes pointer and length and says whether the text is one;
 * a NUL is an ordinary (wrong) character. The rules are those of
 * https://atproto.com/specs/{did,handle,nsid,record-key,tid,at-uri-scheme}
 * and, for datetime, language, uri and cid, of .../specs/lexicon.
 */
#ifndef LIBCAR_DATA_SYNTAX_H
#define LIBCAR_DATA_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYNTAX_DID_MAX 2048
#define SYNTAX_HANDLE_MAX 253
#define SYNTAX_NSID_MAX 317
#define SYNTAX_RKEY_MAX 512
#define SYNTAX_DATETIME_MAX 64
#define SYNTAX_LANGUAGE_MAX 256
#define SYNTAX_TID_LEN 13

bool syntax_is_did(const char *, size_t);
bool syntax_is_handle(const char *, size_t);

/* A handle whose top-level domain may be registered: not alt, arpa, example,
 * internal, invalid, local, localhost or onion. (`test` is accepted for tests.)
 */
bool syntax_is_usable_handle(const char *, size_t);

bool syntax_is_at_identifier(const char *, size_t);
bool syntax_is_nsid(const char *, size_t);
bool syntax_is_rkey(const char *, size_t);
bool syntax_is_tid(const char *, size_t);
bool syntax_is_at_uri(const char *, size_t);
bool syntax_is_datetime(const char *, size_t);
bool syntax_is_language(const char *, size_t);
bool syntax_is_uri(const char *, size_t);
bool syntax_is_cid(const char *, size_t);

/* Valid UTF-8 without surrogates, overlong forms or beyond U+10FFFF. */
bool syntax_is_utf8(const char *, size_t);

/* Bytes of the UTF-8 character at p (1 to 4); 0 if it isn't valid. len > 0. */
size_t syntax_utf8_len(const uint8_t *p, size_t len);

/* An NSID, or a prefix of one or more segments ending in `.*`, as -c takes. */
bool syntax_is_collection_pattern(const char *, size_t);

/* Does a valid pattern (or `*`) cover the collection? */
bool syntax_pattern_covers(const char *pattern, size_t len,
    const char *collection, size_t collection_len);

/* A valid TID's microseconds since 1970. */
uint64_t syntax_tid_micros(const char *tid);

/* Write a TID of 13 characters: microseconds and a clock id of 10 bits. */
void syntax_tid_format(char *out, uint64_t micros, unsigned clock_id);

#endif
