#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/lint_private.h"
#include "libcar/lexicon/set_private.h"
#include "libcar/lexicon/text_private.h"
#include "libcar/lexicon/walk_private.h"

/*
 * This walks over a record by its schema. A walk_ function is called with the
 * first token of a value and reads to the value's end even if the value is
 * wrong, so that one walk finds all problems. It returns -1 only if the text
 * isn't JSON, which ends the walk.
 *
 * Properties are found by hash and marked in a bit set, so the cost is linear
 * in the size of the record. A union looks ahead for the $type of its object:
 * at most one more reading for each level of nested unions.
 */

#define SEEN_WORDS (LEXICON_MAX_PROPERTIES / 64)
#define FEW_NAMES 8

static int walk_value(struct lexicon_walk *, const struct lexicon_schema *,
    enum json_kind);

/* Report a value of the wrong kind, and skip it. */
static int
wrong_type(struct lexicon_walk *w, enum json_kind kind, const char *want)
{
	lexicon_problem(w, LEXICON_TYPE, "have %s, want %s", lexicon_said(kind),
	    want);
	return lexicon_skip(w, kind);
}

static int
walk_any(struct lexicon_walk *w, enum json_kind kind)
{
	struct lexicon_data data;

	return lexicon_data(w, kind, &data);
}

static int
walk_boolean(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	if (kind != JSON_TRUE && kind != JSON_FALSE)
		return wrong_type(w, kind, "a boolean");
	if (s->has_const && s->constant != (kind == JSON_TRUE))
		lexicon_problem(w, LEXICON_CONST, "want %s",
		    s->constant ? "true" : "false");
	return 0;
}

