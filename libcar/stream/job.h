/*
 * job: a line that names a repo, and the error that it may end in.
 *
 * Texts are borrowed as those of an object are, until the job is parsed anew.
 */
#ifndef LIBCAR_STREAM_JOB_H
#define LIBCAR_STREAM_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"
#include "libcar/data/object.h"

struct job {
	struct object object; /* the line */
	struct slice type, did, car, key;
	bool malformed; /* one of them is neither string nor null */
};

/* Find a line's fields. -1: STATUS_BAD_LINE (not one JSON object),
 * STATUS_SYSTEM; the job has no line then. */
int job_parse(struct job *, const char *line, size_t len, struct status *);

bool job_is(const struct job *, const char *type);

/* Any other field, as by object_get(), object_get_json() and
 * object_is_true(). */
static inline struct slice
job_get(struct job *job, const char *name)
{
	return object_get(&job->object, name);
}

static inline struct slice
job_get_json(const struct job *job, const char *name)
{
	return object_get_json(&job->object, name);
}

static inline bool
job_has_true(const struct job *job, const char *name)
{
	return object_is_true(&job->object, name);
}

void job_free(struct job *);

/* What an error line says; a NULL or empty text is left out. */
struct job_error {
	const char *program;
	struct slice did, rev;
	struct slice collection, rkey, cid; /* of a record */
	const char *input; /* the file, where there is no line */
	const struct status *status;
	uint64_t now;         /* microseconds since 1970 */
	const uint64_t *lost; /* what `partial` says; NULL: left out */
	struct slice source, record, problems; /* the last two are JSON */
	const struct job *job;                 /* NULL: the job is no line */
};

/* Append the error line that is a job's result: its own fields, then the
 * job's, which never replace any that an error line may have. */
void job_write_error(struct buf *, const struct job_error *);

/*
 * After the fields of a line that answers a job were written into w, from
 * w->out->data + start: add those of the job that it hasn't, but for what only
 * an error says of itself.
 */
void job_write_rest(struct json_writer *w, size_t start, const struct job *);

#endif
