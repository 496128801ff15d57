/*
 * write: the lines of at-ndjson(5), one function for each type.
 *
 * Each appends one line with its LF to the caller's buffer, the fields in the
 * page's order. -1: STATUS_TOO_LARGE, for a line of more than NDJSON_MAX_LINE
 * bytes; nothing is appended then. That memory lacked is told by buf->failed.
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
 * A line that answers a job ends in the job's other fields: those that it
 * hasn't itself, but for what only tells how an earlier job ended. The job may
 * be NULL, or without a line.
 */
int stream_write_identity(struct buf *, const struct stream_identity *,
    const struct job *, struct status *);
int stream_write_repo(struct buf *, const struct stream_repo *,
    const struct job *, struct status *);

int stream_write_account(struct buf *, const struct stream_account *,
    struct status *);
int stream_write_commit(struct buf *, const struct stream_commit *,
    struct status *);
int stream_write_record(struct buf *, const struct stream_record *,
    struct status *);
int stream_write_cursor(struct buf *, const struct stream_cursor *,
    struct status *);
int stream_write_end(struct buf *, const struct stream_end *, struct status *);

/*
 * The error line of this status. It ends in the job's fields whose names no
 * error line may have itself, and in its `key`. It is always written: if it
 * is too long, without the job's fields and `record`; if that is not enough,
 * without everything that may be as long as a line, as `did` and `rev` may.
 */
void stream_write_error(struct buf *, const struct stream_error *,
    const struct status *, const struct job *);

/* Not a line: an object in the array `problems`. */
void stream_write_problem(struct json_writer *, const struct stream_problem *);

/* Copy a `record` line, with these problems (JSON) at its end in place of any
 * that it has. */
int stream_copy_record(struct buf *, const struct object *line,
    struct slice problems, struct status *);

/*
 * Record lines that differ only in rkey, cid and record: what they have in
 * common is made once, and a line is then four copies. That is 6 times as
 * fast as stream_write_record(), whose bytes these are.
 */
struct stream_form {
	struct buf text;
	size_t rkey, cid, record; /* where they go in it */
};

/* Make the form of lines like this, whose rkey, cid and record are ignored.
 * form->text.failed: no memory. */
void stream_form_make(struct stream_form *, const struct stream_record *);

/* Append a line up to its record. The rkey is one by syntax_is_rkey(), so that
 * nothing in it needs an escape; the CID is binary. The caller appends the
 * record as JSON of at most DAGJSON_FACTOR * DAGJSON_MAX_RECORD bytes, and
 * then ends the line. */
void stream_form_begin(const struct stream_form *, struct buf *,
    const struct slice *rkey, const struct slice *cid);
void stream_form_end(const struct stream_form *, struct buf *);

void stream_form_free(struct stream_form *);

#endif
