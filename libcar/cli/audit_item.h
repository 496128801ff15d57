/*
 * audit_item: one line of at-plcaudit, read in any thread.
 */
#ifndef LIBCAR_CLI_AUDIT_ITEM_H
#define LIBCAR_CLI_AUDIT_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/plc/audit.h"
#include "libcar/plc/notes.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/job.h"
#include "libcar/stream/line.h"

enum audit_item_kind {
	AUDIT_ITEM_COPY, /* a line of another type */
	AUDIT_ITEM_BAD,  /* `why` */
	AUDIT_ITEM_PLC,
};

/* A struct may be used for another line, and keeps its memory. */
struct audit_item {
	struct slice text; /* the caller's, as the next */
	uint64_t number;   /* of the line in its input */

	enum audit_item_kind kind;
	struct status why;
	struct line line;
	struct job job;
	struct plc_audit_item *op; /* in the caller's array */
	struct plc_content content;
	struct buf notes; /* JSON */
	struct buf out;   /* its line, if it is valid */
};

/* How items are read. */
struct audit_item_rules {
	bool annotate;
	struct plc_notes_spam spam;
};

/* Parse the line and the operation; write the line as it is if the operation
 * turns out to be valid. */
void audit_item_read(struct audit_item *, const struct audit_item_rules *);

/* Parse a `plc` line alone; its other fields, which are rare, to the job.
 * STATUS_BAD_LINE, STATUS_SYSTEM. */
int audit_item_parse(struct audit_item *, struct status *);

/* Write a line that was read, with LF. STATUS_TOO_LARGE. */
int audit_item_write(struct audit_item *, struct buf *,
    enum stream_bool nullified, struct status *);

void audit_item_free(struct audit_item *);

#endif
