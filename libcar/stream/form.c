#include "config.h"

#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/data/cid.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/form.h"

/*
 * A form is a rule for strings, a rule for other values, or both, and its name
 * in messages.
 */

#define SHOWN 64 /* bytes of a wrong value in a message */

/* Strings */

static bool
is_text(const char *at, size_t len)
{
	(void)at;
	(void)len;
	return true;
}

static bool
is_name(const char *at, size_t len)
{
	(void)at;
	return len > 0;
}

static bool
is_file(const char *at, size_t len)
{
	return len > 0 && memchr(at, '\0', len) == NULL;
}

static bool
is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Callers that need the key check it: that costs as much as a signature. */
static bool
is_did_key(const char *at, size_t len)
{
	static const char prefix[] = "did:key:z";
	size_t i, n = sizeof(prefix) - 1;

	if (len <= n || len > FIELDS_DID_KEY_MAX || memcmp(at, prefix, n) != 0)
		return false;
	for (i = n; i < len; i++)
		if (at[i] == '0' || at[i] == 'O' || at[i] == 'I' ||
		    at[i] == 'l' || !is_alphanumeric(at[i]))
			return false;
	return true;
}

/* A scheme, a host with an optional port, and at most one slash after them. */
static bool
is_origin(const char *at, size_t len)
{
	static const char others[] = ".-_:[]%";
	size_t i = 0, host;

	if (len > FIELDS_ORIGIN_MAX || memchr(at, '\0', len) != NULL)
		return false;
	while (i < len && is_alphanumeric(at[i]))
		i++;
	if (i == 0 || len - i <= 3 || memcmp(at + i, "://", 3) != 0)
		return false;
	len -= at[len - 1] == '/';
	for (host = i += 3; i < len; i++)
		if (!is_alphanumeric(at[i]) && strchr(others, at[i]) == NULL)
			return false;
	return i > host;
}

static bool
is_nsid_or_empty(const char *at, size_t len)
{
	return len == 0 || syntax_is_nsid(at, len);
}

/* Lexicons don't allow version 0, but a repo may have it. */
static bool
is_cid_v0(const char *at, size_t len)
{
	uint8_t bytes[CID_MAX_BYTES];
	struct status ignored;

	return len > 0 && at[0] == 'Q' &&
	    cid_from_text(bytes, at, len, &ignored) != -1;
}

/* The highest bit of each byte, set if the byte is at least this one. Bytes
 * from 0x80 on need a check of their own. */
#define BYTES(c) (UINT64_C(0x0101010101010101) * (c))
#define AT_LEAST(word, c) ((word) + BYTES(0x80 - (c)))

static inline bool
is_base32_word(const char *at)
{
	uint64_t w, letters, digits;

	memcpy(&w, at, sizeof(w));
	letters = AT_LEAST(w, 'a') & ~AT_LEAST(w, 'z' + 1);
	digits = AT_LEAST(w, '2') & ~AT_LEAST(w, '7' + 1);
	return ((letters | digits) & ~w & BYTES(0x80)) == BYTES(0x80);
}

/* Check the usual CIDs of a repo here, as base32, eight characters at a time:
 * a load into a new database takes 0.96 times the instructions of one that
 * checks each character. The last word may overlap the one before. */
static bool
is_cid(const char *at, size_t len)
{
	size_t i;

	if (is_cid_v0(at, len))
		return true;
	if (len < 8 || len > 128 || at[0] != 'b')
		return syntax_is_cid(at, len);
	for (i = 0; i + 8 <= len; i += 8)
		if (!is_base32_word(at + i))
			return false;
	return is_base32_word(at + len - 8);
}

static bool
is_pattern(const char *at, size_t len)
{
	return syntax_is_collection_pattern(at, len) ||
	    (len == 1 && at[0] == '*');
}

/* Other values */

static bool
is_any(enum json_kind kind, const struct json *j)
{
	(void)j;
	return kind != JSON_ERROR;
}

static bool
is_bool(enum json_kind kind, const struct json *j)
{
	(void)j;
	return kind == JSON_TRUE || kind == JSON_FALSE;
}

