/*
 * export_entry: one operation, as a PLC directory exports it.
 * https://web.plc.directory/spec/v0.1/did-plc
 *
 * An entry is a JSON object {did, cid, seq, createdAt, operation, type:
 * "sequenced_op"}, and perhaps `nullified`. This module checks only its form:
 * the operation may be invalid. It keeps the operation byte for byte, because
 * its CID and its signature depend on what it says.
 */
#ifndef LIBCAR_NET_EXPORT_ENTRY_H
#define LIBCAR_NET_EXPORT_ENTRY_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/stream/fields.h"

#define EXPORT_ENTRY_MAX (1 << 20) /* bytes */

struct export_entry {
	uint64_t seq;           /* from 1; 0: not known */
	struct stream_plc line; /* borrowed from the text */
	struct slice text;      /* the whole entry; nothing: it is done */
};

enum export_entry_form {
	EXPORT_ENTRY_GOOD,
	/* A field is wrong (STATUS_BAD_ANSWER), but seq is known: what follows
	 * isn't affected. */
	EXPORT_ENTRY_FLAWED,
	/* Not a JSON object, or without a seq (STATUS_BAD_ANSWER). */
	EXPORT_ENTRY_BROKEN,
};

/* Read an entry, whose text must outlive the struct. stream_write_plc() makes a
 * line of a good one. */
enum export_entry_form export_entry_read(struct export_entry *,
    const char *text, size_t len, struct status *);

#endif
