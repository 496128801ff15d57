#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/format_private.h"
#include "libcar/lexicon/lint_private.h"

/*
 * This checks the rules of https://atproto.com/specs/lexicon. Two tables say
 * where each type may stand and which fields it has; a function for each type
 * checks the rest. The linter stops at the first flaw. It keeps the way from
 * the root as a chain of places on the stack, and makes a JSON pointer (RFC
 * 6901) of it only for a message.
 */

#define PLACE_BYTES 160 /* of the message */

/* The linter's position, the innermost place first. */
struct place {
	const struct place *up;
	const char *key;
	size_t len; /* of the key; if key is NULL, the index */
};

struct lint {
	struct status *st;
	const struct place *at;
	unsigned depth;
};

/* Where a schema may stand. */
enum {
	AS_MAIN = 1,
	AS_DEF = 2,
	AS_FIELD = 4, /* a property, or an array's items */
	AS_PARAM = 8,
	AS_BODY = 16, /* of input, output, message */
	AS_RECORD = 32,
	AS_PARAMS = 64,
};

static const struct type {
	const char *name;
	enum lexicon_kind kind;
	unsigned places;
} types[] = {
	{ "array", KIND_ARRAY, AS_MAIN | AS_DEF | AS_FIELD | AS_PARAM },
	{ "blob", KIND_BLOB, AS_MAIN | AS_DEF | AS_FIELD },
	{ "boolean", KIND_BOOLEAN, AS_MAIN | AS_DEF | AS_FIELD | AS_PARAM },
	{ "bytes", KIND_BYTES, AS_MAIN | AS_DEF | AS_FIELD },
	{ "cid-link", KIND_LINK, AS_MAIN | AS_DEF | AS_FIELD },
	{ "integer", KIND_INTEGER, AS_MAIN | AS_DEF | AS_FIELD | AS_PARAM },
	{ "null", KIND_NULL, AS_MAIN | AS_DEF | AS_FIELD },
	{ "object", KIND_OBJECT,
	    AS_MAIN | AS_DEF | AS_FIELD | AS_BODY | AS_RECORD },
	{ "params", KIND_PARAMS, AS_PARAMS },
	{ "permission-set", KIND_PERMISSION_SET, AS_MAIN },
	{ "procedure", KIND_PROCEDURE, AS_MAIN },
	{ "query", KIND_QUERY, AS_MAIN },
	{ "record", KIND_RECORD, AS_MAIN },
	{ "ref", KIND_REF, AS_FIELD | AS_BODY },
	{ "string", KIND_STRING, AS_MAIN | AS_DEF | AS_FIELD | AS_PARAM },
	{ "subscription", KIND_SUBSCRIPTION, AS_MAIN },
	{ "token", KIND_TOKEN, AS_MAIN | AS_DEF },
	{ "union", KIND_UNION, AS_FIELD | AS_BODY },
	{ "unknown", KIND_UNKNOWN, AS_FIELD | AS_PARAM },
};

enum want {
	WANT_BOOL,
	WANT_INTEGER,
	WANT_SIZE, /* not below 0 */
	WANT_STRING,
	WANT_INTEGERS,
	WANT_STRINGS,
	WANT_OBJECT,
	WANT_ARRAY,
};

static const char *const want_names[] = { "a boolean", "an integer",
	"an integer of 0 or more", "a string", "a list of integers",
	"a list of strings", "an object", "a list" };

