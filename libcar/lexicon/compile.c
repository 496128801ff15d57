#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/lexicon/format_private.h"
#include "libcar/lexicon/lint_private.h"
#include "libcar/lexicon/set_private.h"
#include "libcar/lexicon/text_private.h"
#include "libcar/lexicon/tree_private.h"

/*
 * The compiler appends a linted document to the set's arrays. Rows refer to
 * each other by index, because an array may move when it grows: a pointer into
 * it is valid only until the next append. The only possible error is a lack of
 * memory; the arrays are then cut back to their former length.
 */

#define FAILED UINT32_MAX

struct compiler {
	struct lexicons *set;
	const struct lexicon_doc *doc;
};

static uint32_t compile(struct compiler *, const struct lexicon_node *);

/* Append n items of this size, zeros if items is NULL. The index of the first
 * one, or FAILED. */
static uint32_t
append(struct buf *array, const void *items, size_t n, size_t size)
{
	size_t first = array->len / size;
	char *p = buf_reserve(array, n * size);

	if (p == NULL || first + n >= FAILED)
		return FAILED;
	if (items != NULL)
		memcpy(p, items, n * size);
	else
		memset(p, 0, n * size);
	array->len += n * size;
	return first;
}

static uint32_t
keep(struct compiler *c, const char *text, size_t len)
{
	return append(&c->set->strings, text, len, 1);
}

/* The whole reference, without #main. */
static uint32_t
keep_ref(struct compiler *c, const struct lexicon_node *ref, uint32_t *len)
{
	static const char main_def[] = "#main";
	const size_t n = sizeof(main_def) - 1;
	struct buf *strings = &c->set->strings;
	uint32_t at = strings->len;

	if (ref->text[0] == '#' &&
	    keep(c, c->doc->id, c->doc->id_len) == FAILED)
		return FAILED;
	if (keep(c, ref->text, ref->len) == FAILED)
		return FAILED;
	*len = strings->len - at;
	if (*len > n &&
	    memcmp(strings->data + strings->len - n, main_def, n) == 0)
		*len -= n;
	return at;
}

/* For qsort, of names with their texts. */
struct named {
	const char *text;
	struct lexicon_name name;
};

static int
compare_named(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return lexicon_compare(x->text, x->name.len, y->text, y->name.len);
}

/* Append names; sort them and drop duplicates. */
static int
append_names(struct compiler *c, struct named *list, size_t n,
    struct lexicon_schema *s)
{
	size_t i;

	for (i = 0; i < n; i++)
		list[i].text = c->set->strings.data + list[i].name.text;
	qsort(list, n, sizeof(*list), compare_named);
	s->first = c->set->names.len / sizeof(list->name);
	s->count = 0;
	for (i = 0; i < n; i++) {
		if (i > 0 && compare_named(&list[i - 1], &list[i]) == 0)
			continue;
		if (append(&c->set->names, &list[i].name, 1,
			sizeof(list->name)) == FAILED)
			return -1;
		s->count++;
	}
	return 0;
}

static int
compile_names(struct compiler *c, const struct lexicon_node *strings, bool refs,
    struct lexicon_schema *s)
{
	struct named *list = calloc(strings->count + 1, sizeof(*list));
	struct lexicon_name *name;
	const struct lexicon_node *node;
	size_t i;
	int rc = -1;

	if (list == NULL)
		return -1;
	for (i = 0; i < strings->count; i++) {
		node = &strings->children[i];
		name = &list[i].name;
		name->len = node->len;
		name->text = refs ? keep_ref(c, node, &name->len) :
				    keep(c, node->text, node->len);
		if (name->text == FAILED)
			goto out;
	}
	rc = append_names(c, list, strings->count, s);
out:
	free(list);
	return rc;
}

