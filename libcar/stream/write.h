/*
 * write: the lines of at-ndjson(5), one function for each type.
 *
 * Each function appends one line with its LF to the caller's buffer, the fields
 * in the page's order. -1: STATUS_TOO_LARGE, the line would have more than
 * NDJSON_MAX_LINE bytes; nothing is appended. buf->failed says that memory was
 * missing.
 */
#ifndef LIBCAR_STREAM_WRITE_H
#define LIBCAR_STREAM_WRITE_H

#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/data/object.h"
#include "libcar/stream/fields.h"
#include "libcar/stream/job.h"

/*
 * A line that answers a job ends with the fields of the job that the line does
 * not have itself, except those that only say how an earlier job ended. The job
 * may be NULL, or have no line.
 */
int stream_write_identity(struct buf *, const struct stream_identity *,
    const struct job *, struct status *);
int stream_write_repo(struct buf *, const struct stream_repo *,
    const struct job *, struct status *);
int stream_write_host(struct buf *, const struct stream_host *,
    const struct job *, struct status *);
int stream_write_blob(struct buf *, const struct stream_blob *,
    const struct job *, struct status *);

int stream_write_account(struct buf *, const struct stream_account *,
    struct status *);
int stream_write_commit(struct buf *, const struct stream_commit *,
    struct status *);
int stream_write_record(struct buf *, const struct stream_record *,
    struct status *);
int stream_write_cursor(struct buf *, const struct stream_cursor *,
    struct status *);
int stream_write_plc(struct buf *, const struct stream_plc *, struct status *);
/* The same with the fields of another `plc` line that are unknown here. */
int stream_copy_plc(struct buf *, const struct stream_plc *, const struct job *,
    struct status *);
int stream_write_proof(struct buf *, const struct stream_proof *,
    const struct job *, struct status *);
int stream_write_end(struct buf *, const struct stream_end *, struct status *);

/*
 * The error line of this status. It ends with the job's `key` and `mimeType`
 * and with those fields of the job that an error line never has itself. It is
 * always written: if it is too long, without the job's fields and `record`; if
 * it is still too long, without every field that may be as long as a line, such
 * as `did`.
 */
void stream_write_error(struct buf *, const struct stream_error *,
    const struct status *, const struct job *);

/* An object in the array `problems`, not a line. */
void stream_write_problem(struct json_writer *, const struct stream_problem *);

/* Copy a `record` line and put these problems (JSON) at its end; they replace
 * the problems that the line has. */
int stream_copy_record(struct buf *, const struct object *line,
    struct slice problems, struct status *);

/*
 * Record lines that differ only in rkey, cid and record: their common parts are
 * made once, and a line is then four copies. This is 6 times as fast as
 * stream_write_record(), and gives the same bytes.
 */
struct stream_form {
	struct buf text;
	size_t rkey, cid, record; /* their places in the text */
};

/* Make the form of lines like this, whose rkey, cid and record are ignored.
 * form->text.failed: no memory. */
void stream_form_make(struct stream_form *, const struct stream_record *);

/* Append a line up to its record. The rkey passed syntax_is_rkey(), so it needs
 * no escapes; the CID is binary. The caller appends the record as JSON of at
 * most DAGJSON_FACTOR * DAGJSON_MAX_RECORD bytes, and then ends the line. */
void stream_form_begin(const struct stream_form *, struct buf *,
    const struct slice *rkey, const struct slice *cid);
void stream_form_end(const struct stream_form *, struct buf *);

void stream_form_free(struct stream_form *);

#endif
