/*
 * plc_operation: one operation of a PLC directory: what it says, and the bytes
 * that are signed and hashed.
 *
 * An operation is a JSON object with exactly the fields of its type. Its
 * signed form is the DAG-CBOR of all fields, where a CID is a text; the
 * unsigned form lacks `sig`. The CID is that of the signed form, and the DID of
 * a log is made of the hash of its first operation.
 * https://web.plc.directory/spec/v0.1/did-plc
 *
 * Old operations exceed the limits that a directory has for new ones. So the
 * only limits here are those that bound the work, and a rotation key that can't
 * be read is kept as a key that never signs.
 */
#ifndef LIBCAR_PLC_OPERATION_H
#define LIBCAR_PLC_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/plc/fields.h"
#include "libcar/repo/key.h"

#define PLC_OPERATION_MAX_BYTES (1 << 20) /* of JSON */
#define PLC_OPERATION_MAX_ENTRIES 10000   /* of an array or object in it */
#define PLC_OPERATION_MAX_KEYS 255        /* rotation keys */

#define PLC_DIGEST_BYTES 32 /* at the end of a CID */
#define PLC_DID_TEXT 32     /* `did:plc:` and 24 characters */
#define PLC_DID_BYTES 15    /* which those characters stand for */

/* All zero is no operation. */
struct plc_operation {
	enum plc_kind kind;
	struct slice fields[PLC_FIELDS]; /* JSON, borrowed; NULL: absent */
	bool has_prev;
	uint8_t prev[CID_REPO_BYTES];
	uint8_t cid[CID_REPO_BYTES];
	uint8_t signature[KEY_SIGNATURE_BYTES];
	struct key *keys; /* that may sign the next operation; curve 0: none */
	size_t key_count, key_room;
	struct buf keys_json; /* of rotationKeys that were read */
	struct buf signed_form, unsigned_form, scratch;
};

/* Read an operation, which must outlive the struct's use. STATUS_BAD_OPERATION
 * (not of its type), STATUS_BAD_PREV (not a CID), STATUS_BAD_SIGNATURE (not 64
 * bytes in base64url without padding), STATUS_SYSTEM. The keys' points are not
 * checked. */
int plc_operation_parse(struct plc_operation *, const char *json, size_t len,
    struct status *);

/* The DID of the log that begins with this operation. */
void plc_operation_did(const struct plc_operation *,
    uint8_t did[PLC_DID_BYTES]);

/* Read the text of a DID; false: it isn't a did:plc. */
bool plc_did_parse(uint8_t did[PLC_DID_BYTES], const char *text, size_t len);

/* Write the text, without a NUL. */
void plc_did_format(char text[PLC_DID_TEXT], const uint8_t did[PLC_DID_BYTES]);

void plc_operation_free(struct plc_operation *);

#endif