/* Other fields of a schema are ignored. */
static const struct field {
	enum lexicon_kind kind;
	const char *name;
	enum want want;
	bool required;
} fields[] = {
	{ KIND_BOOLEAN, "default", WANT_BOOL, false },
	{ KIND_BOOLEAN, "const", WANT_BOOL, false },
	{ KIND_INTEGER, "default", WANT_INTEGER, false },
	{ KIND_INTEGER, "minimum", WANT_INTEGER, false },
	{ KIND_INTEGER, "maximum", WANT_INTEGER, false },
	{ KIND_INTEGER, "enum", WANT_INTEGERS, false },
	{ KIND_INTEGER, "const", WANT_INTEGER, false },
	{ KIND_STRING, "format", WANT_STRING, false },
	{ KIND_STRING, "default", WANT_STRING, false },
	{ KIND_STRING, "minLength", WANT_SIZE, false },
	{ KIND_STRING, "maxLength", WANT_SIZE, false },
	{ KIND_STRING, "minGraphemes", WANT_SIZE, false },
	{ KIND_STRING, "maxGraphemes", WANT_SIZE, false },
	{ KIND_STRING, "enum", WANT_STRINGS, false },
	{ KIND_STRING, "const", WANT_STRING, false },
	{ KIND_STRING, "knownValues", WANT_STRINGS, false },
	{ KIND_BYTES, "minLength", WANT_SIZE, false },
	{ KIND_BYTES, "maxLength", WANT_SIZE, false },
	{ KIND_BLOB, "accept", WANT_STRINGS, false },
	{ KIND_BLOB, "maxSize", WANT_SIZE, false },
	{ KIND_ARRAY, "items", WANT_OBJECT, true },
	{ KIND_ARRAY, "minLength", WANT_SIZE, false },
	{ KIND_ARRAY, "maxLength", WANT_SIZE, false },
	{ KIND_OBJECT, "properties", WANT_OBJECT, true },
	{ KIND_OBJECT, "required", WANT_STRINGS, false },
	{ KIND_OBJECT, "nullable", WANT_STRINGS, false },
	{ KIND_PARAMS, "properties", WANT_OBJECT, true },
	{ KIND_PARAMS, "required", WANT_STRINGS, false },
	{ KIND_REF, "ref", WANT_STRING, true },
	{ KIND_UNION, "refs", WANT_STRINGS, true },
	{ KIND_UNION, "closed", WANT_BOOL, false },
	{ KIND_RECORD, "key", WANT_STRING, true },
	{ KIND_RECORD, "record", WANT_OBJECT, true },
	{ KIND_QUERY, "parameters", WANT_OBJECT, false },
	{ KIND_QUERY, "output", WANT_OBJECT, false },
	{ KIND_QUERY, "errors", WANT_ARRAY, false },
	{ KIND_PROCEDURE, "parameters", WANT_OBJECT, false },
	{ KIND_PROCEDURE, "input", WANT_OBJECT, false },
	{ KIND_PROCEDURE, "output", WANT_OBJECT, false },
	{ KIND_PROCEDURE, "errors", WANT_ARRAY, false },
	{ KIND_SUBSCRIPTION, "parameters", WANT_OBJECT, false },
	{ KIND_SUBSCRIPTION, "message", WANT_OBJECT, false },
	{ KIND_SUBSCRIPTION, "errors", WANT_ARRAY, false },
	{ KIND_PERMISSION_SET, "title", WANT_STRING, false },
	{ KIND_PERMISSION_SET, "title:lang", WANT_OBJECT, false },
	{ KIND_PERMISSION_SET, "detail", WANT_STRING, false },
	{ KIND_PERMISSION_SET, "detail:lang", WANT_OBJECT, false },
	{ KIND_PERMISSION_SET, "permissions", WANT_ARRAY, true },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int lint_schema(struct lint *, const struct lexicon_node *, unsigned);

enum lexicon_kind
lexicon_kind_of(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (len == strlen(types[i].name) &&
		    memcmp(text, types[i].name, len) == 0)
			return types[i].kind;
	return KIND_NONE;
}

/* JSON pointers escape ~ and /. */
static size_t
put_step(char *out, size_t room, const struct place *at)
{
	size_t i, n = 0;

	if (at->key == NULL) {
		n = snprintf(out, room, "/%zu", at->len);
		return n < room ? n : 0;
	}
	if (room < 2 * at->len + 1)
		return 0;
	out[n++] = '/';
	for (i = 0; i < at->len; i++) {
		if (at->key[i] == '~' || at->key[i] == '/') {
			out[n++] = '~';
			out[n++] = at->key[i] == '~' ? '0' : '1';
		} else
			out[n++] = at->key[i];
	}
	return n;
}

/* The pointer, cut if it is too long. */
static size_t
put_place(char *out, size_t room, const struct place *at, bool *whole)
{
	size_t n, step;

	if (at == NULL)
		return 0;
	n = put_place(out, room, at->up, whole);
	if (!*whole)
		return n;
	step = put_step(out + n, room - n, at);
	*whole = step > 0;
	return n + step;
}

static int
complain(struct lint *l, const char *what, const char *more)
{
	char pointer[PLACE_BYTES];
	bool whole = true;
	size_t n = put_place(pointer, sizeof(pointer), l->at, &whole);

	if (l->at == NULL)
		return status_set(l->st, STATUS_BAD_SYNTAX, 0,
		    "the document: %s%s", what, more);
	return status_set(l->st, STATUS_BAD_SYNTAX, 0, "%.*s%s: %s%s", (int)n,
	    pointer, whole ? "" : "/...", what, more);
}

static int
complain_at(struct lint *l, const struct lexicon_node *node, const char *what,
    const char *more)
{
	struct place at = { l->at, node->key, node->key_len };
	int rc;

	l->at = &at;
	rc = complain(l, what, more);
	l->at = at.up;
	return rc;
}

static bool
all_are(const struct lexicon_node *list, enum want want)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (want == WANT_STRINGS ?
			list->children[i].kind != JSON_STRING :
			!list->children[i].integer)
			return false;
	return true;
}

