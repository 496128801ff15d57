#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/stream/form.h"
#include "libcar/stream/line_fields_private.h"

/*
 * One table gives each field its kind and its place in struct line. A line is
 * read twice: first up to its type, because the type decides which form each
 * field must have, and then as a whole.
 */

enum kind { TEXT, RAW, PRESENT, BOOL, INTEGER };

static const struct field {
	const char *name;
	enum kind kind;
	size_t offset;
} fields[] = {
#define F(name, kind, member) \
	{ \
		name, kind, offsetof(struct line, member) \
	}
	F("type", TEXT, name),
	F("did", TEXT, did),
	F("rev", TEXT, rev),
	F("collection", TEXT, collection),
	F("rkey", TEXT, rkey),
	F("action", TEXT, action),
	F("source", TEXT, source_name),
	F("cid", TEXT, cid),
	F("record", RAW, record),
	F("key", RAW, key),
	F("data", TEXT, data),
	F("signature", TEXT, signature),
	F("filter", RAW, filter),
	F("collections", RAW, collections),
	F("counts", RAW, counts),
	F("program", TEXT, program),
	F("error", TEXT, error),
	F("message", TEXT, message),
	F("retryAfter", RAW, retry_after),
	F("at", TEXT, at),
	F("input", TEXT, input),
	F("handle", TEXT, handle),
	F("handleStatus", TEXT, handle_status),
	F("pds", TEXT, pds),
	F("head", TEXT, head),
	F("status", TEXT, status),
	F("host", TEXT, host),
	F("car", TEXT, car),
	F("service", TEXT, service),
	F("stream", TEXT, stream),
	F("cursor", TEXT, cursor),
	F("partial", PRESENT, is_partial),
	F("active", BOOL, active),
	F("unchanged", BOOL, unchanged),
	F("retry", BOOL, retry),
	F("records", INTEGER, records),
	F("ops", INTEGER, ops),
	F("whole", BOOL, whole),
	F("since", TEXT, since),
	F("prevData", TEXT, prev_data),
	F("seq", INTEGER, seq),
	F("createdAt", TEXT, created_at),
	F("nullified", BOOL, nullified),
	F("operation", RAW, operation),
	F("audit", TEXT, audit),
	F("notes", RAW, notes),
	F("mimeType", TEXT, mime_type),
	F("size", INTEGER, size),
	F("path", TEXT, path),
#undef F
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

const char *
line_fields_name(size_t i)
{
	return i < NFIELDS ? fields[i].name : NULL;
}

static const enum line_type types[FIELDS_TYPES] = {
	[FIELDS_RECORD] = LINE_RECORD,
	[FIELDS_COMMIT] = LINE_COMMIT,
	[FIELDS_END] = LINE_END,
	[FIELDS_HOST] = LINE_HOST,
	[FIELDS_ERROR] = LINE_ERROR,
	[FIELDS_CURSOR] = LINE_CURSOR,
	[FIELDS_IDENTITY] = LINE_IDENTITY,
	[FIELDS_REPO] = LINE_REPO,
	[FIELDS_ACCOUNT] = LINE_ACCOUNT,
	[FIELDS_PLC] = LINE_PLC,
	[FIELDS_BLOB] = LINE_BLOB,
};

/* The first letter distinguishes most names. This check, here and in form.c,
 * reduces at-load's time to 0.94 for loaded accounts of ten records. */
static const struct field *
find_field(const struct json *j)
{
	const struct field *f;

	for (f = fields; f < fields + NFIELDS; f++)
		if ((*f->name == *j->tok || j->escaped) && json_is(j, f->name))
			return f;
	return NULL;
}

static bool
is_slice(const struct field *f)
{
	return f->kind == TEXT || f->kind == RAW;
}

void
line_fields_clear(struct line *l)
{
	const struct field *f;

	for (f = fields; f < fields + NFIELDS; f++)
		if (is_slice(f))
			memset((char *)l + f->offset, 0, sizeof(struct slice));
	l->type = LINE_UNKNOWN;
	l->is_delete = l->is_partial = l->unchecked = l->same = false;
	l->has_others = false;
	l->active = l->retry = l->unchanged = l->whole = -1;
	l->nullified = -1;
	l->records = l->ops = l->seq = l->size = -1;
	l->at_ms = 0;
	l->scratch.len = 0;
}

/* The last string of the reader. A NUL becomes a question mark: no identifier
 * has one, and databases reject it in a text. */
struct slice
line_fields_text(const struct json *j, struct buf *scratch)
{
	struct slice t = { j->tok, j->tok_len };
	size_t start = scratch->len, i;

	if (!j->escaped)
		return t;
	json_text(j, scratch);
	if (scratch->failed)
		return t;
	t.at = scratch->data + start;
	t.len = scratch->len - start;
	for (i = start; i < scratch->len; i++)
		if (scratch->data[i] == '\0')
			scratch->data[i] = '?';
	return t;
}

/* In most lines, the first field is the type. */
const struct fields_table *
line_fields_type(struct line *l)
{
	const struct fields_table *table;
	struct status ignored;
	struct json j;

	json_open(&j, l->text.at, l->text.len);
	if (json_next(&j, &ignored) != JSON_OBJECT)
		return NULL;
	while (json_next(&j, &ignored) == JSON_KEY)
		if (json_is(&j, "type")) {
			if (json_next(&j, &ignored) == JSON_STRING)
				l->name = line_fields_text(&j, &l->scratch);
			break;
		} else if (json_skip(&j, &ignored) == JSON_ERROR)
			break;
	if ((table = fields_find(&l->name)) != NULL)
		l->type = types[table - fields_tables];
	return table;
}

/* Skip a value that has the wrong kind for its field. */
static int
keep_slice(struct line *l, const struct field *f, enum json_kind kind,
    struct json *j, struct status *st)
{
	struct slice *t = (struct slice *)((char *)l + f->offset);

	if (t->at != NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "%s twice", f->name);
	if (f->kind == RAW && kind != JSON_NULL)
		*t = (struct slice){ j->tok, j->tok_len };
	else if (f->kind == TEXT && kind == JSON_STRING) {
		j->tok++; /* between the quotes */
		j->tok_len -= 2;
		*t = line_fields_text(j, &l->scratch);
	}
	return 0;
}

static void
keep_scalar(struct line *l, const struct field *f, enum json_kind kind,
    const struct json *j)
{
	void *value = (char *)l + f->offset;

	if (f->kind == PRESENT)
		*(bool *)value = true;
	else if (f->kind == INTEGER && kind == JSON_NUMBER)
		json_integer(j, value);
	else if (f->kind == BOOL && (kind == JSON_TRUE || kind == JSON_FALSE))
		*(int *)value = kind == JSON_TRUE;
}

static int
read_field(struct line *l, struct form *form, struct json *j, struct status *st)
{
	const struct field *f = find_field(j);
	const struct fields_row *row;
	enum json_kind kind;

	if (form_find(form, j, &row, st) == -1 ||
	    (kind = json_skip(j, st)) == JSON_ERROR ||
	    (row != NULL && form_check(row, kind, j, st) == -1))
		return -1;
	l->has_others |= row == NULL;
	if (f != NULL && is_slice(f))
		return keep_slice(l, f, kind, j, st);
	if (f != NULL)
		keep_scalar(l, f, kind, j);
	return 0;
}

static int
read_object(struct line *l, struct form *form, struct status *st)
{
	enum json_kind kind;
	struct json j;

	json_open(&j, l->text.at, l->text.len);
	if (json_next(&j, st) == JSON_ERROR)
		return -1;
	while ((kind = json_next(&j, st)) == JSON_KEY)
		if (read_field(l, form, &j, st) == -1)
			return -1;
	return kind != JSON_ERROR && json_next(&j, st) == JSON_END ? 0 : -1;
}

int
line_fields_read(struct line *l, const struct fields_table *table,
    struct status *st)
{
	struct form form = { .table = table };

	l->name = (struct slice){ NULL, 0 };
	l->scratch.len = 0;
	/* All unescaped texts together are at most as long as the line, so
	 * scratch never moves. */
	if (memchr(l->text.at, '\\', l->text.len) != NULL &&
	    buf_reserve(&l->scratch, l->text.len) == NULL)
		return status_no_memory(st);
	if (read_object(l, &form, st) == 0)
		return 0;
	if (st->code == STATUS_BAD_SYNTAX)
		st->code = STATUS_BAD_LINE;
	return -1;
}
