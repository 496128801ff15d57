#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "libcar/job.h"

/* A string's text: as it stands, or without its escapes in scratch. */
static struct job_text
get_text(struct job *job, const struct json *j)
{
	struct job_text text = { j->tok, j->tok_len };
	size_t at = job->scratch.len;

	if (!j->escaped)
		return text;
	json_text(j, &job->scratch);
	text.p = job->scratch.data + at;
	text.len = job->scratch.len - at;
	return text;
}

static struct job_text *
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
	struct job_text *field;
	enum json_kind kind;

	while ((kind = json_next(j, st)) == JSON_KEY) {
		field = find_field(job, j);
		if ((kind = json_skip(j, st)) == JSON_ERROR)
			return -1;
		if (field == NULL)
			continue;
		if (kind != JSON_STRING) {
			job->malformed |= kind != JSON_NULL;
			continue;
		}
		j->tok++;
		j->tok_len -= 2;
		*field = get_text(job, j);
	}
	return kind == JSON_ERROR ? -1 : 0;
}

int
job_parse(struct job *job, const char *line, size_t len, struct status *st)
{
	static const struct job_text none = { NULL, 0 };
	struct json j;

	job->line = line;
	job->len = len;
	job->type = job->did = job->car = job->key = none;
	job->malformed = false;
	job->scratch.len = 0;
	/* Texts in it must not move. */
	buf_reserve(&job->scratch, len);
	json_open(&j, line, len);
	if (json_next(&j, st) != JSON_OBJECT)
		return status_set(st, STATUS_BAD_LINE, 0, "no JSON object");
	if (read_members(job, &j, st) == -1 || json_next(&j, st) != JSON_END) {
		st->code = STATUS_BAD_LINE;
		return -1;
	}
	if (job->scratch.failed)
		return status_set(st, STATUS_SYSTEM, 0, "no memory");
	return 0;
}

bool
job_is(const struct job *job, const char *type)
{
	return job->type.p != NULL && job->type.len == strlen(type) &&
	    memcmp(job->type.p, type, job->type.len) == 0;
}

void
job_free(struct job *job)
{
	buf_free(&job->scratch);
	memset(job, 0, sizeof(*job));
}

void
job_time(char out[JOB_TIME_BYTES], uint64_t micros)
{
	time_t seconds = micros / 1000000;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(out, JOB_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, JOB_TIME_BYTES - n, ".%03uZ",
	    (unsigned)(micros / 1000 % 1000));
}

static void
write_text(struct json_writer *w, const char *key, struct job_text text)
{
	if (text.p == NULL || text.len == 0)
		return;
	json_write_key(w, key);
	json_write_string(w, text.p, text.len);
}

static void
write_own_fields(struct json_writer *w, const struct job_error *e)
{
	char at[JOB_TIME_BYTES];

	job_time(at, e->now);
	json_write_member(w, "type", "error");
	json_write_member(w, "program", e->program);
	write_text(w, "did", e->did);
	write_text(w, "rev", e->rev);
	if (e->input != NULL)
		json_write_member(w, "input", e->input);
	json_write_member(w, "error", status_name(e->status->code));
	json_write_member(w, "message", e->status->msg);
	json_write_key(w, "retry");
	json_write_bool(w, status_retry(e->status->code));
	json_write_member(w, "at", at);
	if (e->lost == NULL)
		return;
	json_write_key(w, "partial");
	json_write_integer(w, *e->lost);
}

static bool
is_error_field(const struct json *j)
{
	static const char *const names[] = {
		"type",
		"program",
		"did",
		"rev",
		"collection",
		"rkey",
		"cid",
		"input",
		"error",
		"message",
		"retry",
		"retryAfter",
		"at",
		"partial",
		"source",
		"record",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_is(j, names[i]))
			return true;
	return false;
}

static void
copy_fields(struct json_writer *w, const struct job *job)
{
	struct status ignored;
	struct json j;
	bool ours;

	json_open(&j, job->line, job->len);
	json_next(&j, &ignored);
	while (json_next(&j, &ignored) == JSON_KEY) {
		ours = is_error_field(&j);
		if (!ours) {
			json_write_raw(w, j.tok - 1, j.tok_len + 2);
			buf_putc(w->out, ':');
			w->comma = false;
		}
		if (json_skip(&j, &ignored) == JSON_ERROR)
			return;
		if (!ours)
			json_write_raw(w, j.tok, j.tok_len);
	}
}

void
job_write_error(struct buf *out, const struct job_error *e)
{
	struct json_writer w = { out, false };

	json_write_object(&w);
	write_own_fields(&w, e);
	if (e->job != NULL)
		copy_fields(&w, e->job);
	json_write_object_end(&w);
	buf_putc(out, '\n');
}
