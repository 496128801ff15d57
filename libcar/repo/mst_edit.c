#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/repo/mst_edit.h"
#include "libcar/repo/mst_private.h"
#include "libcar/repo/mst_write_private.h"

/*
 * A node that was read is a list of entries, each with the subtree after it. A
 * pool holds keys and nodes; removed nodes stay there until the tree is closed.
 *
 * A key goes into the node of its layer. If the tree has no node there, make
 * one: between two layers an empty node, at the top a new root. The key splits
 * the subtree that contained its place. Removing a key joins the two subtrees
 * beside it, removes nodes that are empty, and replaces a root without entries
 * by its only subtree.
 */

struct mst_edit_entry {
	struct slice key, value;
	struct mst_edit_tree after;
};

struct mst_edit_node {
	int layer; /* any, for an empty tree's root */
	struct mst_edit_tree left;
	struct mst_edit_entry *entries;
	size_t n, room;
};

/* The keys beside a subtree; NULL `at`: none. */
struct bounds {
	struct slice low, high;
};

static const struct mst_edit_tree nothing;

static bool
is_nothing(const struct mst_edit_tree *t)
{
	return t->link.at == NULL && t->node == NULL;
}

/* Nodes */

/* The subtree before the entry with this index. */
static struct mst_edit_tree *
subtree(struct mst_edit_node *node, size_t i)
{
	return i == 0 ? &node->left : &node->entries[i - 1].after;
}

static struct bounds
bounds_of(const struct mst_edit_node *node, size_t i, const struct bounds *b)
{
	return (struct bounds){
		.low = i > 0 ? node->entries[i - 1].key : b->low,
		.high = i < node->n ? node->entries[i].key : b->high,
	};
}

