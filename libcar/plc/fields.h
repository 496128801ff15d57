/*
 * plc_fields: the fields of a PLC operation as JSON, found by their names.
 *
 * This is the first look at an operation, before anything is checked. Each type
 * of operation has some of the fields; operation.h says which.
 * https://web.plc.directory/spec/v0.1/did-plc
 */
#ifndef LIBCAR_PLC_FIELDS_H
#define LIBCAR_PLC_FIELDS_H

#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

enum plc_kind {
	PLC_NO_KIND,
	PLC_OPERATION,
	PLC_TOMBSTONE,
	PLC_CREATE, /* the form of old first operations */
	PLC_KINDS
};

/* The fields, in the order of the DAG-CBOR. */
enum plc_field {
	PLC_SIG,
	PLC_PREV,
	PLC_TYPE,
	PLC_HANDLE,
	PLC_SERVICE,
	PLC_SERVICES,
	PLC_SIGNING_KEY,
	PLC_ALSO_KNOWN_AS,
	PLC_RECOVERY_KEY,
	PLC_ROTATION_KEYS,
	PLC_VERIFICATION_METHODS,
	PLC_FIELDS
};

extern const char *const plc_field_names[PLC_FIELDS];

/* All zero has no fields. */
struct plc_fields {
	enum plc_kind kind;            /* that `type` names */
	struct slice json[PLC_FIELDS]; /* borrowed; NULL: absent */
	struct slice other;            /* the name of a field of no type */
	const char *twice;             /* the name of a repeated one */
};

/* Read an operation. If a field comes several times, the last one counts. -1:
 * STATUS_BAD_SYNTAX, or STATUS_BAD_OPERATION (not an object). */
int plc_fields_read(struct plc_fields *, const char *json, size_t len,
    struct status *);

/* The characters of the reader's last string or key: borrowed from its text or,
 * if it has escapes, appended to the buffer. If that has room for them, it
 * doesn't move. */
struct slice plc_fields_text(struct buf *, const struct json *);

#endif
