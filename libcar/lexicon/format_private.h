/*
 * lexicon_format: the formats that a lexicon can require of a string.
 * https://atproto.com/specs/lexicon#string-formats
 */
#ifndef LIBCAR_LEXICON_FORMAT_PRIVATE_H
#define LIBCAR_LEXICON_FORMAT_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/lexicon/lexicon.h"

enum lexicon_format {
	FORMAT_NONE,
	FORMAT_AT_IDENTIFIER,
	FORMAT_AT_URI,
	FORMAT_CID,
	FORMAT_DATETIME,
	FORMAT_DID,
	FORMAT_HANDLE,
	FORMAT_LANGUAGE,
	FORMAT_NSID,
	FORMAT_RECORD_KEY,
	FORMAT_TID,
	FORMAT_URI,
};

/* FORMAT_NONE: unknown format. */
enum lexicon_format lexicon_format_of(const char *text, size_t len);

/* Not for FORMAT_NONE. */
const char *lexicon_format_name(enum lexicon_format);
bool lexicon_format_check(enum lexicon_format, const char *, size_t,
    const struct lexicon_lenience *);

#endif
