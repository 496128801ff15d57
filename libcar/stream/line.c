#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/form.h"
#include "libcar/stream/line.h"
#include "libcar/stream/rfc3339.h"

/*
 * Two readers give the same result. One takes any JSON in any order, with a
 * table of the fields. The other, parse_fast(), takes `record` lines as our
 * programs write them: it compares their beginning with the previous line's,
 * and leaves the record unparsed for callers that need it. It leaves everything
 * that looks different to the first reader.
 */

/* How a field is kept: as text, as the JSON in the line; as a flag that it
 * exists, a boolean (-1: absent), an integer (-1: absent). */
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
#undef F
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

const char *
line_field(size_t i)
{
	return i < NFIELDS ? fields[i].name : NULL;
}

static const enum line_type types[FIELDS_TYPES] = {
	[FIELDS_RECORD] = LINE_RECORD,
	[FIELDS_COMMIT] = LINE_COMMIT,
	[FIELDS_END] = LINE_END,
	[FIELDS_ERROR] = LINE_ERROR,
	[FIELDS_CURSOR] = LINE_CURSOR,
	[FIELDS_IDENTITY] = LINE_IDENTITY,
	[FIELDS_REPO] = LINE_REPO,
	[FIELDS_ACCOUNT] = LINE_ACCOUNT,
};

static const char *const sources[] = {
	[LINE_CAR] = "car",
	[LINE_LIST] = "list",
	[LINE_PART] = "part",
	[LINE_LIVE] = "live",
};

static int
bad(struct status *st, const char *what)
{
	return status_set(st, STATUS_BAD_LINE, 0, "%s", what);
}

/* The last string of the reader. A NUL becomes a question mark: no identifier
 * has one, and databases reject it in a text. */
static struct slice
take_text(const struct json *j, struct buf *scratch)
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

struct slice
line_unquote(struct slice json, struct buf *buf)
{
	struct json j;
	struct status st;

	json_open(&j, json.at, json.len);
	if (json.at == NULL || json_next(&j, &st) != JSON_STRING)
		return json;
	return take_text(&j, buf);
}

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
		*t = take_text(j, &l->scratch);
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
parse_field(struct line *l, struct form *form, struct json *j,
    struct status *st)
{
	const struct field *f = find_field(j);
	const struct fields_row *row;
	enum json_kind kind;

	if (form_find(form, j, &row, st) == -1 ||
	    (kind = json_skip(j, st)) == JSON_ERROR ||
	    (row != NULL && form_check(row, kind, j, st) == -1))
		return -1;
	if (f != NULL && is_slice(f))
		return keep_slice(l, f, kind, j, st);
	if (f != NULL)
		keep_scalar(l, f, kind, j);
	return 0;
}

/* The number of blanks at the start of a line. */
static size_t
blanks(const struct slice *t)
{
	size_t n = 0;

	while (n < t->len &&
	    (t->at[n] == ' ' || t->at[n] == '\t' || t->at[n] == '\r'))
		n++;
	return n;
}

static int
parse_fields(struct line *l, struct form *form, struct status *st)
{
	enum json_kind kind;
	struct json j;

	if (l->text.at[blanks(&l->text)] != '{')
		return bad(st, "not a JSON object");
	json_open(&j, l->text.at, l->text.len);
	if ((kind = json_next(&j, st)) == JSON_ERROR)
		goto syntax;
	/* All unescaped texts together are at most as long as the line, so
	 * scratch never moves. */
	if (memchr(l->text.at, '\\', l->text.len) != NULL &&
	    buf_reserve(&l->scratch, l->text.len) == NULL)
		return status_no_memory(st);
	while ((kind = json_next(&j, st)) == JSON_KEY)
		if (parse_field(l, form, &j, st) == -1)
			goto syntax;
	if (kind != JSON_ERROR)
		kind = json_next(&j, st);
syntax:
	if (kind == JSON_END)
		return 0;
	if (st->code == STATUS_BAD_SYNTAX)
		st->code = STATUS_BAD_LINE;
	return -1;
}

static int
need(const struct slice *t, const char *name, struct status *st)
{
	if (t->at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "no %s", name);
	return 0;
}

static int
need_did(const struct line *l, struct status *st)
{
	return need(&l->did, "did", st);
}

static int
need_rev(const struct line *l, struct status *st)
{
	return need(&l->rev, "rev", st);
}