static bool
is_wanted(const struct lexicon_node *node, enum want want)
{
	switch (want) {
	case WANT_BOOL:
		return node->kind == JSON_TRUE || node->kind == JSON_FALSE;
	case WANT_INTEGER:
		return node->integer;
	case WANT_SIZE:
		return node->integer && node->number >= 0;
	case WANT_STRING:
		return node->kind == JSON_STRING;
	case WANT_INTEGERS:
	case WANT_STRINGS:
		return node->kind == JSON_ARRAY && all_are(node, want);
	case WANT_OBJECT:
		return node->kind == JSON_OBJECT;
	case WANT_ARRAY:
		return node->kind == JSON_ARRAY;
	}
	return false;
}

/* Check a member's type, and whether it is missing. */
static int
lint_field(struct lint *l, const struct lexicon_node *node, const char *name,
    enum want want, bool required)
{
	const struct lexicon_node *field = lexicon_tree_get(node, name);

	if (field == NULL)
		return required ? complain(l, "has no ", name) : 0;
	if (!is_wanted(field, want))
		return complain_at(l, field, "want ", want_names[want]);
	return 0;
}

static int
lint_fields(struct lint *l, const struct lexicon_node *node,
    enum lexicon_kind kind)
{
	size_t i;

	if (lint_field(l, node, "description", WANT_STRING, false) == -1)
		return -1;
	for (i = 0; i < COUNT(fields); i++)
		if (fields[i].kind == kind &&
		    lint_field(l, node, fields[i].name, fields[i].want,
			fields[i].required) == -1)
			return -1;
	return 0;
}

static int
lint_order(struct lint *l, const struct lexicon_node *node, const char *min,
    const char *max)
{
	const struct lexicon_node *a = lexicon_tree_get(node, min);
	const struct lexicon_node *b = lexicon_tree_get(node, max);

	if (a == NULL || b == NULL || a->number <= b->number)
		return 0;
	return complain_at(l, a, "more than ", max);
}

/* The specification doesn't say which characters a name may have. Published
 * lexicons have names such as ff-ri-n.g. */
static bool
is_def_name(const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || s[i] == '#')
			return false;
	return len > 0 && len <= LEXICON_MAX_DEF_NAME;
}