static int
compare_integers(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
walk_integer(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	int64_t v;

	if (kind != JSON_NUMBER)
		return wrong_type(w, kind, "an integer");
	if (json_integer(&w->json, &v) == -1) {
		lexicon_problem(w, LEXICON_TYPE, "not a 64-bit integer");
		return 0;
	}
	if (s->has_const && v != s->constant)
		lexicon_problem(w, LEXICON_CONST, "have %lld, want %lld",
		    (long long)v, (long long)s->constant);
	if (s->has_enum &&
	    bsearch(&v, LEXICON_AT(w->set, integers, int64_t, s->first),
		s->count, sizeof(v), compare_integers) == NULL)
		lexicon_problem(w, LEXICON_ENUM,
		    "have %lld, which isn't one of %u values", (long long)v,
		    s->count);
	if (v < s->min)
		lexicon_problem(w, LEXICON_MINIMUM,
		    "have %lld, want %lld or more", (long long)v,
		    (long long)s->min);
	if (v > s->max)
		lexicon_problem(w, LEXICON_MAXIMUM,
		    "have %lld, want %lld or less", (long long)v,
		    (long long)s->max);
	return 0;
}

static int
walk_link(struct lexicon_walk *w, enum json_kind kind)
{
	struct lexicon_data data;

	if (kind != JSON_OBJECT)
		return wrong_type(w, kind, "a link");
	if (lexicon_data(w, kind, &data) == -1)
		return -1;
	if (data.shape != SHAPE_LINK && data.shape != SHAPE_BROKEN)
		lexicon_problem(w, LEXICON_TYPE, "have an object, want a link");
	return 0;
}

static int
walk_bytes(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	struct lexicon_data data;

	if (kind != JSON_OBJECT)
		return wrong_type(w, kind, "bytes");
	if (lexicon_data(w, kind, &data) == -1)
		return -1;
	if (data.shape == SHAPE_BYTES) {
		if ((int64_t)data.bytes < s->min)
			lexicon_problem(w, LEXICON_MIN_LENGTH,
			    "have %zu bytes, want %lld or more", data.bytes,
			    (long long)s->min);
		if ((int64_t)data.bytes > s->max)
			lexicon_problem(w, LEXICON_MAX_LENGTH,
			    "have %zu bytes, want %lld or less", data.bytes,
			    (long long)s->max);
	} else if (data.shape != SHAPE_BROKEN)
		lexicon_problem(w, LEXICON_TYPE, "have an object, want bytes");
	return 0;
}

/* The pattern is the type itself, or ends in a slash and a star. */
static bool
accepts(const struct lexicon_walk *w, const struct lexicon_name *pattern,
    struct lexicon_token mime)
{
	const char *p = w->set->strings.data + pattern->text;
	size_t n = pattern->len;

	if (n == 3 && memcmp(p, "*/*", 3) == 0)
		return true;
	if (n == mime.text.len && memcmp(p, mime.text.at, n) == 0)
		return true;
	return n >= 2 && memcmp(p + n - 2, "/*", 2) == 0 &&
	    mime.text.len >= n - 1 && memcmp(p, mime.text.at, n - 1) == 0;
}

static void
check_mime(struct lexicon_walk *w, const struct lexicon_schema *s,
    struct lexicon_token mime)
{
	const struct lexicon_name *accept;
	uint32_t i;

	accept = LEXICON_AT(w->set, names, const struct lexicon_name, s->first);
	mime = lexicon_unescape(w, mime);
	for (i = 0; i < s->count; i++)
		if (accepts(w, &accept[i], mime))
			return;
	lexicon_problem_with(w, "mimeType", LEXICON_ACCEPT,
	    "not one of %u accepted types", s->count);
}

static int
walk_blob(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	struct lexicon_data data;

	if (kind != JSON_OBJECT)
		return wrong_type(w, kind, "a blob");
	if (lexicon_data(w, kind, &data) == -1)
		return -1;
	if (data.shape != SHAPE_BLOB &&
	    !(data.legacy && w->lenience->legacy_blobs)) {
		if (data.shape != SHAPE_BROKEN)
			lexicon_problem(w, LEXICON_TYPE,
			    "have an object, want a blob");
		return 0;
	}
	if (s->has_enum)
		check_mime(w, s, data.mime);
	if (data.size > s->max)
		lexicon_problem_with(w, "size", LEXICON_MAX_SIZE,
		    "have %lld, want %lld or less", (long long)data.size,
		    (long long)s->max);
	return 0;
}

static int
walk_null(struct lexicon_walk *w, enum json_kind kind)
{
	return kind == JSON_NULL ? 0 : wrong_type(w, kind, "null");
}

static int
walk_unknown(struct lexicon_walk *w, enum json_kind kind)
{
	static const char *const names[] = { [SHAPE_LINK] = "a link",
		[SHAPE_BYTES] = "bytes",
		[SHAPE_BLOB] = "a blob" };
	struct lexicon_data data;

	if (kind != JSON_OBJECT)
		return wrong_type(w, kind, "an object");
	if (lexicon_data(w, kind, &data) == -1)
		return -1;
	if (data.shape == SHAPE_LINK || data.shape == SHAPE_BYTES ||
	    data.shape == SHAPE_BLOB)
		lexicon_problem(w, LEXICON_TYPE, "have %s, want an object",
		    names[data.shape]);
	return 0;
}

static int
walk_array(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	const struct lexicon_schema *items = LEXICON_SCHEMA(w->set, s->of);
	struct lexicon_step step = { .up = w->at };

	if (kind != JSON_ARRAY)
		return wrong_type(w, kind, "an array");
	w->at = &step;
	for (; (kind = lexicon_next(w)) != JSON_ARRAY_END; step.len++)
		if (kind == JSON_ERROR || walk_value(w, items, kind) == -1)
			return -1;
	w->at = step.up;
	if ((int64_t)step.len < s->min)
		lexicon_problem(w, LEXICON_MIN_LENGTH,
		    "have %zu elements, want %lld or more", step.len,
		    (long long)s->min);
	if ((int64_t)step.len > s->max)
		lexicon_problem(w, LEXICON_MAX_LENGTH,
		    "have %zu elements, want %lld or less", step.len,
		    (long long)s->max);
	return 0;
}

/* An object during its walk. */
struct members {
	const struct lexicon_object *object;
	const struct lexicon_prop *props;
	bool record; /* the outermost one */
	bool typed;
	uint32_t missing;          /* required properties still to come */
	uint64_t seen[SEEN_WORDS]; /* a bit for each property */
};

static const struct lexicon_prop *
find_prop(const struct lexicon_walk *w, const struct members *m,
    struct lexicon_token key)
{
	const uint32_t *slots;
	const struct lexicon_prop *prop;
	uint32_t hash, at;

	slots = LEXICON_AT(w->set, slots, const uint32_t, m->object->slots);
	hash = lexicon_hash(key.text.at, key.text.len);
	for (at = hash & m->object->mask; slots[at] != 0;
	     at = (at + 1) & m->object->mask) {
		prop = &m->props[slots[at] - 1];
		if (prop->hash == hash && prop->len == key.text.len &&
		    memcmp(w->set->strings.data + prop->text, key.text.at,
			key.text.len) == 0)
			return prop;
	}
	return NULL;
}

/* Did the property come before? */
static bool
mark_seen(struct members *m, const struct lexicon_prop *prop)
{
	size_t i = prop - m->props;
	uint64_t bit = (uint64_t)1 << i % 64;
	bool before = m->seen[i / 64] & bit;

	m->seen[i / 64] |= bit;
	m->missing -= !before && prop->required;
	return before;
}

/* An object may have a $type; a record must. */
static int
walk_type(struct lexicon_walk *w, struct members *m)
{
	enum lexicon_rule rule = m->record ? LEXICON_RECORD_TYPE : LEXICON_TYPE;
	const char *want = w->set->strings.data + m->object->type;
	size_t len = m->object->type_len;
	enum json_kind kind = lexicon_next(w);
	struct lexicon_token t;

	if (kind == JSON_ERROR)
		return -1;
	if (m->typed)
		lexicon_problem(w, LEXICON_JSON, "appears twice");
	m->typed = true;
	if (kind != JSON_STRING || w->json.tok_len == 0) {
		lexicon_problem(w, rule, "have %s, want a name",
		    kind == JSON_STRING ? "nothing" : lexicon_said(kind));
		return lexicon_skip(w, kind);
	}
	t = lexicon_unescape(w, lexicon_take(w));
	if (len > 0 && (t.text.len != len || memcmp(t.text.at, want, len) != 0))
		lexicon_problem(w, rule, "want %.*s",
		    (int)(len < 120 ? len : 120), want);
	return 0;
}

static int
walk_property(struct lexicon_walk *w, struct members *m,
    const struct lexicon_prop *prop)
{
	const struct lexicon_schema *s = LEXICON_SCHEMA(w->set, prop->schema);
	enum json_kind kind;

	if (mark_seen(m, prop))
		lexicon_problem(w, LEXICON_JSON, "appears twice");
	if ((kind = lexicon_next(w)) == JSON_ERROR)
		return -1;
	if (kind != JSON_NULL)
		return walk_value(w, s, kind);
	if (!prop->nullable && s->kind != KIND_NULL)
		lexicon_problem(w, LEXICON_NULL, "must not be null");
	return 0;
}

/* A key was read. 1: this isn't an object, but a link or bytes. */
static int
walk_member(struct lexicon_walk *w, struct members *m)
{
	struct lexicon_token key = lexicon_take(w);
	const struct lexicon_prop *prop;

	if (key.escaped)
		key = lexicon_unescape(w, key);
	prop = find_prop(w, m, key);
	if (key.text.len > 0 && key.text.at[0] == '$') {
		if (key.text.len == 5 && memcmp(key.text.at, "$type", 5) == 0) {
			if (prop != NULL)
				mark_seen(m, prop);
			return walk_type(w, m);
		}
		if ((key.text.len == 5 &&
			memcmp(key.text.at, "$link", 5) == 0) ||
		    (key.text.len == 6 &&
			memcmp(key.text.at, "$bytes", 6) == 0))
			return 1;
	}
	if (prop != NULL)
		return walk_property(w, m, prop);
	return walk_any(w, lexicon_next(w));
}

/* Skip the rest of an object that turned out to be a link or bytes. */
static int
wrong_object(struct lexicon_walk *w)
{
	unsigned depth = w->json.depth;

	lexicon_problem(w, LEXICON_TYPE,
	    "have a link or bytes, want an object");
	while (w->json.depth >= depth)
		if (lexicon_next(w) == JSON_ERROR)
			return -1;
	return 0;
}

/* Report the required properties that are missing. */
static void
check_required(struct lexicon_walk *w, const struct members *m)
{
	struct lexicon_step step = { .up = w->at };
	const struct lexicon_prop *prop;
	uint32_t i;

	if (w->report->count == LEXICON_MAX_PROBLEMS) {
		w->report->more += m->missing;
		return;
	}
	w->at = &step;
	for (i = 0; i < m->object->count && m->missing > 0; i++) {
		prop = &m->props[i];
		if (!prop->required || (m->seen[i / 64] >> i % 64 & 1))
			continue;
		step.key = w->set->strings.data + prop->text;
		step.len = prop->len;
		lexicon_problem(w, LEXICON_REQUIRED, "is missing");
	}
	w->at = step.up;
}

static int
walk_members(struct lexicon_walk *w, struct members *m)
{
	struct lexicon_step step = { .up = w->at };
	enum json_kind kind;
	int rc;

	while ((kind = lexicon_next(w)) == JSON_KEY) {
		step.key = w->json.tok;
		step.len = w->json.tok_len;
		step.escaped = w->json.escaped;
		w->at = &step;
		rc = walk_member(w, m);
		w->at = step.up;
		if (rc == -1)
			return -1;
		if (rc == 1) {
			m->typed = true;
			return wrong_object(w);
		}
	}
	if (kind == JSON_ERROR)
		return -1;
	check_required(w, m);
	return 0;
}

static int
walk_object(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind, bool record)
{
	struct members m;

	if (kind != JSON_OBJECT)
		return wrong_type(w, kind, "an object");
	m.object = LEXICON_AT(w->set, objects, const struct lexicon_object,
	    s->of);
	m.props = LEXICON_AT(w->set, props, const struct lexicon_prop,
	    m.object->props);
	m.record = record;
	m.typed = false;
	m.missing = m.object->required;
	memset(m.seen, 0, (m.object->count + 63) / 64 * sizeof(m.seen[0]));
	if (walk_members(w, &m) == -1)
		return -1;
	if (record && !m.typed)
		lexicon_problem_with(w, "$type", LEXICON_RECORD_TYPE,
		    "is missing");
	return 0;
}

static int
walk_ref(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	const struct lexicon_name *name;

	name = LEXICON_AT(w->set, names, const struct lexicon_name, s->first);
	if (name->target != 0)
		return walk_value(w, LEXICON_SCHEMA(w->set, name->target),
		    kind);
	w->report->incomplete = true;
	return walk_any(w, kind);
}

/* Look ahead for the $type of the object that begins here. 0: missing, or not a
 * string; -1: not JSON, which the walk will report. */
static int
find_type(const struct lexicon_walk *w, struct json *j)
{
	struct status st;
	enum json_kind kind;

	*j = w->json;
	while ((kind = json_next(j, &st)) == JSON_KEY) {
		if (json_is(j, "$type"))
			return json_next(j, &st) == JSON_STRING &&
			    j->tok_len > 0;
		if (json_skip(j, &st) == JSON_ERROR)
			return -1;
	}
	return kind == JSON_ERROR ? -1 : 0;
}

static const struct lexicon_name *
find_member(const struct lexicon_walk *w, const struct lexicon_schema *s,
    struct lexicon_token t)
{
	const struct lexicon_name *names;
	uint32_t i;

	if (s->count > FEW_NAMES)
		return lexicon_find_name(w->set, s->first, s->count, t.text.at,
		    t.text.len);
	names = LEXICON_AT(w->set, names, const struct lexicon_name, s->first);
	for (i = 0; i < s->count; i++)
		if (names[i].len == t.text.len &&
		    memcmp(w->set->strings.data + names[i].text, t.text.at,
			t.text.len) == 0)
			return &names[i];
	return NULL;
}

static bool
says_main(struct lexicon_token t)
{
	return t.text.len > 5 &&
	    memcmp(t.text.at + t.text.len - 5, "#main", 5) == 0;
}

/* The object has this $type. */
static int
walk_typed(struct lexicon_walk *w, const struct lexicon_schema *s,
    struct lexicon_token t)
{
	const struct lexicon_name *name = find_member(w, s, t);

	if (says_main(t))
		lexicon_problem_with(w, "$type", LEXICON_UNION,
		    "says #main, which a $type never does");
	else if (name == NULL && s->closed)
		lexicon_problem_with(w, "$type", LEXICON_UNION,
		    "not one of %u types, and the union is closed", s->count);
	if (name != NULL && name->target != 0)
		return walk_object(w, LEXICON_SCHEMA(w->set, name->target),
		    JSON_OBJECT, false);
	if (name != NULL)
		w->report->incomplete = true;
	return walk_any(w, JSON_OBJECT);
}

static int
walk_union(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	struct lexicon_token t;
	struct json j;

	if (kind != JSON_OBJECT)
		return wrong_type(w, kind, "an object");
	if (find_type(w, &j) != 1) {
		lexicon_problem(w, LEXICON_UNION, "has no $type");
		return lexicon_skip(w, kind);
	}
	t = (struct lexicon_token){ { j.tok, j.tok_len }, j.escaped };
	return walk_typed(w, s, lexicon_unescape(w, t));
}

static int
walk_value(struct lexicon_walk *w, const struct lexicon_schema *s,
    enum json_kind kind)
{
	switch (s->kind) {
	case KIND_STRING:
		if (kind != JSON_STRING)
			return wrong_type(w, kind, "a string");
		lexicon_string(w, s);
		return 0;
	case KIND_OBJECT:
		return walk_object(w, s, kind, false);
	case KIND_REF:
		return walk_ref(w, s, kind);
	case KIND_UNION:
		return walk_union(w, s, kind);
	case KIND_ARRAY:
		return walk_array(w, s, kind);
	case KIND_INTEGER:
		return walk_integer(w, s, kind);
	case KIND_BOOLEAN:
		return walk_boolean(w, s, kind);
	case KIND_BYTES:
		return walk_bytes(w, s, kind);
	case KIND_LINK:
		return walk_link(w, kind);
	case KIND_BLOB:
		return walk_blob(w, s, kind);
	case KIND_NULL:
		return walk_null(w, kind);
	default:
		return walk_unknown(w, kind);
	}
}

static void
check_key(struct lexicon_walk *w, const struct lexicon_def *def,
    const char *rkey, size_t len)
{
	const char *literal = w->set->strings.data + def->literal;

	switch (def->key) {
	case KEY_TID:
		if (!syntax_is_tid(rkey, len))
			lexicon_problem(w, LEXICON_RECORD_KEY,
			    "rkey is not a TID");
		break;
	case KEY_NSID:
		if (!syntax_is_nsid(rkey, len))
			lexicon_problem(w, LEXICON_RECORD_KEY,
			    "rkey is not an NSID");
		break;
	case KEY_LITERAL:
		if (len != def->literal_len || memcmp(rkey, literal, len) != 0)
			lexicon_problem(w, LEXICON_RECORD_KEY, "want rkey %.*s",
			    (int)(def->literal_len < 100 ? def->literal_len :
							   100),
			    literal);
		break;
	default:
		if (!syntax_is_rkey(rkey, len))
			lexicon_problem(w, LEXICON_RECORD_KEY,
			    "rkey is not a record key");
	}
}

static void
walk_record(struct lexicon_walk *w, const struct lexicon_def *def)
{
	const struct lexicon_schema *s = LEXICON_SCHEMA(w->set, def->schema);
	enum json_kind kind = lexicon_next(w);

	if (kind != JSON_ERROR && walk_object(w, s, kind, true) == 0)
		lexicon_next(w);
}

enum lexicon_result
lexicons_check(const struct lexicons *set, const char *collection,
    size_t collection_len, const char *rkey, size_t rkey_len,
    const char *record, size_t len, const struct lexicon_lenience *lenience,
    struct lexicon_report *report, struct status *st)
{
	struct lexicon_walk w = { .set = set,
		.lenience = lenience,
		.report = report };
	const struct lexicon_record *found;
	const struct lexicon_def *def;

	report->count = report->more = report->text.len = 0;
	report->incomplete = false;
	found = lexicon_find_record(set, collection, collection_len);
	if (found == NULL)
		return LEXICON_MISSING;
	def = LEXICON_AT(set, defs, const struct lexicon_def, found->def);
	if (rkey != NULL)
		check_key(&w, def, rkey, rkey_len);
	json_open(&w.json, record, len);
	walk_record(&w, def);
	if (report->text.failed || report->scratch.failed) {
		status_no_memory(st);
		return LEXICON_ERROR;
	}
	return report->count == 0 ? LEXICON_VALID : LEXICON_INVALID;
}
