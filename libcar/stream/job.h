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
	struct object object;             /* the line */
	struct slice type, did, car, key; /* those that are strings */
	bool type_wrong; /* it isn't a string, or comes twice */
};

/* Find a line's fields. -1: STATUS_BAD_LINE (not one JSON object),
 * STATUS_SYSTEM; the job has no line then. */
int job_parse(struct job *, const char *line, size_t len, struct status *);

bool job_is(const struct job *, const char *type);

/* Is it an object without `type` that has a did or a handle, be they right or
 * wrong? */
bool job_is_bare(const struct job *);

/* Check the fields of a job as form.h does: those of its type, of an object
 * without one those of a `repo`, and of an `error` those of the job that
 * failed, too. STATUS_BAD_LINE, STATUS_SYSTEM; the job has no did then. */
int job_check(struct job *, struct status *);

/* Does the line begin as an object does? */
bool job_is_object(const char *line, size_t len);

/* Parse the line. Is it one that no program could take: an object that is none,
 * whose type is none, or whose did is none where there is no type? Then why. */
bool job_is_for_none(struct job *, const char *line, size_t len,
    struct status *why);

/* Its rev, if it is one. */
struct slice job_rev(struct job *);

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
