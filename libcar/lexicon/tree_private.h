/*
 * lexicon_tree: a lexicon's JSON text as a tree, for the linter and the
 * compiler. Records never become a tree.
 *
 * An object's members are sorted by their keys, and each key is unique.
 */
#ifndef LIBCAR_LEXICON_TREE_PRIVATE_H
#define LIBCAR_LEXICON_TREE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/data/json.h"

struct lexicon_node {
	enum json_kind kind;
	const char *key; /* of an object's member */
	size_t key_len;
	const char *text; /* string: without escapes; number: as written */
	size_t len;
	bool integer; /* the number fits into 64 signed bits */
	int64_t number;
	const struct lexicon_node *children;
	size_t count;
};

struct lexicon_tree {
	struct lexicon_node root;
	struct lexicon_node *nodes;
	struct buf text;
};

/* -1: STATUS_BAD_SYNTAX, STATUS_SYSTEM; the tree is then empty. */
int lexicon_tree_parse(struct lexicon_tree *, const char *json, size_t len,
    struct status *);

void lexicon_tree_free(struct lexicon_tree *);

/* The member of this key; NULL: missing, or not an object. */
const struct lexicon_node *lexicon_tree_get(const struct lexicon_node *,
    const char *key);
const struct lexicon_node *lexicon_tree_get_n(const struct lexicon_node *,
    const char *key, size_t len);

bool lexicon_tree_is(const struct lexicon_node *string, const char *text);

#endif
