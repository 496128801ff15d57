/*
 * dagjson: DAG-CBOR to JSON and back, without loss.
 *
 * A link is {"$link": "b…"}, bytes are {"$bytes": "…"}; so a map with a key
 * $link or $bytes has no JSON. Integers are written as they are, never
 * through a double. https://atproto.com/specs/data-model
 */
#ifndef LIBCAR_DATA_DAGJSON_H
#define LIBCAR_DATA_DAGJSON_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

#define DAGJSON_MAX_RECORD (1 << 20) /* bytes of a record's block */
#define DAGJSON_FACTOR \
	14 /* maximum growth: 0x40 becomes
				      * {"$bytes":""} and a comma */

/* Append the JSON of a block that is one strict map. -1 (STATUS_BAD_RECORD,
 * STATUS_TOO_LARGE, STATUS_SYSTEM), and the buffer is unchanged, if the block
 * isn't such a map or JSON can't represent it. */
int dagjson_from_block(struct buf *, const void *block, size_t len,
    struct status *);

/*
 * Append the DAG-CBOR of the JSON value that comes next in the reader; a
 * number such as 123.0 is the integer. STATUS_BAD_RECORD for what the data
 * model doesn't allow: floats, malformed $link or $bytes, duplicate keys. With
 * `typed` also for a $type that isn't a non-empty string, and for a malformed
 * blob.
 */
int dagjson_to_block(struct buf *, struct json *, bool typed, struct status *);

#endif
