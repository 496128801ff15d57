/*
 * job: a line that may be a job: its type, and what names the account.
 *
 * Texts are borrowed as those of an object are, until the job is parsed anew.
 * How a result or an error line ends in the job's own fields: write.h.
 */
#ifndef LIBCAR_STREAM_JOB_H
#define LIBCAR_STREAM_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
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

#endif