/* Set the source that a line of this type names. */
static bool
set_source(struct line *l)
{
	size_t i;

	l->source = LINE_CAR;
	if (l->source_name.at == NULL)
		return true;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (slice_is(&l->source_name, sources[i])) {
			l->source = i;
			return true;
		}
	return false;
}

static int
check_record(struct line *l, struct status *st)
{
	if (need_did(l, st) == -1 || need_rev(l, st) == -1 ||
	    need(&l->collection, "collection", st) == -1 ||
	    need(&l->rkey, "rkey", st) == -1)
		return -1;
	if (slice_is(&l->action, "delete")) {
		l->is_delete = true;
		return l->source == LINE_LIVE ?
		    0 :
		    bad(st, "a delete whose source isn't live");
	}
	return need(&l->cid, "cid", st) == -1 ? -1 :
						need(&l->record, "record", st);
}

/* Only the end of a listing may have an empty filter. */
static int
check_filter(const struct line *l, struct status *st)
{
	struct json j;

	if (l->filter.at == NULL ||
	    (l->type == LINE_END && l->source == LINE_LIST))
		return 0;
	json_open(&j, l->filter.at, l->filter.len);
	json_next(&j, st);
	return json_next(&j, st) == JSON_STRING ? 0 :
						  bad(st, "filter is empty");
}

/* Keep the beginning, and add a hash of the whole. */
static void
cut(struct slice *t, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[32];
	size_t start = out->len, n = LINE_KEY_BYTES - 3 - sizeof(digest), i;

	if (t->len <= LINE_KEY_BYTES)
		return;
	while ((t->at[n] & 0xc0) == 0x80)
		n--;
	hash_sha256(digest, t->at, t->len);
	buf_put(out, t->at, n);
	buf_puts(out, "...");
	for (i = 0; i < sizeof(digest) / 2; i++) {
		buf_putc(out, digits[digest[i] >> 4]);
		buf_putc(out, digits[digest[i] & 15]);
	}
	*t = (struct slice){ out->data + start, out->len - start };
}

static int
cut_keys(struct line *l, struct status *st)
{
	l->cut.len = 0;
	if (l->key.len <= LINE_KEY_BYTES && l->input.len <= LINE_KEY_BYTES &&
	    l->program.len <= LINE_KEY_BYTES)
		return 0;
	if (buf_reserve(&l->cut, 3 * LINE_KEY_BYTES) == NULL)
		return status_no_memory(st);
	cut(&l->key, &l->cut);
	cut(&l->input, &l->cut);
	cut(&l->program, &l->cut);
	return 0;
}

/* A job's `key` may be any JSON; a record's `key` is a string or bytes. */
static bool
is_key(const struct slice *json)
{
	return json->at != NULL && (*json->at == '"' || *json->at == '{');
}

/* Check an error about a record. */
static int
check_record_error(const struct line *l, struct status *st)
{
	if (need_rev(l, st) == -1)
		return -1;
	if (l->key.at != NULL)
		return is_key(&l->key) ?
		    0 :
		    bad(st, "key is not a string or bytes");
	if (l->collection.len == 0)
		return bad(st, "no key");
	return form_check_text(FIELDS_FORM_RKEY, "rkey", &l->rkey, st);
}

static int
check_error(struct line *l, struct status *st)
{
	if (cut_keys(l, st) == -1 || need(&l->error, "error", st) == -1)
		return -1;
	if (l->collection.at == NULL)
		return 0;
	if (need_did(l, st) == -1)
		return -1;
	if (l->rkey.at != NULL || l->key.at != NULL)
		return check_record_error(l, st);
	return form_check_text(FIELDS_FORM_NSID, "collection", &l->collection,
	    st);
}

static int
check_cursor(const struct line *l, struct status *st)
{
	if (need(&l->cursor, "cursor", st) == -1)
		return -1;
	if (l->did.at == NULL)
		return need(&l->service, "did or service", st);
	return need_rev(l, st);
}

/* An end must have collections, because missing ones would mean zero. */
static int
check_end(struct line *l, struct status *st)
{
	if (need_did(l, st) == -1 || need_rev(l, st) == -1 ||
	    check_filter(l, st) == -1)
		return -1;
	if (l->unchanged != 1)
		return need(&l->collections, "collections", st);
	return l->collections.at == NULL ? 0 :
					   bad(st, "unchanged and collections");
}

