#include "config.h"

#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/stream/form.h"
#include "libcar/stream/job.h"

/*
 * Most lines are only checked for being jobs, and then copied. So one pass
 * finds the fields that every program needs, and job_check() reads only jobs a
 * second time.
 */

static struct slice *
find_field(struct job *job, const struct json *j)
{
	if (json_is(j, "type"))
		return &job->type;
	if (json_is(j, "did"))
		return &job->did;
	if (json_is(j, "car"))
		return &job->car;
	return json_is(j, "key") ? &job->key : NULL;
}

static int
read_members(struct job *job, struct json *j, struct status *st)
{
	struct slice *field;
	enum json_kind kind;

	while ((kind = json_next(j, st)) == JSON_KEY) {
		field = find_field(job, j);
		if ((kind = json_skip(j, st)) == JSON_ERROR)
			return -1;
		if (field == NULL)
			continue;
		if (field == &job->type)
			job->type_wrong |= kind != JSON_STRING ||
			    job->type.at != NULL;
		if (kind != JSON_STRING)
			continue;
		j->tok++;
		j->tok_len -= 2;
		*field = object_string(&job->object, j);
	}
	return kind == JSON_ERROR ? -1 : 0;
}

int
job_parse(struct job *job, const char *line, size_t len, struct status *st)
{
	static const struct slice none = { NULL, 0 };
	struct json j;

	job->type = job->did = job->car = job->key = none;
	job->type_wrong = false;
	if (object_set(&job->object, line, len, st) == -1)
		return -1;
	json_open(&j, line, len);
	if (json_next(&j, st) != JSON_OBJECT)
		status_set(st, STATUS_BAD_LINE, 0, "not a JSON object");
	else if (read_members(job, &j, st) == 0 &&
	    json_next(&j, st) == JSON_END)
		return 0;
	st->code = STATUS_BAD_LINE;
	object_clear(&job->object);
	return -1;
}

bool
job_is(const struct job *job, const char *type)
{
	return slice_is(&job->type, type);
}

static bool
has(const struct job *job, const char *name)
{
	return job_get_json(job, name).at != NULL;
}

bool
job_is_bare(const struct job *job)
{
	return job->type.at == NULL && !job->type_wrong &&
	    (has(job, "did") || has(job, "handle"));
}

int
job_check(struct job *job, struct status *st)
{
	const struct fields_table *repo = &fields_tables[FIELDS_REPO];
	struct form form = { .table = repo };

	if (job->type.at != NULL)
		form.table = fields_find(&job->type);
	if (job_is(job, "error"))
		form.more = repo;
	if (form_check_line(&form, job->object.text, job->object.len, st) == 0)
		return 0;
	job->did = slice_make(NULL, 0);
	return -1;
}

bool
job_is_object(const char *line, size_t len)
{
	size_t i = 0;

	while (i < len && (line[i] == ' ' || line[i] == '\t'))
		i++;
	return i < len && line[i] == '{';
}

bool
job_is_for_none(struct job *job, const char *line, size_t len,
    struct status *why)
{
	if (job_parse(job, line, len, why) == -1)
		return job_is_object(line, len) || status_fatal(why->code);
	if (!job->type_wrong &&
	    (!job_is_bare(job) || job->did.at != NULL || !has(job, "did")))
		return false;
	return job_check(job, why) == -1;
}

struct slice
job_rev(struct job *job)
{
	struct slice rev = job_get(job, "rev");

	return rev.at != NULL && syntax_is_tid(rev.at, rev.len) ?
	    rev :
	    slice_make(NULL, 0);
}

void
job_free(struct job *job)
{
	object_free(&job->object);
	memset(job, 0, sizeof(*job));
}