static bool
is_ref(const char *s, size_t len)
{
	const char *hash = len > 0 ? memchr(s, '#', len) : NULL;
	size_t n = hash != NULL ? (size_t)(hash - s) : len;

	if (hash != NULL && !is_def_name(hash + 1, len - n - 1))
		return false;
	return (n == 0 && hash != NULL) || syntax_is_nsid(s, n);
}

static int
lint_refs(struct lint *l, const struct lexicon_node *refs)
{
	struct place at = { l->at, refs->key, refs->key_len };
	size_t i;
	int rc = 0;

	l->at = &at;
	for (i = 0; i < refs->count && rc == 0; i++)
		if (!is_ref(refs->children[i].text, refs->children[i].len))
			rc = complain_at(l,
			    &(struct lexicon_node){ .key_len = i },
			    "not a reference", "");
	l->at = at.up;
	return rc;
}

/* Go one step down, to a schema or to a list of schemas. */
static int
descend(struct lint *l, const struct lexicon_node *node, unsigned places)
{
	struct place at = { l->at, node->key, node->key_len };
	int rc;

	l->at = &at;
	rc = lint_schema(l, node, places);
	l->at = at.up;
	return rc;
}

static int
lint_properties(struct lint *l, const struct lexicon_node *properties,
    unsigned places)
{
	struct place at = { l->at, properties->key, properties->key_len };
	size_t i;
	int rc = 0;

	l->at = &at;
	if (properties->count > LEXICON_MAX_PROPERTIES)
		rc = complain(l, "too many properties", "");
	for (i = 0; i < properties->count && rc == 0; i++)
		rc = descend(l, &properties->children[i], places);
	l->at = at.up;
	return rc;
}

static int
lint_object(struct lint *l, const struct lexicon_node *node, unsigned places)
{
	const struct lexicon_node *properties, *required, *name;
	size_t i;

	properties = lexicon_tree_get(node, "properties");
	required = lexicon_tree_get(node, "required");
	for (i = 0; required != NULL && i < required->count; i++) {
		name = &required->children[i];
		if (lexicon_tree_get_n(properties, name->text, name->len) ==
		    NULL)
			return complain_at(l, required,
			    "a required property is missing", "");
	}
	return lint_properties(l, properties, places);
}

static int
lint_string(struct lint *l, const struct lexicon_node *node)
{
	const struct lexicon_node *format = lexicon_tree_get(node, "format");

	if (format != NULL &&
	    lexicon_format_of(format->text, format->len) == FORMAT_NONE)
		return complain_at(l, format, "unknown format", "");
	if (lint_order(l, node, "minLength", "maxLength") == -1)
		return -1;
	return lint_order(l, node, "minGraphemes", "maxGraphemes");
}

static int
lint_array(struct lint *l, const struct lexicon_node *node, unsigned places)
{
	if (lint_order(l, node, "minLength", "maxLength") == -1)
		return -1;
	return descend(l, lexicon_tree_get(node, "items"),
	    places & AS_PARAM ? AS_PARAM : AS_FIELD);
}

static int
lint_record(struct lint *l, const struct lexicon_node *node)
{
	static const char literal[] = "literal:";
	const struct lexicon_node *key = lexicon_tree_get(node, "key");
	size_t n = sizeof(literal) - 1;

	if (!lexicon_tree_is(key, "any") && !lexicon_tree_is(key, "tid") &&
	    !lexicon_tree_is(key, "nsid") &&
	    (key->len < n || memcmp(key->text, literal, n) != 0 ||
		!syntax_is_rkey(key->text + n, key->len - n)))
		return complain_at(l, key,
		    "want any, tid, nsid or literal: and a record key", "");
	return descend(l, lexicon_tree_get(node, "record"), AS_RECORD);
}

