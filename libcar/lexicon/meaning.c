#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/lexicon/lint_private.h"
#include "libcar/lexicon/meaning_private.h"
#include "libcar/lexicon/text_private.h"

/*
 * This writes the document as JSON again, with only those fields that the
 * compiler reads, each in one form: it sorts lists that are sets, adds the
 * document's id to references, and leaves out values that are the default. The
 * digest is that of this text. An object's members are already sorted.
 */

struct writer {
	struct json_writer json;
	const struct lexicon_node *id; /* of the document */
	struct status *st;
	int rc;
};

/* How a field is written. */
enum form {
	AS_VALUE,
	AS_TRUE,  /* false means the same as missing */
	AS_SET,   /* a list of strings or numbers */
	AS_NAMES, /* a set; an empty one means the same as missing */
	AS_REF,
	AS_REFS, /* a set of them */
	AS_SCHEMA,
	AS_SCHEMAS, /* an object of them */
};

static const struct {
	enum lexicon_kind kind;
	const char *name;
	enum form form;
} fields[] = {
	{ KIND_BOOLEAN, "const", AS_VALUE },
	{ KIND_INTEGER, "const", AS_VALUE },
	{ KIND_INTEGER, "enum", AS_SET },
	{ KIND_INTEGER, "maximum", AS_VALUE },
	{ KIND_INTEGER, "minimum", AS_VALUE },
	{ KIND_STRING, "const", AS_VALUE },
	{ KIND_STRING, "enum", AS_SET },
	{ KIND_STRING, "format", AS_VALUE },
	{ KIND_STRING, "maxGraphemes", AS_VALUE },
	{ KIND_STRING, "maxLength", AS_VALUE },
	{ KIND_STRING, "minGraphemes", AS_VALUE },
	{ KIND_STRING, "minLength", AS_VALUE },
	{ KIND_BYTES, "maxLength", AS_VALUE },
	{ KIND_BYTES, "minLength", AS_VALUE },
	{ KIND_BLOB, "accept", AS_SET },
	{ KIND_BLOB, "maxSize", AS_VALUE },
	{ KIND_ARRAY, "items", AS_SCHEMA },
	{ KIND_ARRAY, "maxLength", AS_VALUE },
	{ KIND_ARRAY, "minLength", AS_VALUE },
	{ KIND_OBJECT, "nullable", AS_NAMES },
	{ KIND_OBJECT, "properties", AS_SCHEMAS },
	{ KIND_OBJECT, "required", AS_NAMES },
	{ KIND_REF, "ref", AS_REF },
	{ KIND_UNION, "closed", AS_TRUE },
	{ KIND_UNION, "refs", AS_REFS },
	{ KIND_RECORD, "key", AS_VALUE },
	{ KIND_RECORD, "record", AS_SCHEMA },
};

static void write_schema(struct writer *, const struct lexicon_node *);

static void
write_value(struct writer *w, const struct lexicon_node *node)
{
	if (node->kind == JSON_STRING)
		json_write_string(&w->json, node->text, node->len);
	else if (node->kind == JSON_NUMBER)
		json_write_integer(&w->json, node->number);
	else
		json_write_bool(&w->json, node->kind == JSON_TRUE);
}

/* Sets */

static int
compare_values(const void *left, const void *right)
{
	const struct lexicon_node *const *a = left, *const *b = right;

	if ((*a)->kind == JSON_NUMBER)
		return ((*a)->number > (*b)->number) -
		    ((*a)->number < (*b)->number);
	return lexicon_compare((*a)->text, (*a)->len, (*b)->text, (*b)->len);
}

static void
write_set(struct writer *w, const struct lexicon_node *list)
{
	const struct lexicon_node **sorted;
	size_t i;

	if ((sorted = calloc(list->count + 1, sizeof(*sorted))) == NULL) {
		w->rc = status_no_memory(w->st);
		return;
	}
	for (i = 0; i < list->count; i++)
		sorted[i] = &list->children[i];
	qsort(sorted, list->count, sizeof(*sorted), compare_values);
	json_write_array(&w->json);
	for (i = 0; i < list->count; i++)
		if (i == 0 || compare_values(&sorted[i - 1], &sorted[i]) != 0)
			write_value(w, sorted[i]);
	json_write_array_end(&w->json);
	free(sorted);
}

/* References */

/* Append the name of a definition as NSID#name, also for #main. */
static void
put_full_ref(const struct writer *w, const struct lexicon_node *ref,
    struct buf *out)
{
	if (ref->text[0] == '#')
		buf_put(out, w->id->text, w->id->len);
	buf_put(out, ref->text, ref->len);
	if (memchr(ref->text, '#', ref->len) == NULL)
		buf_put(out, "#main", 5);
}

