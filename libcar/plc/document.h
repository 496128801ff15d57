/*
 * plc_document: the DID document of an operation, as a directory answers it.
 * https://web.plc.directory/spec/v0.1/did-plc
 */
#ifndef LIBCAR_PLC_DOCUMENT_H
#define LIBCAR_PLC_DOCUMENT_H

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/plc/content.h"

/* Append the document of the DID whose last operation says this: a JSON object.
 * The operation is valid and isn't a tombstone. buf->failed: no memory. */
void plc_document_write(struct buf *, const struct slice *did,
    const struct plc_content *);

/* Append the same in the operation's own words: did, verificationMethods,
 * rotationKeys, alsoKnownAs and services. */
void plc_document_write_data(struct buf *, const struct slice *did,
    const struct plc_content *);

#endif
