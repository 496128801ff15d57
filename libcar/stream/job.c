#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/stream/job.h"
#include "libcar/stream/rfc3339.h"

#define MAX_NAME 32 /* of a field that we write, with its NUL */

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
		if (kind != JSON_STRING) {
			job->malformed |= kind != JSON_NULL;
			continue;
		}
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
	job->malformed = false;
	if (object_set(&job->object, line, len, st) == -1)
		return -1;
	json_open(&j, line, len);
	if (json_next(&j, st) != JSON_OBJECT)
		status_set(st, STATUS_BAD_LINE, 0, "no JSON object");
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

void
job_free(struct job *job)
{
	object_free(&job->object);
	memset(job, 0, sizeof(*job));
}

static void
write_text(struct json_writer *w, const char *key, struct slice text)
{
	if (text.at == NULL || text.len == 0)
		return;
	json_write_key(w, key);
	json_write_string(w, text.at, text.len);
}

static void
write_json(struct json_writer *w, const char *key, struct slice json)
{
	if (json.at == NULL)
		return;
	json_write_key(w, key);
	json_write_raw(w, json.at, json.len);
}

/* What an error about a record ends in. */
static void
write_record(struct json_writer *w, const struct job_error *e)
{
	write_text(w, "source", e->source);
	write_json(w, "record", e->record);
	write_json(w, "problems", e->problems);
}

static void
write_own_fields(struct json_writer *w, const struct job_error *e)
{
	char at[RFC3339_BYTES];

	rfc3339_format(at, e->now);
	json_write_member(w, "type", "error");
	json_write_member(w, "program", e->program);
	write_text(w, "did", e->did);
	write_text(w, "rev", e->rev);
	write_text(w, "collection", e->collection);
	write_text(w, "rkey", e->rkey);
	write_text(w, "cid", e->cid);
	if (e->input != NULL)
		json_write_member(w, "input", e->input);
	json_write_member(w, "error", status_error(e->status));
	json_write_member(w, "message", e->status->msg);
	json_write_key(w, "retry");
	json_write_bool(w, status_retry(e->status->code));
	if (e->status->after_ms > 0) {
		json_write_key(w, "retryAfter");
		json_write_integer(w, (e->status->after_ms + 999) / 1000);
	}
	json_write_member(w, "at", at);
	if (e->lost != NULL) {
		json_write_key(w, "partial");
		json_write_integer(w, *e->lost);
	}
	write_record(w, e);
}

/* What an error line may have is never the job's. */
static const char *const error_fields[] = { "type", "program", "did", "rev",
	"collection", "rkey", "cid", "input", "error", "message", "retry",
	"retryAfter", "at", "partial", "source", "record", "problems", NULL };

/* What a job that was an error says of that. */
static const char *const past_fields[] = { "type", "program", "input", "error",
	"message", "retry", "retryAfter", "at", "partial", "stale", "state",
	"attempts", "loadedRev", NULL };

static bool
is_named(const char *const *names, const struct json *j)
{
	while (*names != NULL && !json_is(j, *names))
		names++;
	return *names != NULL;
}

/* Has the object that is being written a field of this name? Its own names are
 * short and have no escapes. */
static bool
is_written(const char *text, size_t len, const struct json *j)
{
	char name[MAX_NAME];
	struct status ignored;
	struct json w;

	json_open(&w, text, len);
	if (json_next(&w, &ignored) != JSON_OBJECT)
		return false;
	while (json_next(&w, &ignored) == JSON_KEY) {
		snprintf(name, sizeof(name), "%.*s", (int)w.tok_len, w.tok);
		if (json_is(j, name))
			return true;
		if (json_skip(&w, &ignored) == JSON_ERROR)
			break;
	}
	return false;
}

/* Copy the job's fields that aren't named, nor in the text. */
static void
copy_fields(struct json_writer *w, const struct job *job,
    const char *const *names, const char *text, size_t len)
{
	struct status ignored;
	struct json j;
	bool ours;

	json_open(&j, job->object.text, job->object.len);
	json_next(&j, &ignored);
	while (json_next(&j, &ignored) == JSON_KEY) {
		ours = is_named(names, &j) || is_written(text, len, &j);
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
job_write_rest(struct json_writer *w, size_t start, const struct job *job)
{
	struct buf own = { .len = 0 };

	if (job->object.text == NULL || w->out->failed)
		return;
	buf_put(&own, w->out->data + start, w->out->len - start);
	copy_fields(w, job, past_fields, own.data, own.len);
	w->out->failed |= own.failed;
	buf_free(&own);
}

void
job_write_error(struct buf *out, const struct job_error *e)
{
	struct json_writer w = { out, false };

	json_write_object(&w);
	write_own_fields(&w, e);
	if (e->job != NULL && e->job->object.text != NULL)
		copy_fields(&w, e->job, error_fields, "", 0);
	json_write_object_end(&w);
	buf_putc(out, '\n');
}
