/*
 * plc_content: what an operation of a PLC directory says, in one form.
 *
 * A legacy `create` has other names for what it says: its handle lacks `at://`,
 * its service may lack `https://`, and its rotation keys are recoveryKey and
 * signingKey. Here it looks like a new operation.
 * https://web.plc.directory/spec/v0.1/did-plc
 *
 * Nothing here verifies the operation: that is operation.h. A value of the
 * wrong kind counts as missing. A name that comes several times is listed as
 * often, and the last one counts.
 */
#ifndef LIBCAR_PLC_CONTENT_H
#define LIBCAR_PLC_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/plc/operation.h"

/* Names of what AT Protocol uses, and the type of such a service */
#define PLC_CONTENT_KEY "atproto"
#define PLC_CONTENT_HOST "atproto_pds"
#define PLC_CONTENT_HOST_TYPE "AtprotoPersonalDataServer"

/* An entry of a list; what doesn't belong to the list is NULL. */
struct plc_content_entry {
	struct slice name; /* of a method or a service */
	struct slice type; /* of a service; NULL: missing */
	struct slice text; /* a handle's URI, a key, or an endpoint, as type */
};

/* At most PLC_OPERATION_MAX_ENTRIES, in the order of the operation. */
struct plc_content_list {
	struct plc_content_entry *entries;
	size_t count, room;
};

/*
 * Texts are decoded, and borrowed from the operation's JSON or from `texts`,
 * until the struct is used for another operation. All zero says nothing.
 */
struct plc_content {
	enum plc_kind kind;
	struct plc_content_list names;   /* alsoKnownAs */
	struct plc_content_list keys;    /* rotationKeys */
	struct plc_content_list methods; /* verificationMethods */
	struct plc_content_list services;
	bool has_keys; /* rotationKeys is an array of texts */
	struct buf texts;
};

/* Read any JSON. What isn't an operation, has more than PLC_OPERATION_MAX_BYTES
 * or a list that is too long is PLC_NO_KIND and says nothing. -1: no memory. */
int plc_content_read(struct plc_content *, const char *json, size_t len,
    struct status *);

/* The same of an operation that was parsed. -1: no memory. */
int plc_content_of(struct plc_content *, const struct plc_operation *,
    struct status *);

/* The entry that counts for this name, or NULL. */
const struct plc_content_entry *plc_content_find(const struct plc_content_list
						     *,
    const char *name);

void plc_content_free(struct plc_content *);

#endif