static bool
is_true(enum json_kind kind, const struct json *j)
{
	(void)j;
	return kind == JSON_TRUE;
}

static bool
is_count(enum json_kind kind, const struct json *j)
{
	int64_t n;

	return kind == JSON_NUMBER && json_integer(j, &n) == 0 && n >= 0 &&
	    n <= FIELDS_COUNT_MAX;
}

static bool
is_version(enum json_kind kind, const struct json *j)
{
	int64_t n;

	return kind == JSON_NUMBER && json_integer(j, &n) == 0 &&
	    (n == 2 || n == 3);
}

static bool
is_delay(enum json_kind kind, const struct json *j)
{
	return kind == JSON_NUMBER && j->tok[0] != '-';
}

/* An object that has only `$bytes`. */
static bool
is_bytes(enum json_kind kind, const struct json *j)
{
	struct status ignored;
	struct json in;

	if (kind != JSON_OBJECT)
		return false;
	json_open(&in, j->tok, j->tok_len);
	json_next(&in, &ignored);
	return json_next(&in, &ignored) == JSON_KEY && json_is(&in, "$bytes") &&
	    json_next(&in, &ignored) == JSON_STRING &&
	    json_next(&in, &ignored) == JSON_OBJECT_END;
}

static bool
is_object(enum json_kind kind, const struct json *j)
{
	(void)j;
	return kind == JSON_OBJECT;
}

static bool
is_array(enum json_kind kind, const struct json *j)
{
	(void)j;
	return kind == JSON_ARRAY;
}

/* An array of strings; patterns must not have escapes. */
static bool
is_array_of(bool (*is)(const char *, size_t), size_t max, enum json_kind kind,
    const struct json *j)
{
	struct status ignored;
	struct json in;
	size_t n;

	if (kind != JSON_ARRAY)
		return false;
	json_open(&in, j->tok, j->tok_len);
	json_next(&in, &ignored);
	for (n = 0; (kind = json_next(&in, &ignored)) == JSON_STRING; n++)
		if (n == max || !is(in.tok, in.tok_len))
			return false;
	return kind == JSON_ARRAY_END;
}

static bool
is_texts(enum json_kind kind, const struct json *j)
{
	return is_array_of(is_text, SIZE_MAX, kind, j);
}

static bool
is_patterns(enum json_kind kind, const struct json *j)
{
	return is_array_of(is_pattern, FIELDS_PATTERNS_MAX, kind, j);
}

static bool
is_counts(enum json_kind kind, const struct json *j)
{
	struct status ignored;
	struct json in;
	size_t n;

	if (kind != JSON_OBJECT)
		return false;
	json_open(&in, j->tok, j->tok_len);
	json_next(&in, &ignored);
	for (n = 0; (kind = json_next(&in, &ignored)) == JSON_KEY; n++) {
		if (n == FIELDS_COLLECTIONS_MAX ||
		    !syntax_is_nsid(in.tok, in.tok_len))
			return false;
		kind = json_next(&in, &ignored);
		if (!is_count(kind, &in))
			return false;
	}
	return kind == JSON_OBJECT_END;
}

static const char *const actions[] = { "create", "update", "delete", NULL };
static const char *const sources[] = { "car", "list", "part", "live", NULL };
static const char *const signatures[] = { "verified", "unchecked", NULL };
static const char *const handle_statuses[] = { "valid", "invalid", "unchecked",
	NULL };
static const char *const states[] = { "pending", "in_progress", "completed",
	"failed", NULL };
static const char *const audits[] = { "valid", NULL };
static const char *const results[] = { "present", "absent", NULL };

