#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/data/syntax.h"
#include "libcar/lexicon/format_private.h"
#include "libcar/lexicon/lint_fields_private.h"

/*
 * This checks the rules of https://atproto.com/specs/lexicon. A table says
 * where each type may stand, lint_fields.c which fields it has; a function for
 * each type checks the rest. The linter stops at the first flaw. It keeps the
 * path from the root as a chain of places on the stack.
 */

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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int lint_schema(struct lexicon_lint *, const struct lexicon_node *,
    unsigned);

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

static int
lint_order(struct lexicon_lint *l, const struct lexicon_node *node,
    const char *min, const char *max)
{
	const struct lexicon_node *a = lexicon_tree_get(node, min);
	const struct lexicon_node *b = lexicon_tree_get(node, max);

	if (a == NULL || b == NULL || a->number <= b->number)
		return 0;
	return lint_complain_at(l, a, "more than ", max);
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
lint_refs(struct lexicon_lint *l, const struct lexicon_node *refs)
{
	struct lexicon_place at = { l->at, refs->key, refs->key_len };
	size_t i;
	int rc = 0;

	l->at = &at;
	for (i = 0; i < refs->count && rc == 0; i++)
		if (!is_ref(refs->children[i].text, refs->children[i].len))
			rc = lint_complain_at(l,
			    &(struct lexicon_node){ .key_len = i },
			    "not a reference", "");
	l->at = at.up;
	return rc;
}

/* Go one step down, to a schema or to a list of schemas. */
static int
descend(struct lexicon_lint *l, const struct lexicon_node *node,
    unsigned places)
{
	struct lexicon_place at = { l->at, node->key, node->key_len };
	int rc;

	l->at = &at;
	rc = lint_schema(l, node, places);
	l->at = at.up;
	return rc;
}

static int
lint_properties(struct lexicon_lint *l, const struct lexicon_node *properties,
    unsigned places)
{
	struct lexicon_place at = { l->at, properties->key,
		properties->key_len };
	size_t i;
	int rc = 0;

	l->at = &at;
	if (properties->count > LEXICON_MAX_PROPERTIES)
		rc = lint_complain(l, "too many properties", "");
	for (i = 0; i < properties->count && rc == 0; i++)
		rc = descend(l, &properties->children[i], places);
	l->at = at.up;
	return rc;
}

static int
lint_object(struct lexicon_lint *l, const struct lexicon_node *node,
    unsigned places)
{
	const struct lexicon_node *properties, *required, *name;
	size_t i;

	properties = lexicon_tree_get(node, "properties");
	required = lexicon_tree_get(node, "required");
	for (i = 0; required != NULL && i < required->count; i++) {
		name = &required->children[i];
		if (lexicon_tree_get_n(properties, name->text, name->len) ==
		    NULL)
			return lint_complain_at(l, required,
			    "a required property is missing", "");
	}
	return lint_properties(l, properties, places);
}

static int
lint_string(struct lexicon_lint *l, const struct lexicon_node *node)
{
	const struct lexicon_node *format = lexicon_tree_get(node, "format");

	if (format != NULL &&
	    lexicon_format_of(format->text, format->len) == FORMAT_NONE)
		return lint_complain_at(l, format, "unknown format", "");
	if (lint_order(l, node, "minLength", "maxLength") == -1)
		return -1;
	return lint_order(l, node, "minGraphemes", "maxGraphemes");
}

static int
lint_array(struct lexicon_lint *l, const struct lexicon_node *node,
    unsigned places)
{
	if (lint_order(l, node, "minLength", "maxLength") == -1)
		return -1;
	return descend(l, lexicon_tree_get(node, "items"),
	    places & AS_PARAM ? AS_PARAM : AS_FIELD);
}

static int
lint_record(struct lexicon_lint *l, const struct lexicon_node *node)
{
	static const char literal[] = "literal:";
	const struct lexicon_node *key = lexicon_tree_get(node, "key");
	size_t n = sizeof(literal) - 1;

	if (!lexicon_tree_is(key, "any") && !lexicon_tree_is(key, "tid") &&
	    !lexicon_tree_is(key, "nsid") &&
	    (key->len < n || memcmp(key->text, literal, n) != 0 ||
		!syntax_is_rkey(key->text + n, key->len - n)))
		return lint_complain_at(l, key,
		    "want any, tid, nsid or literal: and a record key", "");
	return descend(l, lexicon_tree_get(node, "record"), AS_RECORD);
}

/* The input or output of a call: an encoding, and perhaps a schema. */
static int
lint_body(struct lexicon_lint *l, const struct lexicon_node *node,
    const char *name, bool encoded)
{
	const struct lexicon_node *body = lexicon_tree_get(node, name), *schema;
	struct lexicon_place at = { l->at, name, strlen(name) };
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
lint_errors(struct lexicon_lint *l, const struct lexicon_node *errors)
{
	struct lexicon_place at, item;
	size_t i;
	int rc = 0;

	if (errors == NULL)
		return 0;
	at = (struct lexicon_place){ l->at, errors->key, errors->key_len };
	for (i = 0; i < errors->count && rc == 0; i++) {
		item = (struct lexicon_place){ &at, NULL, i };
		l->at = &item;
		rc = lint_field(l, &errors->children[i], "name", WANT_STRING,
		    true);
	}
	l->at = at.up;
	return rc;
}

static int
lint_call(struct lexicon_lint *l, const struct lexicon_node *node)
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
lint_languages(struct lexicon_lint *l, const struct lexicon_node *node)
{
	size_t i;

	for (i = 0; node != NULL && i < node->count; i++)
		if (node->children[i].kind != JSON_STRING ||
		    !syntax_is_language(node->children[i].key,
			node->children[i].key_len))
			return lint_complain_at(l, node,
			    "want strings by language", "");
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
lint_permissions(struct lexicon_lint *l, const struct lexicon_node *node)
{
	const struct lexicon_node *list = lexicon_tree_get(node, "permissions");
	size_t i;

	for (i = 0; i < list->count; i++)
		if (!is_permission(&list->children[i]))
			return lint_complain_at(l, list,
			    "want permissions, each with its resource", "");
	if (lint_languages(l, lexicon_tree_get(node, "title:lang")) == -1)
		return -1;
	return lint_languages(l, lexicon_tree_get(node, "detail:lang"));
}

static int
lint_kind(struct lexicon_lint *l, const struct lexicon_node *node,
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
		    lint_complain_at(l, ref, "not a reference", "");
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
misplaced(struct lexicon_lint *l, const struct lexicon_node *type,
    unsigned places)
{
	enum lexicon_kind kind = lexicon_kind_of(type->text, type->len);

	if (kind == KIND_NONE)
		return lint_complain_at(l, type, "unknown type", "");
	if (places == AS_RECORD)
		return lint_complain_at(l, type, "want object", "");
	if (places == AS_PARAMS)
		return lint_complain_at(l, type, "want params", "");
	if (places == AS_DEF && kind >= KIND_RECORD)
		return lint_complain_at(l, type, "must be the main definition",
		    "");
	return lint_complain_at(l, type, "not allowed here", "");
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
lint_schema(struct lexicon_lint *l, const struct lexicon_node *node,
    unsigned places)
{
	const struct lexicon_node *type = lexicon_tree_get(node, "type");
	enum lexicon_kind kind;
	int rc;

	if (node->kind != JSON_OBJECT)
		return lint_complain(l, "want an object", "");
	if (l->depth == LEXICON_MAX_DEPTH)
		return lint_complain(l, "nested too deeply", "");
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
lint_defs(struct lexicon_lint *l, const struct lexicon_node *defs)
{
	struct lexicon_place at = { NULL, defs->key, defs->key_len };
	const struct lexicon_node *def;
	size_t i;
	int rc = 0;

	l->at = &at;
	for (i = 0; i < defs->count && rc == 0; i++) {
		def = &defs->children[i];
		if (!is_def_name(def->key, def->key_len))
			rc = lint_complain_at(l, def, "invalid definition name",
			    "");
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
	struct lexicon_lint l = { .st = st };
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
		return lint_complain_at(&l, version, "want 1", "");
	if (!syntax_is_nsid(id->text, id->len))
		return lint_complain_at(&l, id, "not an NSID", "");
	return lint_defs(&l, lexicon_tree_get(root, "defs"));
}
