/*
 * verdict: an invalid record as a line of at-ndjson(5).
 *
 * Lines are appended to the caller's buffer, with their LF. To keep the line
 * within its limit, the writer leaves out problems, and then the record.
 */
#ifndef LIBCAR_LEXICON_VERDICT_H
#define LIBCAR_LEXICON_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/lexicon/lexicon.h"
#include "libcar/stream/job.h"
#include "libcar/stream/line.h"

/* All zero before first use; the first three are the caller's to set. */
struct verdict {
	const char *program;
	bool pass;           /* write the record, not an error */
	uint64_t now;        /* microseconds since 1970 */
	struct job job;      /* the rest is scratch memory */
	struct buf problems; /* JSON */
};

/* Summarize a report: the first problem with its place, and the number of
 * further ones. STATUS_INVALID_RECORD. */
void verdict_status(const struct lexicon_report *, struct status *);

/* Replace a record line that line_check() has passed: append its error line or,
 * with `pass`, the line itself with `problems` at its end, unless that is too
 * long. -1: STATUS_SYSTEM. */
int verdict_write(struct verdict *, struct buf *, const struct line *,
    const struct lexicon_report *, struct status *);

void verdict_free(struct verdict *);

#endif