/* The input or output of a call: an encoding, and perhaps a schema. */
static int
lint_body(struct lint *l, const struct lexicon_node *node, const char *name,
    bool encoded)
{
	const struct lexicon_node *body = lexicon_tree_get(node, name), *schema;
	struct place at = { l->at, name, strlen(name) };
	int rc;

	if (body == NULL)
		return 0;
	l->at = &at;
	schema = lexicon_tree_get(body, "schema");
	if ((rc = lint_field(l, body, "encoding", WANT_STRING, encoded)) == 0 &&
	    (rc = lint_field(l, body, "schema", WANT_OBJECT, !encoded)) == 0 &&
	    schema != NULL)
		rc = descend(l, schema, AS_BODY);
	l->at = at.up;
	return rc;
}

static int
lint_errors(struct lint *l, const struct lexicon_node *errors)
{
	struct place at, item;
	size_t i;
	int rc = 0;

	if (errors == NULL)
		return 0;
	at = (struct place){ l->at, errors->key, errors->key_len };
	for (i = 0; i < errors->count && rc == 0; i++) {
		item = (struct place){ &at, NULL, i };
		l->at = &item;
		rc = lint_field(l, &errors->children[i], "name", WANT_STRING,
		    true);
	}
	l->at = at.up;
	return rc;
}

static int
lint_call(struct lint *l, const struct lexicon_node *node)
{
	const struct lexicon_node *parameters;

	parameters = lexicon_tree_get(node, "parameters");
	if (parameters != NULL && descend(l, parameters, AS_PARAMS) == -1)
		return -1;
	if (lint_body(l, node, "input", true) == -1 ||
	    lint_body(l, node, "output", true) == -1 ||
	    lint_body(l, node, "message", false) == -1)
		return -1;
	return lint_errors(l, lexicon_tree_get(node, "errors"));
}

/* Texts by language. */
static int
lint_languages(struct lint *l, const struct lexicon_node *node)
{
	size_t i;

	for (i = 0; node != NULL && i < node->count; i++)
		if (node->children[i].kind != JSON_STRING ||
		    !syntax_is_language(node->children[i].key,
			node->children[i].key_len))
			return complain_at(l, node, "want strings by language",
			    "");
	return 0;
}

static bool
is_permission(const struct lexicon_node *node)
{
	const struct lexicon_node *type = lexicon_tree_get(node, "type");
	const struct lexicon_node *resource;

	resource = lexicon_tree_get(node, "resource");
	return type != NULL && lexicon_tree_is(type, "permission") &&
	    resource != NULL && resource->kind == JSON_STRING &&
	    resource->len > 0;
}

static int
lint_permissions(struct lint *l, const struct lexicon_node *node)
{
	const struct lexicon_node *list = lexicon_tree_get(node, "permissions");
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!is_permission(&list->children[i]))
			return complain_at(l, list,
			    "want permissions, each with its resource", "");
	if (lint_languages(l, lexicon_tree_get(node, "title:lang")) == -1)
		return -1;
	return lint_languages(l, lexicon_tree_get(node, "detail:lang"));
}

static int
lint_kind(struct lint *l, const struct lexicon_node *node,
    enum lexicon_kind kind, unsigned places)
{
	const struct lexicon_node *ref;

	switch (kind) {
	case KIND_INTEGER:
		return lint_order(l, node, "minimum", "maximum");
	case KIND_STRING:
		return lint_string(l, node);
	case KIND_BYTES:
		return lint_order(l, node, "minLength", "maxLength");
	case KIND_ARRAY:
		return lint_array(l, node, places);
	case KIND_OBJECT:
		return lint_object(l, node, AS_FIELD);
	case KIND_PARAMS:
		return lint_object(l, node, AS_PARAM);
	case KIND_REF:
		ref = lexicon_tree_get(node, "ref");
		return is_ref(ref->text, ref->len) ?
		    0 :
		    complain_at(l, ref, "not a reference", "");
	case KIND_UNION:
		return lint_refs(l, lexicon_tree_get(node, "refs"));
	case KIND_RECORD:
		return lint_record(l, node);
	case KIND_QUERY:
	case KIND_PROCEDURE:
	case KIND_SUBSCRIPTION:
		return lint_call(l, node);
	case KIND_PERMISSION_SET:
		return lint_permissions(l, node);
	default:
		return 0;
	}
}