/* Write each reference in full, so that they can be sorted. */
static void
write_full_refs(struct writer *w, const struct lexicon_node *refs,
    struct lexicon_node *full)
{
	struct lexicon_node list = { .children = full, .count = refs->count };
	struct buf text = { 0 };
	size_t i, at;

	for (i = 0; i < refs->count; i++) {
		at = text.len;
		put_full_ref(w, &refs->children[i], &text);
		full[i].kind = JSON_STRING;
		full[i].len = text.len - at;
	}
	if (text.failed)
		w->rc = status_no_memory(w->st);
	for (i = at = 0; i < refs->count && !text.failed; i++) {
		full[i].text = text.data + at;
		at += full[i].len;
	}
	if (!text.failed)
		write_set(w, &list);
	buf_free(&text);
}

static void
write_refs(struct writer *w, const struct lexicon_node *refs)
{
	struct lexicon_node *full = calloc(refs->count + 1, sizeof(*full));

	if (full == NULL)
		w->rc = status_no_memory(w->st);
	else
		write_full_refs(w, refs, full);
	free(full);
}

/* Schemas */

static void
write_schemas(struct writer *w, const struct lexicon_node *object)
{
	size_t i;

	json_write_object(&w->json);
	for (i = 0; i < object->count; i++) {
		json_write_key_n(&w->json, object->children[i].key,
		    object->children[i].key_len);
		write_schema(w, &object->children[i]);
	}
	json_write_object_end(&w->json);
}

static bool
is_nothing(const struct lexicon_node *field, enum form form)
{
	return (form == AS_TRUE && field->kind != JSON_TRUE) ||
	    (form == AS_NAMES && field->count == 0);
}

static void
write_field(struct writer *w, const struct lexicon_node *field, enum form form)
{
	switch (form) {
	case AS_VALUE:
	case AS_TRUE:
		write_value(w, field);
		break;
	case AS_SET:
	case AS_NAMES:
		write_set(w, field);
		break;
	case AS_REF:
		write_refs(w,
		    &(struct lexicon_node){ .children = field, .count = 1 });
		break;
	case AS_REFS:
		write_refs(w, field);
		break;
	case AS_SCHEMA:
		write_schema(w, field);
		break;
	case AS_SCHEMAS:
		write_schemas(w, field);
		break;
	}
}

static void
write_schema(struct writer *w, const struct lexicon_node *node)
{
	const struct lexicon_node *type = lexicon_tree_get(node, "type"),
				  *field;
	enum lexicon_kind kind = lexicon_kind_of(type->text, type->len);
	size_t i;

	json_write_object(&w->json);
	json_write_key_n(&w->json, "type", 4);
	write_value(w, type);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].kind != kind)
			continue;
		field = lexicon_tree_get(node, fields[i].name);
		if (field == NULL || is_nothing(field, fields[i].form))
			continue;
		json_write_key(&w->json, fields[i].name);
		write_field(w, field, fields[i].form);
	}
	json_write_object_end(&w->json);
}

/* These check no records, and nothing can refer to them. */
static bool
is_no_record_matter(const struct lexicon_node *def)
{
	const struct lexicon_node *type = lexicon_tree_get(def, "type");
	enum lexicon_kind kind = lexicon_kind_of(type->text, type->len);

	return kind == KIND_TOKEN || kind > KIND_RECORD;
}

static void
write_document(struct writer *w, const struct lexicon_node *root)
{
	const struct lexicon_node *defs = lexicon_tree_get(root, "defs");
	size_t i;

	w->id = lexicon_tree_get(root, "id");
	json_write_object(&w->json);
	for (i = 0; i < defs->count; i++) {
		if (is_no_record_matter(&defs->children[i]))
			continue;
		json_write_key_n(&w->json, defs->children[i].key,
		    defs->children[i].key_len);
		write_schema(w, &defs->children[i]);
	}
	json_write_object_end(&w->json);
}

int
lexicon_meaning_digest(const struct lexicon_node *root, uint8_t digest[32],
    struct status *st)
{
	struct buf out = { 0 };
	struct writer w = { .json = { .out = &out }, .st = st };

	write_document(&w, root);
	hash_sha256(digest, out.data, out.len);
	if (w.rc == 0 && out.failed)
		w.rc = status_no_memory(st);
	buf_free(&out);
	return w.rc;
}