static int
check(struct line *l, struct status *st)
{
	switch (l->type) {
	case LINE_RECORD:
		return check_record(l, st);
	case LINE_COMMIT:
		if (need_did(l, st) == -1 || need_rev(l, st) == -1)
			return -1;
		return check_filter(l, st);
	case LINE_END:
		return check_end(l, st);
	case LINE_ERROR:
		return check_error(l, st);
	case LINE_CURSOR:
		return check_cursor(l, st);
	case LINE_IDENTITY:
	case LINE_REPO:
	case LINE_ACCOUNT:
		return need_did(l, st);
	case LINE_UNKNOWN:
	case LINE_BLANK:
		break;
	}
	return 0;
}

static void
clear(struct line *l)
{
	const struct field *f;

	for (f = fields; f < fields + NFIELDS; f++)
		if (is_slice(f))
			memset((char *)l + f->offset, 0, sizeof(struct slice));
	l->type = LINE_UNKNOWN;
	l->is_delete = l->is_partial = l->unchecked = l->same = false;
	l->active = l->retry = l->unchanged = l->whole = -1;
	l->records = l->ops = -1;
	l->at_ms = 0;
	l->scratch.len = 0;
}

/* Find the type. In most lines the first field gives it. */
static const struct fields_table *
find_type(struct line *l)
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
				l->name = take_text(&j, &l->scratch);
			break;
		} else if (json_skip(&j, &ignored) == JSON_ERROR)
			break;
	if ((table = fields_find(&l->name)) != NULL)
		l->type = types[table - fields_tables];
	return table;
}

/* Check a skipped line: it must be one JSON object. */
static int
check_syntax(const struct line *l, struct status *st)
{
	struct json j;

	json_open(&j, l->text.at, l->text.len);
	if (json_skip(&j, st) == JSON_OBJECT && json_next(&j, st) == JSON_END)
		return 0;
	st->code = STATUS_BAD_LINE;
	return -1;
}

static int
parse_any(struct line *l, struct status *st)
{
	struct form form = { .table = NULL };

	clear(l);
	l->prefix.len = 0;
	form.table = find_type(l);
	if (l->records_only && l->name.at != NULL && l->type != LINE_RECORD)
		return check_syntax(l, st);
	l->name = (struct slice){ NULL, 0 }; /* parse_fields() reads it again */
	l->scratch.len = 0;
	if (parse_fields(l, &form, st) == -1 ||
	    need(&l->name, "type", st) == -1)
		return -1;
	l->at_ms = rfc3339_parse(&l->at);
	set_source(l);
	return check(l, st);
}

/* Skip a literal, then take the text up to the next quote. */
static bool
take(const char **p, const char *end, const char *literal, size_t n,
    struct slice *t)
{
	const char *quote;

	if ((size_t)(end - *p) <= n || memcmp(*p, literal, n) != 0)
		return false;
	*p += n;
	if ((quote = memchr(*p, '"', end - *p)) == NULL)
		return false;
	*t = (struct slice){ *p, quote - *p };
	*p = quote;
	return true;
}

#define TAKE(p, end, literal, t) \
	take((p), (end), (literal), sizeof(literal) - 1, (t))

static bool
keep(struct buf *b, const char *text, size_t len)
{
	b->len = 0;
	buf_put(b, text, len);
	return !b->failed;
}

/* Parse the line up to its rkey, and keep it for the next lines, because most
 * of them begin with the same bytes. */
static bool
parse_prefix(struct line *l, const char *text, const char *end)
{
	struct slice did, rev, collection, rkey;
	const char *p = text, *copy;

	l->prefix.len = 0;
	if (!TAKE(&p, end, "{\"type\":\"record\",\"did\":\"", &did) ||
	    !TAKE(&p, end, "\",\"rev\":\"", &rev) ||
	    !TAKE(&p, end, "\",\"collection\":\"", &collection) ||
	    !TAKE(&p, end, "\",\"rkey\":\"", &rkey))
		return false;
	if (!syntax_is_did(did.at, did.len) ||
	    !syntax_is_tid(rev.at, rev.len) ||
	    !syntax_is_nsid(collection.at, collection.len) ||
	    !keep(&l->prefix, text, rkey.at - text))
		return false;
	copy = l->prefix.data;
	did.at = copy + (did.at - text);
	rev.at = copy + (rev.at - text);
	collection.at = copy + (collection.at - text);
	l->prefix_did = did;
	l->prefix_rev = rev;
	l->prefix_collection = collection;
	return true;
}

