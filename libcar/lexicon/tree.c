#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/lexicon/text_private.h"
#include "libcar/lexicon/tree_private.h"

/*
 * A first pass counts the values. Then all memory is allocated at once, so no
 * pointer moves while the tree is built.
 */

/* Nodes wait in `waiting` until their container ends. Then they move to their
 * final place, next to each other. */
struct builder {
	struct json j;
	struct lexicon_tree *tree;
	size_t used;
	struct lexicon_node *waiting;
	size_t count;
	struct status *st;
};

static int build(struct builder *, enum json_kind, struct lexicon_node *);

/* Count all values. */
static int
count_values(const char *json, size_t len, size_t *count, struct status *st)
{
	enum json_kind kind;
	struct json j;

	json_open(&j, json, len);
	for (*count = 0; (kind = json_next(&j, st)) != JSON_END;) {
		if (kind == JSON_ERROR)
			return -1;
		*count += kind != JSON_KEY && kind != JSON_OBJECT_END &&
		    kind != JSON_ARRAY_END;
	}
	return 0;
}

static int
compare_members(const void *a, const void *b)
{
	const struct lexicon_node *x = a, *y = b;

	return lexicon_compare(x->key, x->key_len, y->key, y->key_len);
}

/* Copy the token's text; the buffer has room for it. */
static const char *
keep_text(struct builder *b, size_t *len)
{
	struct buf *text = &b->tree->text;
	size_t start = text->len;

	json_text(&b->j, text);
	*len = text->len - start;
	return text->data + start;
}

static int
sort_members(struct builder *b, struct lexicon_node *members, size_t count)
{
	size_t i;

	qsort(members, count, sizeof(*members), compare_members);
	for (i = 1; i < count; i++)
		if (compare_members(&members[i - 1], &members[i]) == 0)
			return status_set(b->st, STATUS_BAD_SYNTAX, 0,
			    "JSON: the key %.*s appears twice",
			    (int)(members[i].key_len < 60 ? members[i].key_len :
							    60),
			    members[i].key);
	return 0;
}

static int
build_container(struct builder *b, struct lexicon_node *node)
{
	bool object = node->kind == JSON_OBJECT;
	size_t mark = b->count;
	struct lexicon_node child, *children = b->tree->nodes;
	enum json_kind kind;

	while ((kind = json_next(&b->j, b->st)) != JSON_OBJECT_END &&
	    kind != JSON_ARRAY_END) {
		memset(&child, 0, sizeof(child));
		if (kind == JSON_KEY) {
			child.key = keep_text(b, &child.key_len);
			kind = json_next(&b->j, b->st);
		}
		if (kind == JSON_ERROR || build(b, kind, &child) == -1)
			return -1;
		b->waiting[b->count++] = child;
	}
	node->count = b->count - mark;
	node->children = children += b->used;
	if (node->count > 0)
		memcpy(children, b->waiting + mark,
		    node->count * sizeof(*children));
	b->used += node->count;
	b->count = mark;
	return object ? sort_members(b, children, node->count) : 0;
}

static int
build(struct builder *b, enum json_kind kind, struct lexicon_node *node)
{
	node->kind = kind;
	switch (kind) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return build_container(b, node);
	case JSON_NUMBER:
		node->integer = json_integer(&b->j, &node->number) == 0;
		/* FALLTHROUGH */
	case JSON_STRING:
		node->text = keep_text(b, &node->len);
		return 0;
	default:
		return 0;
	}
}

int
lexicon_tree_parse(struct lexicon_tree *tree, const char *json, size_t len,
    struct status *st)
{
	struct builder b = { .tree = tree, .st = st };
	size_t count;
	int rc = -1;

	memset(tree, 0, sizeof(*tree));
	if (count_values(json, len, &count, st) == -1)
		return -1;
	tree->nodes = calloc(count, sizeof(*tree->nodes));
	b.waiting = calloc(count, sizeof(*b.waiting));
	if (tree->nodes == NULL || b.waiting == NULL ||
	    buf_grow(&tree->text, len) == -1) {
		status_no_memory(st);
		goto out;
	}
	json_open(&b.j, json, len);
	rc = build(&b, json_next(&b.j, st), &tree->root);
out:
	free(b.waiting);
	if (rc == -1)
		lexicon_tree_free(tree);
	return rc;
}

void
lexicon_tree_free(struct lexicon_tree *tree)
{
	free(tree->nodes);
	buf_free(&tree->text);
	memset(tree, 0, sizeof(*tree));
}

const struct lexicon_node *
lexicon_tree_get_n(const struct lexicon_node *object, const char *key,
    size_t len)
{
	struct lexicon_node want = { .key = key, .key_len = len };

	if (object->kind != JSON_OBJECT || object->count == 0)
		return NULL;
	return bsearch(&want, object->children, object->count, sizeof(want),
	    compare_members);
}

const struct lexicon_node *
lexicon_tree_get(const struct lexicon_node *object, const char *key)
{
	return lexicon_tree_get_n(object, key, strlen(key));
}

bool
lexicon_tree_is(const struct lexicon_node *node, const char *text)
{
	return node->kind == JSON_STRING && node->len == strlen(text) &&
	    memcmp(node->text, text, node->len) == 0;
}
