/*
 * operation_encode: the DAG-CBOR of an operation's fields.
 */
#ifndef LIBCAR_PLC_OPERATION_ENCODE_PRIVATE_H
#define LIBCAR_PLC_OPERATION_ENCODE_PRIVATE_H

#include "libcar/plc/operation.h"

/* Write both forms of an operation whose fields are set and belong to its type.
 * STATUS_BAD_OPERATION: a value doesn't have its field's form. */
int plc_operation_encode(struct plc_operation *, struct status *);

#endif