/* Parse the bytes between rkey and cid, and keep them, too. */
static bool
parse_middle(struct line *l, const char *text, const char *end)
{
	struct slice action, source;
	const char *p = text;

	l->middle.len = 0;
	if (!TAKE(&p, end, "\",\"action\":\"", &action) ||
	    !TAKE(&p, end, "\",\"source\":\"", &source) ||
	    !TAKE(&p, end, "\",\"cid\":\"", &l->cid) ||
	    (!slice_is(&action, "create") && !slice_is(&action, "update")))
		return false;
	l->source_name = source;
	if (!set_source(l) || !keep(&l->middle, text, l->cid.at - text))
		return false;
	action.at = l->middle.data + (action.at - text);
	source.at = l->middle.data + (source.at - text);
	l->middle_action = action;
	l->middle_source_name = source;
	l->middle_source = l->source;
	return true;
}

static bool
starts(const char *p, const char *end, const struct buf *b)
{
	return b->len > 0 && (size_t)(end - p) > b->len &&
	    memcmp(p, b->data, b->len) == 0;
}

/* Take the text up to the next quote. */
static bool
to_quote(const char **p, const char *end, struct slice *t)
{
	const char *quote = memchr(*p, '"', end - *p);

	if (quote == NULL)
		return false;
	*t = (struct slice){ *p, quote - *p };
	*p = quote;
	return true;
}

/*
 * A record line as at-ndjson(5) shows it: literals between texts without
 * escapes. Leave anything else to parse_any(), which takes 20 times as long,
 * including the record.
 */
static bool
parse_fast(struct line *l, const char *text, size_t len)
{
	static const char record[] = "\",\"record\":{";
	const char *p = text, *end = text + len;
	bool same = starts(text, end, &l->prefix);

	if (len == 0 || end[-1] != '}' ||
	    (!same && !parse_prefix(l, text, end)))
		return false;
	p += l->prefix.len;
	if (!to_quote(&p, end, &l->rkey) ||
	    (!starts(p, end, &l->middle) && !parse_middle(l, p, end)))
		return false;
	p += l->middle.len;
	if (!to_quote(&p, end, &l->cid) || (size_t)(end - p) < sizeof(record) ||
	    memcmp(p, record, sizeof(record) - 1) != 0 ||
	    !syntax_is_rkey(l->rkey.at, l->rkey.len))
		return false;
	l->record.at = p + sizeof(record) - 2;
	l->record.len = end - 1 - l->record.at;
	l->type = LINE_RECORD;
	l->did = l->prefix_did;
	l->rev = l->prefix_rev;
	l->collection = l->prefix_collection;
	l->source = l->middle_source;
	l->source_name = l->middle_source_name;
	l->action = l->middle_action;
	l->same = same;
	l->is_delete = l->is_partial = false;
	l->unchecked = true;
	return true;
}

int
line_parse(struct line *l, const char *text, size_t len, struct status *st)
{
	l->text = (struct slice){ text, len };
	if (parse_fast(l, text, len))
		return 0;
	if (blanks(&l->text) == len) {
		clear(l);
		l->type = LINE_BLANK;
		return 0;
	}
	return parse_any(l, st);
}

int
line_check_cid(struct line *l, struct status *st)
{
	if (!l->unchecked)
		return 0;
	l->unchecked = false;
	return form_check_text(FIELDS_FORM_CID, "cid", &l->cid, st);
}

int
line_check(struct line *l, struct status *st)
{
	struct json j;

	if (!l->unchecked)
		return 0;
	l->unchecked = false;
	json_open(&j, l->record.at, l->record.len);
	if (json_skip(&j, st) == JSON_OBJECT && json_next(&j, st) == JSON_END)
		return form_check_text(FIELDS_FORM_CID, "cid", &l->cid, st);
	/* More fields follow the record, or it isn't JSON. */
	return parse_any(l, st);
}

void
line_free(struct line *l)
{
	buf_free(&l->prefix);
	buf_free(&l->middle);
	buf_free(&l->scratch);
	buf_free(&l->cut);
	memset(l, 0, sizeof(*l));
}
