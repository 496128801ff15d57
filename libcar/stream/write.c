#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/ndjson.h"
#include "libcar/stream/rfc3339.h"
#include "libcar/stream/write.h"

/*
 * One walk over a type's table writes the fields of a line; then come the
 * fields copied from the job, and the check of the length. The same walk makes
 * the forms of record lines.
 */

/* A line's own fields */

static const void *
value_of(const struct fields_row *row, const void *line)
{
	return (const char *)line + row->offset;
}

static bool
is_there(const struct fields_row *row, const void *line)
{
	const void *value = value_of(row, line);

	switch (row->kind) {
	case FIELDS_TEXT_OR_NULL:
		return true;
	case FIELDS_NUMBER:
		return ((const struct stream_number *)value)->known;
	case FIELDS_BOOL:
		return *(const enum stream_bool *)value != STREAM_UNKNOWN;
	case FIELDS_TIME:
		return *(const uint64_t *)value != 0;
	default:
		return ((const struct slice *)value)->at != NULL;
	}
}

static void
write_slice(struct json_writer *w, enum fields_kind kind,
    const struct slice *value)
{
	if (kind == FIELDS_KEY)
		kind = syntax_is_utf8(value->at, value->len) ? FIELDS_TEXT :
							       FIELDS_BYTES;
	if (value->at == NULL)
		json_write_null(w);
	else if (kind == FIELDS_JSON)
		json_write_raw(w, value->at, value->len);
	else if (kind == FIELDS_BYTES)
		json_write_bytes(w, value->at, value->len);
	else
		json_write_string(w, value->at, value->len);
}

static void
write_time(struct json_writer *w, uint64_t micros)
{
	char text[RFC3339_BYTES];

	json_write_string(w, text, rfc3339_format(text, micros));
}

static void
write_field(struct json_writer *w, const struct fields_row *row,
    const void *line)
{
	const void *value = value_of(row, line);

	if (!is_there(row, line))
		return;
	json_write_key(w, row->name);
	switch (row->kind) {
	case FIELDS_NUMBER:
		json_write_integer(w,
		    ((const struct stream_number *)value)->value);
		break;
	case FIELDS_BOOL:
		json_write_bool(w,
		    *(const enum stream_bool *)value == STREAM_TRUE);
		break;
	case FIELDS_TIME:
		write_time(w, *(const uint64_t *)value);
		break;
	default:
		write_slice(w, row->kind, value);
	}
}

static void
write_type(struct json_writer *w, const struct fields_table *table)
{
	json_write_object(w);
	if (table->type != NULL)
		json_write_member(w, "type", table->type);
}

static void
write_fields(struct json_writer *w, const struct fields_table *table,
    const void *line)
{
	size_t i;

	write_type(w, table);
	for (i = 0; i < table->count; i++)
		write_field(w, &table->rows[i], line);
}

/* Fields copied from another line */

/* Fields about a finished job, from an error or an at-status line; they would
 * be wrong for the next job. */
static const char *const past[] = { "type", "program", "input", "error",
	"message", "retry", "retryAfter", "at", "partial", "stale", "state",
	"attempts", "fetched", "received", NULL };

/* What one host says about an account: its state, and its latest commit. */
static const char *const state[] = { "active", "status", "host", NULL };
static const char *const latest[] = { "rev", "head", NULL };

static bool
is_one_of(const struct json *key, const char *const *names)
{
	for (; *names != NULL; names++)
		if (json_is(key, *names))
			return true;
	return false;
}

static bool
has_state(const struct fields_table *table, const void *line)
{
	const struct stream_repo *repo = line;

	return table == &fields_tables[FIELDS_REPO] &&
	    (repo->active != STREAM_UNKNOWN || repo->status.at != NULL ||
		repo->host.at != NULL);
}

/* May the reader's current member be added to a line of this table? */
static bool
may_copy_to_result(const struct fields_table *table, const void *line,
    const struct json *key)
{
	size_t i;

	if (is_one_of(key, past) ||
	    ((is_one_of(key, state) || is_one_of(key, latest)) &&
		has_state(table, line)))
		return false;
	for (i = 0; i < table->count; i++)
		if (json_is(key, table->rows[i].name) &&
		    is_there(&table->rows[i], line))
			return false;
	return true;
}

/* The host in an error is the host that failed; the source of the other state
 * fields is unknown. */
