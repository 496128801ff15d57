/*
 * plc_notes: what is unusual about an operation that is valid.
 *
 * The rules of the audit say nothing about handles, hosts and sizes. A
 * directory has limits for new operations, and mirrors mark what breaks them.
 */
#ifndef LIBCAR_PLC_NOTES_H
#define LIBCAR_PLC_NOTES_H

#include <stdbool.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/plc/content.h"
#include "libcar/plc/operation.h"

/* Limits for new operations */
#define PLC_NOTES_MAX_BYTES 4000 /* of the signed form */
#define PLC_NOTES_MAX_HANDLES 10
#define PLC_NOTES_MAX_HANDLE 258 /* bytes, with `at://` */
#define PLC_NOTES_MAX_KEYS 10
#define PLC_NOTES_MAX_SERVICES 10
#define PLC_NOTES_MAX_SERVICE_TYPE 256
#define PLC_NOTES_MAX_ENDPOINT 512
#define PLC_NOTES_MAX_METHODS 10
#define PLC_NOTES_MAX_ID 32
#define PLC_NOTES_MAX_METHOD 256

/* Is this host one whose accounts are known to be spam? All zero: no host. */
struct plc_notes_spam {
	bool (*has)(const void *ctx, const struct slice *origin);
	const void *ctx;
};

/* Append the JSON array of the notes about an operation and what it says;
 * nothing, if there are none. buf->failed: no memory. */
void plc_notes_write(struct buf *, const struct plc_operation *,
    const struct plc_content *, const struct plc_notes_spam *);

#endif