static const struct {
	const char *name;
	bool (*text)(const char *, size_t);
	bool (*value)(enum json_kind, const struct json *); /* of other types */
	const char *const *words;
	bool is_number; /* messages show a wrong value */
} forms[] = {
	[FIELDS_FORM_ANY] = { .name = "anything",
	    .text = is_text,
	    .value = is_any },
	[FIELDS_FORM_TEXT] = { .name = "a string", .text = is_text },
	[FIELDS_FORM_NAME] = { .name = "a non-empty string", .text = is_name },
	[FIELDS_FORM_FILE] = { .name = "a file name", .text = is_file },
	[FIELDS_FORM_DID] = { .name = "a DID", .text = syntax_is_did },
	[FIELDS_FORM_HANDLE] = { .name = "a handle", .text = syntax_is_handle },
	[FIELDS_FORM_DID_KEY] = { .name = "a did:key", .text = is_did_key },
	[FIELDS_FORM_ORIGIN] = { .name = "an origin", .text = is_origin },
	[FIELDS_FORM_TID] = { .name = "a TID", .text = syntax_is_tid },
	[FIELDS_FORM_NSID] = { .name = "an NSID", .text = syntax_is_nsid },
	[FIELDS_FORM_NSID_OR_EMPTY] = { .name = "an NSID",
	    .text = is_nsid_or_empty },
	[FIELDS_FORM_RKEY] = { .name = "a record key", .text = syntax_is_rkey },
	[FIELDS_FORM_CID] = { .name = "a CID", .text = is_cid },
	[FIELDS_FORM_TIME] = { .name = "a time", .text = syntax_is_datetime },
	[FIELDS_FORM_ACTION] = { .name = "create, update or delete",
	    .words = actions },
	[FIELDS_FORM_SOURCE] = { .name = "car, list, part or live",
	    .words = sources },
	[FIELDS_FORM_SIGNATURE] = { .name = "verified or unchecked",
	    .words = signatures },
	[FIELDS_FORM_HANDLE_STATUS] = { .name = "valid, invalid or unchecked",
	    .words = handle_statuses },
	[FIELDS_FORM_STATE] = { .name = "a state of an import",
	    .words = states },
	[FIELDS_FORM_AUDIT] = { .name = "valid", .words = audits },
	[FIELDS_FORM_RESULT] = { .name = "present or absent",
	    .words = results },
	[FIELDS_FORM_BOOL] = { .name = "a boolean", .value = is_bool },
	[FIELDS_FORM_TRUE] = { .name = "true", .value = is_true },
	[FIELDS_FORM_COUNT] = { .name = "a count",
	    .value = is_count,
	    .is_number = true },
	[FIELDS_FORM_FORMAT] = { .name = "2 or 3",
	    .value = is_version,
	    .is_number = true },
	[FIELDS_FORM_DELAY] = { .name = "seconds or a time",
	    .text = syntax_is_datetime,
	    .value = is_delay,
	    .is_number = true },
	[FIELDS_FORM_BYTES] = { .name = "a string or bytes",
	    .text = is_text,
	    .value = is_bytes },
	[FIELDS_FORM_OBJECT] = { .name = "an object", .value = is_object },
	[FIELDS_FORM_ARRAY] = { .name = "an array", .value = is_array },
	[FIELDS_FORM_TEXTS] = { .name = "an array of strings",
	    .value = is_texts },
	[FIELDS_FORM_PATTERNS] = { .name = "an array of collections",
	    .value = is_patterns },
	[FIELDS_FORM_COUNTS] = { .name = "an object of NSIDs and counts",
	    .value = is_counts },
};

const char *
form_name(enum fields_form form)
{
	return forms[form].name;
}

/* Fields */

/* Show `value` only if it has the right JSON type. */
static int
refuse(enum fields_form form, const char *name, const struct slice *value,
    struct status *st)
{
	size_t n = value != NULL ? value->len : 0;

	if (value == NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "%s is not %s", name,
		    forms[form].name);
	for (n = n < SHOWN ? n : SHOWN;
	     n < value->len && n > 0 && (value->at[n] & 0xc0) == 0x80; n--)
		;
	return status_set(st, STATUS_BAD_LINE, 0, "%s is not %s: %.*s", name,
	    forms[form].name, (int)n, value->at);
}

static bool
is_word(const char *const *words, const struct slice *text)
{
	for (; *words != NULL; words++)
		if (slice_is(text, *words))
			return true;
	return false;
}

