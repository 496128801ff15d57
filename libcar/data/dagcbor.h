/*
 * dagcbor: strict DAG-CBOR (DRISL), reading and writing.
 *
 * Strict: definite lengths, shortest heads, string keys only, unique and
 * sorted by length then bytes, tag 42 alone (bytes that start with 0x00), no
 * undefined, valid UTF-8. The AT Protocol adds: no floats, integers in 64
 * signed bits. https://dasl.ing/drisl.html,
 * https://atproto.com/specs/data-model
 */
#ifndef LIBCAR_DATA_DAGCBOR_H
#define LIBCAR_DATA_DAGCBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

#define DAGCBOR_MAX_DEPTH 32       /* nested containers */
#define DAGCBOR_MAX_ENTRIES 131072 /* of one container */
#define DAGCBOR_MAX_KEY 8192       /* bytes */

enum dagcbor_kind {
	DAGCBOR_UINT,
	DAGCBOR_NEGINT,
	DAGCBOR_BYTES,
	DAGCBOR_TEXT,
	DAGCBOR_ARRAY,
	DAGCBOR_MAP,
	DAGCBOR_LINK,
	DAGCBOR_FALSE,
	DAGCBOR_TRUE,
	DAGCBOR_NULL,
};

/* One data item; of a container only its head. */
struct dagcbor_item {
	enum dagcbor_kind kind;
	uint64_t n;           /* UINT: value; NEGINT: -1 - value; ARRAY,
				 * MAP: entries; others: length */
	const uint8_t *bytes; /* BYTES, TEXT, LINK (the CID); borrowed */
};

/* Reads the items of one block, one after the other. */
struct dagcbor {
	const uint8_t *start, *at, *end;
};

void dagcbor_open(struct dagcbor *, const void *data, size_t len);

/* Read the next item. -1 (STATUS_BAD_RECORD) if it isn't strict DAG-CBOR or the
 * input ends. The functions below check the order of keys, UTF-8 and the form
 * of a CID. */
int dagcbor_next(struct dagcbor *, struct dagcbor_item *, struct status *);

/* Read the next key of a map: text that sorts after the previous key, which the
 * caller passes in key (bytes NULL: none). Doesn't check its UTF-8. */
int dagcbor_next_key(struct dagcbor *, struct dagcbor_item *key,
    struct status *);

/* Is a LINK exactly one CID? */
int dagcbor_check_link(const struct dagcbor *, const struct dagcbor_item *,
    struct status *);

/* Skip one whole value and check it completely. */
int dagcbor_skip(struct dagcbor *, struct status *);

/* STATUS_BAD_RECORD, "DAG-CBOR: <what> at byte N". -1. */
int dagcbor_fail(const struct dagcbor *, const char *what, struct status *);

/* Append heads and scalars, to write blocks. The caller sorts the keys. */
void dagcbor_write_uint(struct buf *, uint64_t);
void dagcbor_write_negint(struct buf *, uint64_t minus_one_minus_value);
void dagcbor_write_text(struct buf *, const void *, size_t);
void dagcbor_write_bytes(struct buf *, const void *, size_t);
void dagcbor_write_array(struct buf *, uint64_t entries);
void dagcbor_write_map(struct buf *, uint64_t entries);
void dagcbor_write_link(struct buf *, const uint8_t *cid, size_t len);
void dagcbor_write_bool(struct buf *, bool);
void dagcbor_write_null(struct buf *);

#endif