static bool
may_copy_from_error(const struct fields_table *table, const void *line,
    const struct json *key)
{
	return !is_one_of(key, state) && may_copy_to_result(table, line, key);
}

/* Absent fields of an error also say something: it isn't about a record, or
 * nothing is known. So the job's fields must not replace them, except these. */
static const char *const replace[] = { "key", "mimeType", NULL };

static bool
may_copy_to_error(const struct fields_table *table, const void *line,
    const struct json *key)
{
	size_t i;

	for (i = 0; i < table->count; i++)
		if (json_is(key, table->rows[i].name))
			return is_one_of(key, replace) &&
			    !is_there(&table->rows[i], line);
	return !json_is(key, "type");
}

static bool
is_not_problems(const struct fields_table *table, const void *line,
    const struct json *key)
{
	(void)table;
	(void)line;
	return !json_is(key, "problems");
}

/* Copy keys and values verbatim. */
static void
copy_members(struct json_writer *w, const struct object *from,
    bool (*may)(const struct fields_table *, const void *line,
	const struct json *key),
    const struct fields_table *table, const void *line)
{
	struct status ignored;
	struct json j;
	bool copied;

	json_open(&j, from->text, from->len);
	json_next(&j, &ignored);
	while (json_next(&j, &ignored) == JSON_KEY) {
		if ((copied = may(table, line, &j))) {
			json_write_raw(w, j.tok - 1, j.tok_len + 2);
			buf_putc(w->out, ':');
			w->comma = false;
		}
		if (json_skip(&j, &ignored) == JSON_ERROR)
			return;
		if (copied)
			json_write_raw(w, j.tok, j.tok_len);
	}
}

/* Copy all but the closing brace. */
static void
copy_open(struct json_writer *w, const struct object *from)
{
	const char *end = from->text + from->len;

	while (*--end != '}')
		;
	buf_put(w->out, from->text, end - from->text);
	w->comma = true;
}

/* Lines */

static int
end_line(struct json_writer *w, size_t start, struct status *st)
{
	json_write_object_end(w);
	if (w->out->len - start > NDJSON_MAX_LINE) {
		w->out->len = start;
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "line of more than %d bytes", NDJSON_MAX_LINE);
	}
	buf_putc(w->out, '\n');
	return 0;
}

static int
write_line(struct buf *out, enum fields_type type, const void *line,
    const struct job *job, struct status *st)
{
	const struct fields_table *table = &fields_tables[type];
	struct json_writer w = { out, false };
	size_t start = out->len;

	write_fields(&w, table, line);
	if (job != NULL && job->object.text != NULL)
		copy_members(&w, &job->object,
		    type == FIELDS_ERROR     ? may_copy_to_error :
			job_is(job, "error") ? may_copy_from_error :
					       may_copy_to_result,
		    table, line);
	return end_line(&w, start, st);
}

int
stream_write_identity(struct buf *out, const struct stream_identity *line,
    const struct job *job, struct status *st)
{
	return write_line(out, FIELDS_IDENTITY, line, job, st);
}

int
stream_write_repo(struct buf *out, const struct stream_repo *line,
    const struct job *job, struct status *st)
{
	return write_line(out, FIELDS_REPO, line, job, st);
}

int
stream_write_proof(struct buf *out, const struct stream_proof *line,
    const struct job *job, struct status *st)
{
	return write_line(out, FIELDS_PROOF, line, job, st);
}

int
stream_write_host(struct buf *out, const struct stream_host *line,
    const struct job *job, struct status *st)
{
	return write_line(out, FIELDS_HOST, line, job, st);
}

int
stream_write_blob(struct buf *out, const struct stream_blob *line,
    const struct job *job, struct status *st)
{
	return write_line(out, FIELDS_BLOB, line, job, st);
}

int
stream_write_account(struct buf *out, const struct stream_account *line,
    struct status *st)
{
	return write_line(out, FIELDS_ACCOUNT, line, NULL, st);
}

int
stream_write_commit(struct buf *out, const struct stream_commit *line,
    struct status *st)
{
	return write_line(out, FIELDS_COMMIT, line, NULL, st);
}

int
stream_write_record(struct buf *out, const struct stream_record *line,
    struct status *st)
{
	return write_line(out, FIELDS_RECORD, line, NULL, st);
}

