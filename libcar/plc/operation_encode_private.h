/*
 * operation_encode: the DAG-CBOR of an operation's fields.
 */
#ifndef LIBCAR_PLC_OPERATION_ENCODE_PRIVATE_H
#define LIBCAR_PLC_OPERATION_ENCODE_PRIVATE_H

#include "libcar/base/slice.h"
#include "libcar/data/json.h"
#include "libcar/plc/operation.h"

extern const char *const plc_field_names[PLC_FIELDS];

/* The characters of the reader's last string; borrowed from the JSON, or from
 * the scratch buffer until the next operation. */
struct slice plc_operation_text(struct plc_operation *, const struct json *);

/* Write both forms of an operation whose fields are set and belong to its type.
 * STATUS_BAD_OPERATION: a value doesn't have its field's form. */
int plc_operation_encode(struct plc_operation *, struct status *);

#endif
