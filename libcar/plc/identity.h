/*
 * plc_identity: what the DID document of a PLC operation says about an account.
 *
 * A directory makes the document of the last operation (document.h). The rules
 * for handle, key and host are those of diddoc.h: what is invalid counts as
 * missing. Nothing here verifies the operation.
 */
#ifndef LIBCAR_PLC_IDENTITY_H
#define LIBCAR_PLC_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/plc/content.h"
#include "libcar/plc/diddoc.h"

#define PLC_IDENTITY_MAX_KEYS 255 /* rotation keys; more count as none */

enum plc_identity_kind {
	PLC_IDENTITY_UNKNOWN, /* not an operation */
	PLC_IDENTITY_DOCUMENT,
	PLC_IDENTITY_TOMBSTONE, /* the DID has no document any more */
};

/* All zero is valid. A struct may be used for another operation, and keeps its
 * memory. */
struct plc_identity {
	enum plc_identity_kind kind;
	struct diddoc doc;
	/* A JSON array of did:keys; empty if the operation has none, or if one
	 * isn't a did:key. */
	struct buf rotation_keys;
	struct plc_content content; /* all that the operation says */
};

/* Read an operation. allow_http: the host's origin may be plain http. -1: no
 * memory; JSON that isn't an operation is PLC_IDENTITY_UNKNOWN. */
int plc_identity_read(struct plc_identity *, const char *json, size_t len,
    bool allow_http, struct status *);

void plc_identity_free(struct plc_identity *);

#endif