/* Report a type that may not stand here. */
static int
misplaced(struct lint *l, const struct lexicon_node *type, unsigned places)
{
	enum lexicon_kind kind = lexicon_kind_of(type->text, type->len);

	if (kind == KIND_NONE)
		return complain_at(l, type, "unknown type", "");
	if (places == AS_RECORD)
		return complain_at(l, type, "want object", "");
	if (places == AS_PARAMS)
		return complain_at(l, type, "want params", "");
	if (places == AS_DEF && kind >= KIND_RECORD)
		return complain_at(l, type, "must be the main definition", "");
	return complain_at(l, type, "not allowed here", "");
}

static bool
fits(enum lexicon_kind kind, unsigned places)
{
	size_t i;

	for (i = 0; i < COUNT(types); i++)
		if (types[i].kind == kind)
			return types[i].places & places;
	return false;
}

static int
lint_schema(struct lint *l, const struct lexicon_node *node, unsigned places)
{
	const struct lexicon_node *type = lexicon_tree_get(node, "type");
	enum lexicon_kind kind;
	int rc;

	if (node->kind != JSON_OBJECT)
		return complain(l, "want an object", "");
	if (l->depth == LEXICON_MAX_DEPTH)
		return complain(l, "nested too deeply", "");
	if (lint_field(l, node, "type", WANT_STRING, true) == -1)
		return -1;
	kind = lexicon_kind_of(type->text, type->len);
	if (!fits(kind, places))
		return misplaced(l, type, places);
	l->depth++;
	if ((rc = lint_fields(l, node, kind)) == 0)
		rc = lint_kind(l, node, kind, places);
	l->depth--;
	return rc;
}

static int
lint_defs(struct lint *l, const struct lexicon_node *defs)
{
	struct place at = { NULL, defs->key, defs->key_len };
	const struct lexicon_node *def;
	size_t i;
	int rc = 0;

	l->at = &at;
	for (i = 0; i < defs->count && rc == 0; i++) {
		def = &defs->children[i];
		if (!is_def_name(def->key, def->key_len))
			rc = complain_at(l, def, "invalid definition name", "");
		else if (def->key_len == 4 && memcmp(def->key, "main", 4) == 0)
			rc = descend(l, def, AS_MAIN);
		else
			rc = descend(l, def, AS_DEF);
	}
	l->at = NULL;
	return rc;
}

int
lexicon_lint(const struct lexicon_node *root, struct status *st)
{
	struct lint l = { .st = st };
	const struct lexicon_node *version, *id;

	if (lexicon_tree_get(root, "lexicon") == NULL)
		return status_set(st, STATUS_BAD_SYNTAX, 0,
		    "not a lexicon: want an object with \"lexicon\": 1");
	if (lint_field(&l, root, "lexicon", WANT_INTEGER, true) == -1 ||
	    lint_field(&l, root, "id", WANT_STRING, true) == -1 ||
	    lint_field(&l, root, "revision", WANT_INTEGER, false) == -1 ||
	    lint_field(&l, root, "description", WANT_STRING, false) == -1 ||
	    lint_field(&l, root, "defs", WANT_OBJECT, true) == -1)
		return -1;
	version = lexicon_tree_get(root, "lexicon");
	id = lexicon_tree_get(root, "id");
	if (version->number != 1)
		return complain_at(&l, version, "want 1", "");
	if (!syntax_is_nsid(id->text, id->len))
		return complain_at(&l, id, "not an NSID", "");
	return lint_defs(&l, lexicon_tree_get(root, "defs"));
}