int
form_check_text(enum fields_form form, const char *name,
    const struct slice *text, struct status *st)
{
	if (forms[form].words != NULL ? is_word(forms[form].words, text) :
					forms[form].text(text->at, text->len))
		return 0;
	return refuse(form, name, text, st);
}

static int
check_string(const struct fields_row *row, const struct json *j,
    struct status *st)
{
	struct json in = *j;
	struct slice text;
	struct buf plain = { .len = 0 };
	int rc = -1;

	in.tok++;
	in.tok_len -= 2;
	text = slice_make(in.tok, in.tok_len);
	if (in.escaped) {
		json_text(&in, &plain);
		text = slice_make(plain.len > 0 ? plain.data : "", plain.len);
	}
	if (plain.failed)
		status_no_memory(st);
	else
		rc = form_check_text(row->form, row->name, &text, st);
	buf_free(&plain);
	return rc;
}

int
form_check(const struct fields_row *row, enum json_kind kind,
    const struct json *j, struct status *st)
{
	struct slice value = slice_make(j->tok, j->tok_len);
	enum fields_form form = row->form;
	bool is_string = forms[form].text != NULL || forms[form].words != NULL;

	if (kind == JSON_NULL && form != FIELDS_FORM_ANY)
		return row->or_null ?
		    0 :
		    status_set(st, STATUS_BAD_LINE, 0, "%s is null", row->name);
	if (kind == JSON_STRING && is_string)
		return check_string(row, j, st);
	if (forms[form].value != NULL && forms[form].value(kind, j))
		return 0;
	return refuse(form, row->name,
	    kind == JSON_NUMBER && forms[form].is_number ? &value : NULL, st);
}

/* Lines */

/* The field that every line has besides its table's fields. */
static const struct fields_row type_row = {
	.name = "type",
	.form = FIELDS_FORM_TEXT,
};

/* The first letter distinguishes most names. */
static const struct fields_row *
find_row(const struct fields_table *table, const struct json *key)
{
	const struct fields_row *row;
	size_t i;

	for (i = 0; table != NULL && i < table->count; i++) {
		row = &table->rows[i];
		if ((*row->name == *key->tok || key->escaped) &&
		    json_is(key, row->name))
			return row;
	}
	return NULL;
}

/* Find the row, and which of the form's tables has it. */
static const struct fields_row *
find(const struct form *form, const struct json *key, size_t *table)
{
	const struct fields_row *row, *more;

	*table = 0;
	row = find_row(form->table, key);
	if (form->more == NULL || (row != NULL && row->form != FIELDS_FORM_ANY))
		return row;
	if ((more = find_row(form->more, key)) == NULL)
		return row;
	*table = 1;
	return more;
}

int
form_find(struct form *form, const struct json *key,
    const struct fields_row **row, struct status *st)
{
	bool *seen = &form->has_type;
	size_t table;

	*row = json_is(key, type_row.name) ? &type_row :
					     find(form, key, &table);
	if (*row == NULL)
		return 0;
	if (*row != &type_row)
		seen = &form->seen[table][*row -
		    (table == 0 ? form->table : form->more)->rows];
	if (*seen)
		return status_set(st, STATUS_BAD_LINE, 0, "%s twice",
		    (*row)->name);
	*seen = true;
	return 0;
}

int
form_check_line(struct form *form, const char *line, size_t len,
    struct status *st)
{
	const struct fields_row *row;
	enum json_kind kind;
	struct json j;

	json_open(&j, line, len);
	json_next(&j, st);
	while ((kind = json_next(&j, st)) == JSON_KEY) {
		if (form_find(form, &j, &row, st) == -1)
			return -1;
		if ((kind = json_skip(&j, st)) == JSON_ERROR)
			break;
		if (row != NULL && form_check(row, kind, &j, st) == -1)
			return -1;
	}
	if (kind != JSON_ERROR)
		return 0;
	st->code = STATUS_BAD_LINE;
	return -1;
}
