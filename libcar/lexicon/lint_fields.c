#include "config.h"

#include <stdio.h>

#include "libcar/lexicon/lint_fields_private.h"

/*
 * A table has the fields of each type. A message begins with a JSON pointer
 * (RFC 6901), which is made of the chain of places only then.
 */

#define PLACE_BYTES 160 /* of the message */

static const char *const want_names[] = { "a boolean", "an integer",
	"an integer of 0 or more", "a string", "a list of integers",
	"a list of strings", "an object", "a list" };

/* Other fields of a schema are ignored. */
static const struct field {
	enum lexicon_kind kind;
	const char *name;
	enum lexicon_want want;
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

/* JSON pointers escape ~ and /. */
static size_t
put_step(char *out, size_t room, const struct lexicon_place *at)
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
put_place(char *out, size_t room, const struct lexicon_place *at, bool *whole)
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

int
lint_complain(struct lexicon_lint *l, const char *what, const char *more)
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

int
lint_complain_at(struct lexicon_lint *l, const struct lexicon_node *node,
    const char *what, const char *more)
{
	struct lexicon_place at = { l->at, node->key, node->key_len };
	int rc;

	l->at = &at;
	rc = lint_complain(l, what, more);
	l->at = at.up;
	return rc;
}

static bool
all_are(const struct lexicon_node *list, enum lexicon_want want)
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
is_wanted(const struct lexicon_node *node, enum lexicon_want want)
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

int
lint_field(struct lexicon_lint *l, const struct lexicon_node *node,
    const char *name, enum lexicon_want want, bool required)
{
	const struct lexicon_node *field = lexicon_tree_get(node, name);

	if (field == NULL)
		return required ? lint_complain(l, "has no ", name) : 0;
	if (!is_wanted(field, want))
		return lint_complain_at(l, field, "want ", want_names[want]);
	return 0;
}

int
lint_fields(struct lexicon_lint *l, const struct lexicon_node *node,
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
