/*
 * json: pull reader and writer for texts of RFC 8259.
 *
 * The reader walks over one text in memory, builds no tree and allocates
 * nothing. It is strict: grammar, UTF-8, escapes (no lone surrogates), no
 * control characters in strings, nesting of at most JSON_MAX_DEPTH. It does
 * not look for duplicate keys. `tok` is borrowed from the text.
 */
#ifndef LIBCAR_DATA_JSON_H
#define LIBCAR_DATA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

#define JSON_MAX_DEPTH 256

enum json_kind {
	JSON_ERROR = -1,
	JSON_END, /* after the one value, only white space */
	JSON_OBJECT,
	JSON_OBJECT_END,
	JSON_ARRAY,
	JSON_ARRAY_END,
	JSON_KEY,
	JSON_STRING,
	JSON_NUMBER,
	JSON_TRUE,
	JSON_FALSE,
	JSON_NULL,
};

struct json {
	const char *text, *at, *end;
	/* string, key: between the quotes; number: its text; borrowed */
	const char *tok;
	size_t tok_len;
	bool escaped; /* the string has backslashes */
	bool integer; /* the number has neither fraction nor exponent */
	unsigned depth;
	uint8_t state;
	uint64_t in_array[JSON_MAX_DEPTH / 64];
};

/* Begin to read a text, which must outlive the reader. */
void json_open(struct json *, const char *text, size_t len);

/* The next token; JSON_ERROR (STATUS_BAD_SYNTAX, pos the byte) sticks. */
enum json_kind json_next(struct json *, struct status *);

/* Skip the value that comes next, with the same checks. Returns the kind of its
 * first token, and tok is the text of the whole value. At the end of an array:
 * JSON_ARRAY_END. */
enum json_kind json_skip(struct json *, struct status *);

/* Is the last key or string equal to this text, after escapes are decoded? */
bool json_is(const struct json *, const char *text);

/* Append the text of the last key or string, with escapes decoded. */
void json_text(const struct json *, struct buf *);

/* The last number as an integer; -1 if it isn't one of 64 signed bits. */
int json_integer(const struct json *, int64_t *);

/*
 * The writer appends one text to a buffer, with the commas and colons that it
 * needs. Only an allocation can fail (buf->failed). Bytes that aren't UTF-8
 * become U+FFFD.
 */
struct json_writer {
	struct buf *out;
	bool comma; /* a value stands before the next one */
};

void json_write_object(struct json_writer *);
void json_write_object_end(struct json_writer *);
void json_write_array(struct json_writer *);
void json_write_array_end(struct json_writer *);
void json_write_key(struct json_writer *, const char *key);
void json_write_key_n(struct json_writer *, const char *key, size_t len);
void json_write_string(struct json_writer *, const char *, size_t);
void json_write_integer(struct json_writer *, int64_t);
void json_write_bool(struct json_writer *, bool);
void json_write_null(struct json_writer *);

/* Append bytes that are already a JSON value. */
void json_write_raw(struct json_writer *, const char *, size_t);

/* {"$bytes":"…"}: the JSON form of bytes in the AT Protocol's data model. */
void json_write_bytes(struct json_writer *, const void *, size_t);

/* Key and string value; a NULL string is null. */
void json_write_member(struct json_writer *, const char *key,
    const char *string);

/* Key and text; if there is no text, neither. */
void json_write_text(struct json_writer *, const char *key,
    const struct slice *);

/* Write the text between quotes at out, at most 6 * len + 2 bytes. Returns the
 * end. Sets *bad if the text isn't UTF-8; each wrong byte becomes U+FFFD. */
char *json_quote(char *out, const char *text, size_t len, bool *bad);

#endif