static int
compare_integers(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
compile_integers(struct compiler *c, const struct lexicon_node *list,
    struct lexicon_schema *s)
{
	int64_t *values;
	size_t i;

	s->first = append(&c->set->integers, NULL, list->count,
	    sizeof(*values));
	s->count = list->count;
	if (s->first == FAILED)
		return -1;
	if (list->count == 0)
		return 0;
	values = LEXICON_AT(c->set, integers, int64_t, s->first);
	for (i = 0; i < list->count; i++)
		values[i] = list->children[i].number;
	qsort(values, list->count, sizeof(*values), compare_integers);
	return 0;
}

/* Linear probing; the table is at most half full. */
static uint32_t
compile_slots(struct compiler *c, uint32_t props, uint32_t count,
    uint32_t *mask)
{
	struct lexicon_prop *prop;
	uint32_t first, *slots, i, at;

	for (*mask = 3; *mask + 1 < 2 * count;)
		*mask = 2 * *mask + 1;
	first = append(&c->set->slots, NULL, *mask + 1, sizeof(*slots));
	if (first == FAILED)
		return FAILED;
	slots = LEXICON_AT(c->set, slots, uint32_t, first);
	for (i = 0; i < count; i++) {
		prop = LEXICON_AT(c->set, props, struct lexicon_prop,
		    props + i);
		for (at = prop->hash & *mask; slots[at] != 0;)
			at = (at + 1) & *mask;
		slots[at] = i + 1;
	}
	return first;
}

static void
mark_props(struct compiler *c, const struct lexicon_node *properties,
    uint32_t props, const struct lexicon_node *names, bool nullable)
{
	const struct lexicon_node *found;
	struct lexicon_prop *prop;
	size_t i;

	for (i = 0; names != NULL && i < names->count; i++) {
		found = lexicon_tree_get_n(properties, names->children[i].text,
		    names->children[i].len);
		if (found == NULL)
			continue;
		prop = LEXICON_AT(c->set, props, struct lexicon_prop,
		    props + (found - properties->children));
		if (nullable)
			prop->nullable = true;
		else
			prop->required = true;
	}
}

static int
compile_prop(struct compiler *c, const struct lexicon_node *node, uint32_t at)
{
	struct lexicon_prop prop = { .len = node->key_len };

	prop.hash = lexicon_hash(node->key, node->key_len);
	prop.text = keep(c, node->key, node->key_len);
	prop.schema = compile(c, node);
	if (prop.text == FAILED || prop.schema == FAILED)
		return -1;
	*LEXICON_AT(c->set, props, struct lexicon_prop, at) = prop;
	return 0;
}

static uint32_t
compile_object(struct compiler *c, const struct lexicon_node *node)
{
	const struct lexicon_node *properties;
	struct lexicon_object o = { 0 };
	const struct lexicon_prop *props;
	uint32_t i;

	properties = lexicon_tree_get(node, "properties");
	o.count = properties->count;
	o.props = append(&c->set->props, NULL, o.count,
	    sizeof(struct lexicon_prop));
	if (o.props == FAILED)
		return FAILED;
	for (i = 0; i < o.count; i++)
		if (compile_prop(c, &properties->children[i], o.props + i) ==
		    -1)
			return FAILED;
	mark_props(c, properties, o.props, lexicon_tree_get(node, "required"),
	    false);
	mark_props(c, properties, o.props, lexicon_tree_get(node, "nullable"),
	    true);
	props = LEXICON_AT(c->set, props, struct lexicon_prop, o.props);
	for (i = 0; i < o.count; i++)
		o.required += props[i].required;
	o.slots = compile_slots(c, o.props, o.count, &o.mask);
	if (o.slots == FAILED)
		return FAILED;
	return append(&c->set->objects, &o, 1, sizeof(o));
}

static int64_t
number_of(const struct lexicon_node *node, const char *name, int64_t otherwise)
{
	const struct lexicon_node *field = lexicon_tree_get(node, name);

	return field != NULL ? field->number : otherwise;
}

static int
compile_string(struct compiler *c, const struct lexicon_node *node,
    struct lexicon_schema *s)
{
	const struct lexicon_node *field;
	struct lexicon_name name = { 0 };

	s->min_graphemes = number_of(node, "minGraphemes", 0);
	s->max_graphemes = number_of(node, "maxGraphemes", INT64_MAX);
	if ((field = lexicon_tree_get(node, "format")) != NULL)
		s->format = lexicon_format_of(field->text, field->len);
	if ((field = lexicon_tree_get(node, "const")) != NULL) {
		s->has_const = true;
		name.len = field->len;
		name.text = keep(c, field->text, field->len);
		s->of = append(&c->set->names, &name, 1, sizeof(name));
		if (name.text == FAILED || s->of == FAILED)
			return -1;
	}
	field = lexicon_tree_get(node, "enum");
	s->has_enum = field != NULL;
	return field != NULL ? compile_names(c, field, false, s) : 0;
}

static int
compile_integer(struct compiler *c, const struct lexicon_node *node,
    struct lexicon_schema *s)
{
	const struct lexicon_node *values = lexicon_tree_get(node, "enum");

	s->min = number_of(node, "minimum", INT64_MIN);
	s->max = number_of(node, "maximum", INT64_MAX);
	s->has_const = lexicon_tree_get(node, "const") != NULL;
	s->constant = number_of(node, "const", 0);
	s->has_enum = values != NULL;
	return values != NULL ? compile_integers(c, values, s) : 0;
}

static int
compile_blob(struct compiler *c, const struct lexicon_node *node,
    struct lexicon_schema *s)
{
	const struct lexicon_node *accept = lexicon_tree_get(node, "accept");

	s->max = number_of(node, "maxSize", INT64_MAX);
	s->has_enum = accept != NULL;
	return accept != NULL ? compile_names(c, accept, false, s) : 0;
}

static int
compile_refs(struct compiler *c, const struct lexicon_node *node,
    struct lexicon_schema *s)
{
	const struct lexicon_node *closed = lexicon_tree_get(node, "closed");
	struct lexicon_node one = { .count = 1 };

	s->closed = closed != NULL && closed->kind == JSON_TRUE;
	if (s->kind == KIND_UNION)
		return compile_names(c, lexicon_tree_get(node, "refs"), true,
		    s);
	one.children = lexicon_tree_get(node, "ref");
	return compile_names(c, &one, true, s);
}

static int
compile_kind(struct compiler *c, const struct lexicon_node *node,
    struct lexicon_schema *s)
{
	const struct lexicon_node *field;

	switch (s->kind) {
	case KIND_BOOLEAN:
		field = lexicon_tree_get(node, "const");
		s->has_const = field != NULL;
		s->constant = field != NULL && field->kind == JSON_TRUE;
		return 0;
	case KIND_INTEGER:
		return compile_integer(c, node, s);
	case KIND_STRING:
		return compile_string(c, node, s);
	case KIND_BLOB:
		return compile_blob(c, node, s);
	case KIND_ARRAY:
		s->of = compile(c, lexicon_tree_get(node, "items"));
		return s->of == FAILED ? -1 : 0;
	case KIND_OBJECT:
		s->of = compile_object(c, node);
		return s->of == FAILED ? -1 : 0;
	case KIND_REF:
	case KIND_UNION:
		return compile_refs(c, node, s);
	default:
		return 0;
	}
}

static uint32_t
compile(struct compiler *c, const struct lexicon_node *node)
{
	const struct lexicon_node *type = lexicon_tree_get(node, "type");
	struct lexicon_schema s = { 0 };

	s.kind = lexicon_kind_of(type->text, type->len);
	s.min = number_of(node, "minLength", 0);
	s.max = number_of(node, "maxLength", INT64_MAX);
	if (compile_kind(c, node, &s) == -1)
		return FAILED;
	return append(&c->set->schemas, &s, 1, sizeof(s));
}

static int
compile_key(struct compiler *c, const struct lexicon_node *key,
    struct lexicon_def *def)
{
	const size_t n = strlen("literal:");

	def->key = KEY_LITERAL;
	if (lexicon_tree_is(key, "any"))
		def->key = KEY_ANY;
	else if (lexicon_tree_is(key, "tid"))
		def->key = KEY_TID;
	else if (lexicon_tree_is(key, "nsid"))
		def->key = KEY_NSID;
	if (def->key != KEY_LITERAL)
		return 0;
	def->literal = keep(c, key->text + n, key->len - n);
	def->literal_len = key->len - n;
	return def->literal == FAILED ? -1 : 0;
}

/* The object's own $type, as the document names it. */
static int
name_object(struct compiler *c, const struct lexicon_node *def, uint32_t schema)
{
	struct lexicon_node ref = { 0 };
	uint32_t at, len = 0;
	struct lexicon_object *o;
	char text[LEXICON_MAX_DEF_NAME + 1] = "#";

	memcpy(text + 1, def->key, def->key_len);
	ref.text = text;
	ref.len = def->key_len + 1;
	if ((at = keep_ref(c, &ref, &len)) == FAILED)
		return -1;
	o = LEXICON_AT(c->set, objects, struct lexicon_object,
	    LEXICON_SCHEMA(c->set, schema)->of);
	o->type = at;
	o->type_len = len;
	return 0;
}

/* Calls and permissions are linted, but not compiled. */
static int
compile_def(struct compiler *c, const struct lexicon_node *node,
    struct lexicon_def *def)
{
	const struct lexicon_node *schema = node;
	const struct lexicon_node *type = lexicon_tree_get(node, "type");

	def->kind = lexicon_kind_of(type->text, type->len);
	def->len = node->key_len;
	if ((def->text = keep(c, node->key, node->key_len)) == FAILED)
		return -1;
	if (def->kind == KIND_TOKEN || def->kind > KIND_RECORD)
		return 0;
	if (def->kind == KIND_RECORD) {
		schema = lexicon_tree_get(node, "record");
		if (compile_key(c, lexicon_tree_get(node, "key"), def) == -1)
			return -1;
	}
	if ((def->schema = compile(c, schema)) == FAILED)
		return -1;
	if (LEXICON_SCHEMA(c->set, def->schema)->kind == KIND_OBJECT)
		return name_object(c, node, def->schema);
	return 0;
}

static int
compile_defs(struct compiler *c, const struct lexicon_node *defs,
    struct lexicon_doc *doc)
{
	struct lexicon_def def;
	uint32_t i;

	doc->def_count = defs->count;
	doc->defs = append(&c->set->defs, NULL, defs->count, sizeof(def));
	if (doc->defs == FAILED)
		return -1;
	for (i = 0; i < doc->def_count; i++) {
		memset(&def, 0, sizeof(def));
		if (compile_def(c, &defs->children[i], &def) == -1)
			return -1;
		*LEXICON_AT(c->set, defs, struct lexicon_def,
		    doc->defs + i) = def;
	}
	return 0;
}

int
lexicon_compile(struct lexicons *set, const struct lexicon_node *root,
    struct lexicon_doc *doc)
{
	struct compiler c = { .set = set, .doc = doc };
	struct lexicons before = *set;

	doc->schemas = set->schemas.len / sizeof(struct lexicon_schema);
	if (compile_defs(&c, lexicon_tree_get(root, "defs"), doc) == -1) {
		set->schemas.len = before.schemas.len;
		set->names.len = before.names.len;
		set->props.len = before.props.len;
		set->objects.len = before.objects.len;
		set->slots.len = before.slots.len;
		set->defs.len = before.defs.len;
		set->integers.len = before.integers.len;
		set->strings.len = before.strings.len;
		return -1;
	}
	doc->schema_count = set->schemas.len / sizeof(struct lexicon_schema) -
	    doc->schemas;
	return 0;
}