int
stream_write_cursor(struct buf *out, const struct stream_cursor *line,
    struct status *st)
{
	return write_line(out, FIELDS_CURSOR, line, NULL, st);
}

int
stream_write_plc(struct buf *out, const struct stream_plc *line,
    struct status *st)
{
	return write_line(out, FIELDS_PLC, line, NULL, st);
}

int
stream_copy_plc(struct buf *out, const struct stream_plc *line,
    const struct job *from, struct status *st)
{
	return write_line(out, FIELDS_PLC, line, from, st);
}

int
stream_write_end(struct buf *out, const struct stream_end *line,
    struct status *st)
{
	return write_line(out, FIELDS_END, line, NULL, st);
}

void
stream_write_error(struct buf *out, const struct stream_error *line,
    const struct status *why, const struct job *job)
{
	struct stream_error e = *line;
	struct status ignored;

	e.error = slice_of(status_error(why));
	e.message = slice_of(why->msg);
	e.retry = stream_bool(status_retry(why->code));
	if (why->after_ms > 0)
		e.retry_after = stream_number((why->after_ms + 999) / 1000);
	if (write_line(out, FIELDS_ERROR, &e, job, &ignored) == 0)
		return;
	e.record = (struct slice){ NULL, 0 };
	if (write_line(out, FIELDS_ERROR, &e, NULL, &ignored) == 0)
		return;
	e = (struct stream_error){
		.program = e.program,
		.error = e.error,
		.message = e.message,
		.retry = e.retry,
		.retry_after = e.retry_after,
		.at = e.at,
	};
	write_line(out, FIELDS_ERROR, &e, NULL, &ignored);
}

void
stream_write_problem(struct json_writer *w, const struct stream_problem *p)
{
	write_fields(w, &fields_tables[FIELDS_PROBLEM], p);
	json_write_object_end(w);
}

int
stream_copy_record(struct buf *out, const struct object *line,
    struct slice problems, struct status *st)
{
	struct json_writer w = { out, false };
	size_t start = out->len;

	if (object_get_json(line, "problems").at == NULL)
		copy_open(&w, line);
	else {
		json_write_object(&w);
		copy_members(&w, line, is_not_problems, NULL, NULL);
	}
	json_write_key(&w, "problems");
	json_write_raw(&w, problems.at, problems.len);
	return end_line(&w, start, st);
}

/* Forms of record lines */

void
stream_form_make(struct stream_form *form, const struct stream_record *like)
{
	const struct fields_table *table = &fields_tables[FIELDS_RECORD];
	struct stream_record line = *like;
	struct json_writer w = { &form->text, false };
	size_t i, offset;

	form->text.len = 0;
	line.rkey = line.cid = line.record = slice_make("", 0);
	write_type(&w, table);
	for (i = 0; i < table->count; i++) {
		write_field(&w, &table->rows[i], &line);
		offset = table->rows[i].offset;
		/* The texts go between the quotes of an empty text. */
		if (offset == offsetof(struct stream_record, rkey))
			form->rkey = form->text.len - 1;
		else if (offset == offsetof(struct stream_record, cid))
			form->cid = form->text.len - 1;
		else if (offset == offsetof(struct stream_record, record))
			form->record = form->text.len;
	}
	json_write_object_end(&w);
	buf_putc(&form->text, '\n');
}

static char *
put(char *to, const char *from, size_t len)
{
	memcpy(to, from, len);
	return to + len;
}

void
stream_form_begin(const struct stream_form *form, struct buf *out,
    const struct slice *rkey, const struct slice *cid)
{
	const char *text = form->text.data;
	char *p;

	p = buf_reserve(out, form->record + rkey->len + CID_MAX_TEXT);
	if (p == NULL)
		return;
	p = put(p, text, form->rkey);
	p = put(p, rkey->at, rkey->len);
	p = put(p, text + form->rkey, form->cid - form->rkey);
	p += cid_format(p, slice_bytes(cid), cid->len);
	p = put(p, text + form->cid, form->record - form->cid);
	out->len = p - out->data;
}

void
stream_form_end(const struct stream_form *form, struct buf *out)
{
	buf_put(out, form->text.data + form->record,
	    form->text.len - form->record);
}

void
stream_form_free(struct stream_form *form)
{
	buf_free(&form->text);
	form->rkey = form->cid = form->record = 0;
}
