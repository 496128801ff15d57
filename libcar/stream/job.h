/*
 * job: a line that may be a job: its type, and the fields that name the
 * account.
 *
 * Texts are borrowed from the object until the job is parsed again. write.h
 * says which fields of the job a result or an error line copies.
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
	bool type_wrong; /* `type` isn't a string, or occurs twice */
};

/* Find the fields of a line. -1: STATUS_BAD_LINE (not exactly one JSON object),
 * STATUS_SYSTEM; the job then has no line. */
int job_parse(struct job *, const char *line, size_t len, struct status *);

bool job_is(const struct job *, const char *type);

/* Is it an object without `type` that has a did or a handle, valid or not? */
bool job_is_bare(const struct job *);

/* Check the fields of a job by form.h. An object without a type is checked as a
 * `repo`; an `error` is also checked for the fields of the job that failed.
 * STATUS_BAD_LINE, STATUS_SYSTEM; the job then has no did. */
int job_check(struct job *, struct status *);

/* Does the line begin like an object? */
bool job_is_object(const char *line, size_t len);

/* Parse the line. True, and `why` is set, if no program could take it: a broken
 * object, a `type` that isn't a string, or no type and a did that isn't one. */
bool job_is_for_none(struct job *, const char *line, size_t len,
    struct status *why);

/* The rev of the job; nothing if it isn't a TID. */
struct slice job_rev(struct job *);

/* Other fields; see object_get(), object_get_json() and object_is_true(). */
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
