/*
 * blob: the blobs that the JSON of a record names.
 * https://atproto.com/specs/data-model#blob-type
 *
 * A blob is an object whose `$type` is `blob`, with `ref`, a link. A legacy
 * blob is an object of exactly the two keys `cid` and `mimeType`, both strings.
 * Blobs are found at any depth. The time is linear in the text.
 */
#ifndef LIBCAR_DATA_BLOB_H
#define LIBCAR_DATA_BLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* The texts are borrowed until the function that got them returns. */
struct blob {
	struct slice cid;       /* as the record has it; it may be no CID */
	struct slice mime_type; /* nothing if it has none */
};

/* May the text name a blob? A quick check that looks for no more than a word
 * that each blob has. */
bool blob_may_be_in(const char *json, size_t len);

/* Call fn for each blob of a value, in the order of the text. fn may stop with
 * -1. -1: STATUS_BAD_SYNTAX, STATUS_SYSTEM, or what fn set. */
int blob_each(const char *json, size_t len,
    int (*fn)(void *ctx, const struct blob *, struct status *), void *ctx,
    struct status *);

#endif