/* The index of the key, or of the first key after it. */
static size_t
find(const struct mst_edit_node *node, const struct slice *key, bool *found)
{
	size_t low = 0, high = node->n, middle;
	int order;

	*found = false;
	while (low < high) {
		middle = (low + high) / 2;
		order = mst_key_compare(&node->entries[middle].key, key);
		*found |= order == 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct mst_edit_node *
new_node(struct mst_edit *e, int layer, size_t room, struct status *st)
{
	struct mst_edit_node *node = pool_take(&e->pool, sizeof(*node), st);
	struct mst_edit_entry *entries;

	if (node == NULL)
		return NULL;
	entries = pool_take(&e->pool, room * sizeof(*entries), st);
	*node = (struct mst_edit_node){ layer, nothing, entries, 0, room };
	return entries == NULL ? NULL : node;
}

/* Make room for n more entries. */
static int
make_room(struct mst_edit *e, struct mst_edit_node *node, size_t n,
    struct status *st)
{
	struct mst_edit_entry *entries;
	size_t room = 2 * (node->n + n);

	if (node->n + n <= node->room)
		return 0;
	entries = pool_take(&e->pool, room * sizeof(*entries), st);
	if (entries == NULL)
		return -1;
	memcpy(entries, node->entries, node->n * sizeof(*entries));
	node->entries = entries;
	node->room = room;
	return 0;
}

/* Reading */

static int
read_entries(struct mst_edit *e, const struct mst_place *at,
    struct mst_node *block, struct mst_edit_node *node, struct status *st)
{
	struct mst_edit_entry *entry;
	struct mst_entry read;
	struct mst_key key;
	struct slice text;

	for (key.len = 0; mst_node_next(block, &read);) {
		if (mst_place_next_key(at, &key, &key, &read, st) == -1)
			return -1;
		text = mst_key_slice(&key);
		entry = &node->entries[node->n++];
		entry->key.at = pool_copy(&e->pool, &text, st);
		if (entry->key.at == NULL)
			return -1;
		entry->key.len = key.len;
		entry->value = read.value;
		entry->after = (struct mst_edit_tree){ .link = read.tree };
	}
	return 0;
}

/* Read the node of a place with a link. */
static struct mst_edit_node *
read_node(struct mst_edit *e, const struct mst_place *at, struct status *st)
{
	const struct mst_source source = { e->ctx, e->get, false };
	struct mst_edit_node *node;
	struct mst_node block;
	int layer;

	if (mst_place_open(at, &source, &block, &layer, st) != MST_PLACE_OPEN)
		return NULL;
	node = new_node(e, layer, block.entries + 1, st);
	if (node == NULL || read_entries(e, at, &block, node, st) == -1)
		return NULL;
	node->left.link = block.left;
	return node;
}

/* Read the node of a subtree of this layer, unless it was read. */
static int
need(struct mst_edit *e, struct mst_edit_tree *t, int layer,
    const struct bounds *b, struct status *st)
{
	const struct mst_place at = { &t->link, layer, b->low, b->high, false };

	if (t->node == NULL)
		t->node = read_node(e, &at, st);
	return t->node == NULL ? -1 : 0;
}

/* Read the root's node, or make it; an empty tree has one, too. */
static int
need_root(struct mst_edit *e, struct status *st)
{
	const struct mst_place at = {
		.link = &e->root.link,
		.layer = -1,
		.root = true,
	};

	if (e->root.node != NULL)
		return 0;
	e->root.node = e->root.link.at == NULL ? new_node(e, 0, 4, st) :
						 read_node(e, &at, st);
	return e->root.node == NULL ? -1 : 0;
}

/* Splitting */

/* Divide the entries between two nodes; i of them stay. Copy only the smaller
 * part: otherwise each key that splits a large node near its beginning would
 * cost the node's size in memory. */
static void
divide(struct mst_edit_node *from, size_t i, struct mst_edit_node *to)
{
	struct mst_edit_entry *few = to->entries;
	size_t room = to->room;

	to->n = from->n - i;
	from->n = i;
	if (to->n <= i) {
		memcpy(few, from->entries + i, to->n * sizeof(*few));
		return;
	}
	memcpy(few, from->entries, i * sizeof(*few));
	to->entries = from->entries + i;
	to->room = from->room - i;
	from->entries = few;
	from->room = room;
}

/* Move the entries from index i to a new node, with `left` before them. */
static int
move_entries(struct mst_edit *e, struct mst_edit_node *from, size_t i,
    const struct mst_edit_tree *left, struct mst_edit_tree *to,
    struct status *st)
{
	size_t n = from->n - i;

	*to = nothing;
	if (n == 0 && is_nothing(left))
		return 0;
	to->node = new_node(e, from->layer, (n < i ? n : i) + 4, st);
	if (to->node == NULL)
		return -1;
	divide(from, i, to->node);
	to->node->left = *left;
	return 0;
}

/* Split a subtree of this layer: what is below the key stays, the rest goes to
 * *high. The subtree doesn't contain the key. */
static int
split(struct mst_edit *e, struct mst_edit_tree *t, int layer,
    const struct bounds *b, const struct slice *key, struct mst_edit_tree *high,
    struct status *st)
{
	struct mst_edit_tree rest;
	struct mst_edit_node *node;
	struct bounds inner;
	bool found;
	size_t i;

	*high = nothing;
	if (is_nothing(t))
		return 0;
	if (need(e, t, layer, b, st) == -1)
		return -1;
	node = t->node;
	i = find(node, key, &found);
	inner = bounds_of(node, i, b);
	if (split(e, subtree(node, i), layer - 1, &inner, key, &rest, st) == -1)
		return -1;
	if (i == node->n && is_nothing(&rest))
		return 0;
	if (i == 0 && is_nothing(&node->left)) {
		*high = *t; /* all, but perhaps not what is below its left */
		high->node->left = rest;
		*t = nothing;
		return 0;
	}
	t->link.at = NULL;
	return move_entries(e, node, i, &rest, high, st);
}

/* Joining */

/* Collect the entries of both nodes in the larger node, and return it. The
 * subtree at the end of `node` already equals the subtree before `more`. */
static struct mst_edit_node *
unite(struct mst_edit *e, struct mst_edit_node *node,
    struct mst_edit_node *more, struct status *st)
{
	struct mst_edit_node *all = node->n < more->n ? more : node;
	size_t n = node->n, size = sizeof(*all->entries);

	if (make_room(e, all, all == node ? more->n : n, st) == -1)
		return NULL;
	if (all == node)
		memcpy(node->entries + n, more->entries, more->n * size);
	else {
		memmove(more->entries + n, more->entries, more->n * size);
		memcpy(more->entries, node->entries, n * size);
		more->left = node->left;
	}
	all->n = n + more->n;
	return all;
}

/* Append the following subtree to a subtree of this layer. The key was between
 * them, and b encloses both. */
static int
join(struct mst_edit *e, struct mst_edit_tree *t, int layer,
    struct mst_edit_tree *after, const struct bounds *b,
    const struct slice *key, struct status *st)
{
	struct bounds low = { b->low, *key }, high = { *key, b->high };
	struct mst_edit_node *node, *more;
	struct bounds inner = *b;

	if (is_nothing(after))
		return 0;
	if (is_nothing(t)) {
		*t = *after;
		return 0;
	}
	if (need(e, t, layer, &low, st) == -1 ||
	    need(e, after, layer, &high, st) == -1)
		return -1;
	node = t->node;
	more = after->node;
	if (node->n > 0)
		inner.low = node->entries[node->n - 1].key;
	if (more->n > 0)
		inner.high = more->entries[0].key;
	if (join(e, subtree(node, node->n), layer - 1, &more->left, &inner, key,
		st) == -1 ||
	    (t->node = unite(e, node, more, st)) == NULL)
		return -1;
	t->link.at = NULL;
	return 0;
}

/* Looking up */

void
mst_edit_open(struct mst_edit *e, const struct slice *root)
{
	pool_clear(&e->pool);
	e->root = (struct mst_edit_tree){ .node = NULL };
	if (root != NULL)
		e->root.link = *root;
}

void
mst_edit_close(struct mst_edit *e)
{
	pool_free(&e->pool);
	buf_free(&e->out);
	e->root = nothing;
}

enum mst_edit_result
mst_edit_get(struct mst_edit *e, const struct slice *key, struct slice *value,
    struct status *st)
{
	int layer = mst_layer(key->at, key->len);
	struct bounds b = { { NULL, 0 }, { NULL, 0 } };
	struct mst_edit_node *node;
	struct mst_edit_tree *t;
	bool found;
	size_t i;

	if (need_root(e, st) == -1)
		return MST_EDIT_FAILED;
	for (node = e->root.node;; node = t->node) {
		i = find(node, key, &found);
		if (found)
			*value = node->entries[i].value;
		t = subtree(node, i);
		if (found || node->layer <= layer || is_nothing(t))
			return found ? MST_EDIT_PRESENT : MST_EDIT_ABSENT;
		b = bounds_of(node, i, &b);
		if (need(e, t, node->layer - 1, &b, st) == -1)
			return MST_EDIT_FAILED;
	}
}

/* Putting */

struct change {
	struct slice key, value;
	int layer;            /* of the key */
	struct slice *before; /* may be NULL */
};

static enum mst_edit_result
present(struct change *c, const struct mst_edit_entry *entry)
{
	if (c->before != NULL)
		*c->before = entry->value;
	return MST_EDIT_PRESENT;
}

/* Insert an entry before index i, in the node of its layer. */
static int
insert(struct mst_edit *e, struct mst_edit_node *node, size_t i,
    const struct change *c, const struct bounds *b, struct status *st)
{
	struct bounds inner = bounds_of(node, i, b);
	struct mst_edit_entry entry = { c->key, c->value, nothing };

	if (split(e, subtree(node, i), node->layer - 1, &inner, &c->key,
		&entry.after, st) == -1 ||
	    make_room(e, node, 1, st) == -1)
		return -1;
	memmove(node->entries + i + 1, node->entries + i,
	    (node->n - i) * sizeof(*node->entries));
	node->entries[i] = entry;
	node->n++;
	return 0;
}

/* Put it into the subtree of this layer, which may be nothing, and whose layer
 * is its own or higher. */
static enum mst_edit_result
put_below(struct mst_edit *e, struct mst_edit_tree *t, int layer,
    const struct bounds *b, struct change *c, struct status *st)
{
	enum mst_edit_result r = MST_EDIT_ABSENT;
	struct mst_edit_node *node;
	struct bounds inner;
	bool found;
	size_t i;

	if (is_nothing(t) && (t->node = new_node(e, layer, 4, st)) == NULL)
		return MST_EDIT_FAILED;
	if (need(e, t, layer, b, st) == -1)
		return MST_EDIT_FAILED;
	node = t->node;
	i = find(node, &c->key, &found);
	if (found) {
		r = present(c, &node->entries[i]);
		node->entries[i].value = c->value;
	} else if (layer > c->layer) {
		inner = bounds_of(node, i, b);
		r = put_below(e, subtree(node, i), layer - 1, &inner, c, st);
	} else if (insert(e, node, i, c, b, st) == -1)
		return MST_EDIT_FAILED;
	t->link.at = NULL;
	return r;
}

/* Add nodes without entries above a subtree, until it has this layer. */
static int
raise_tree(struct mst_edit *e, struct mst_edit_tree *t, int from, int layer,
    struct status *st)
{
	struct mst_edit_node *node;

	for (; !is_nothing(t) && from < layer; from++) {
		if ((node = new_node(e, from + 1, 4, st)) == NULL)
			return -1;
		node->left = *t;
		*t = (struct mst_edit_tree){ .node = node };
	}
	return 0;
}

/* Put a root with this key above the present root. */
static enum mst_edit_result
put_above(struct mst_edit *e, const struct change *c, struct status *st)
{
	const struct bounds none = { { NULL, 0 }, { NULL, 0 } };
	int layer = e->root.node->layer;
	struct mst_edit_tree low = e->root, high;
	struct mst_edit_node *node;

	if (split(e, &low, layer, &none, &c->key, &high, st) == -1 ||
	    raise_tree(e, &low, layer, c->layer - 1, st) == -1 ||
	    raise_tree(e, &high, layer, c->layer - 1, st) == -1 ||
	    (node = new_node(e, c->layer, 4, st)) == NULL)
		return MST_EDIT_FAILED;
	node->left = low;
	node->entries[node->n++] = (struct mst_edit_entry){ c->key, c->value,
		high };
	e->root = (struct mst_edit_tree){ .node = node };
	return MST_EDIT_ABSENT;
}

enum mst_edit_result
mst_edit_put(struct mst_edit *e, const struct slice *key,
    const struct slice *value, struct slice *before, struct status *st)
{
	const struct bounds none = { { NULL, 0 }, { NULL, 0 } };
	struct change c = {
		.key = { pool_copy(&e->pool, key, st), key->len },
		.value = { pool_copy(&e->pool, value, st), value->len },
		.layer = mst_layer(key->at, key->len),
		.before = before,
	};

	if (c.key.at == NULL || c.value.at == NULL || need_root(e, st) == -1)
		return MST_EDIT_FAILED;
	if (e->root.node->n == 0)
		e->root.node->layer = c.layer;
	if (c.layer > e->root.node->layer)
		return put_above(e, &c, st);
	return put_below(e, &e->root, e->root.node->layer, &none, &c, st);
}

/* Removing */

static int
take_out(struct mst_edit *e, struct mst_edit_node *node, size_t i,
    const struct bounds *b, struct status *st)
{
	struct mst_edit_entry *entry = &node->entries[i];
	struct bounds around = {
		.low = bounds_of(node, i, b).low,
		.high = bounds_of(node, i + 1, b).high,
	};

	if (join(e, subtree(node, i), node->layer - 1, &entry->after, &around,
		&entry->key, st) == -1)
		return -1;
	node->n--;
	memmove(entry, entry + 1, (node->n - i) * sizeof(*entry));
	return 0;
}

static enum mst_edit_result
remove_below(struct mst_edit *e, struct mst_edit_tree *t, int layer,
    const struct bounds *b, struct change *c, struct status *st)
{
	enum mst_edit_result r = MST_EDIT_ABSENT;
	struct mst_edit_node *node;
	struct bounds inner;
	bool found;
	size_t i;

	if (is_nothing(t) || layer < c->layer)
		return MST_EDIT_ABSENT;
	if (need(e, t, layer, b, st) == -1)
		return MST_EDIT_FAILED;
	node = t->node;
	i = find(node, &c->key, &found);
	if (found) {
		r = present(c, &node->entries[i]);
		if (take_out(e, node, i, b, st) == -1)
			return MST_EDIT_FAILED;
	} else {
		inner = bounds_of(node, i, b);
		r = remove_below(e, subtree(node, i), layer - 1, &inner, c, st);
	}
	if (r != MST_EDIT_PRESENT)
		return r;
	t->link.at = NULL;
	if (node->n == 0 && is_nothing(&node->left))
		*t = nothing;
	return r;
}

/* Replace a root without entries by its subtree. */
static int
lower_root(struct mst_edit *e, struct status *st)
{
	const struct bounds none = { { NULL, 0 }, { NULL, 0 } };
	struct mst_edit_node *node;

	while ((node = e->root.node) != NULL && node->n == 0) {
		e->root = node->left;
		if (!is_nothing(&e->root) &&
		    need(e, &e->root, node->layer - 1, &none, st) == -1)
			return -1;
	}
	return need_root(e, st);
}

enum mst_edit_result
mst_edit_remove(struct mst_edit *e, const struct slice *key,
    struct slice *before, struct status *st)
{
	const struct bounds none = { { NULL, 0 }, { NULL, 0 } };
	struct change c = {
		.key = *key,
		.layer = mst_layer(key->at, key->len),
		.before = before,
	};
	enum mst_edit_result r;

	if (need_root(e, st) == -1)
		return MST_EDIT_FAILED;
	r = remove_below(e, &e->root, e->root.node->layer, &none, &c, st);
	if (r == MST_EDIT_PRESENT && lower_root(e, st) == -1)
		return MST_EDIT_FAILED;
	return r;
}

/* Hashing */

struct writer {
	struct mst_edit *edit;
	int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	    struct status *);
	void *ctx;
};

static void
write_node(struct buf *out, struct mst_edit_node *node)
{
	struct slice before = { NULL, 0 };
	size_t i;

	out->len = 0;
	mst_write_begin(out, node->n);
	for (i = 0; i < node->n; i++) {
		mst_write_entry(out, &before, &node->entries[i].key,
		    &node->entries[i].value, &node->entries[i].after.link);
		before = node->entries[i].key;
	}
	mst_write_end(out, &node->left.link);
}

/* Compute the link of each changed subtree. */
static int
link_tree(const struct writer *w, struct mst_edit_tree *t, struct status *st)
{
	struct buf *out = &w->edit->out;
	uint8_t *cid;
	size_t i;

	if (t->node == NULL || t->link.at != NULL)
		return 0;
	for (i = 0; i <= t->node->n; i++)
		if (link_tree(w, subtree(t->node, i), st) == -1)
			return -1;
	write_node(out, t->node);
	cid = pool_take(&w->edit->pool, CID_REPO_BYTES, st);
	if (out->failed || cid == NULL)
		return status_no_memory(st);
	cid_of_block(cid, out->data, out->len);
	t->link = slice_make(cid, CID_REPO_BYTES);
	return w->put == NULL ? 0 :
				w->put(w->ctx, cid, out->data, out->len, st);
}

int
mst_edit_root(struct mst_edit *e, uint8_t *root,
    int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	struct status *),
    void *ctx, struct status *st)
{
	const struct writer w = { e, put, ctx };

	if (e->root.link.at == NULL && need_root(e, st) == -1)
		return -1;
	if (link_tree(&w, &e->root, st) == -1)
		return -1;
	memcpy(root, e->root.link.at, CID_REPO_BYTES);
	return 0;
}
