#include "config.h"

#include <string.h>

#include "libcar/repo/mst.h"

struct key {
	size_t len;
	uint8_t bytes[MST_MAX_KEY];
};

/* A node on its way: its subtree lies between two keys of its ancestors. */
struct place {
	const struct slice *link;
	int layer;                    /* -1: whatever its first key has */
	const struct key *low, *high; /* NULL: no bound */
	bool root;
};

static int
compare(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes,
	    a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int
bad_tree(const struct place *at, const char *what, struct status *st)
{
	char cid[CID_MAX_TEXT];
	size_t len = cid_format(cid, slice_bytes(at->link), at->link->len);

	return status_set(st, STATUS_BAD_TREE, 0, "node %.*s: %s", (int)len,
	    cid, what);
}

/* The key after `before` in the node (they may be the same memory): its prefix
 * must be the longest and it must be greater, which the byte after the prefix
 * decides alone. */
static int
next_key(const struct place *at, const struct key *before, struct key *key,
    const struct mst_entry *e, struct status *st)
{
	if (e->prefix > before->len)
		return bad_tree(at, "prefix longer than the key before", st);
	if (e->suffix_len > MST_MAX_KEY - e->prefix)
		return bad_tree(at, "key of too many bytes", st);
	if (e->suffix_len == 0)
		return bad_tree(at, "key out of order", st);
	if (e->prefix < before->len && e->suffix[0] < before->bytes[e->prefix])
		return bad_tree(at, "key out of order", st);
	if (e->prefix < before->len && e->suffix[0] == before->bytes[e->prefix])
		return bad_tree(at, "prefix that isn't the longest", st);
	if (key != before)
		memcpy(key->bytes, before->bytes, e->prefix);
	memcpy(key->bytes + e->prefix, e->suffix, e->suffix_len);
	key->len = e->prefix + e->suffix_len;
	return 0;
}

static int
check_layer(const struct place *at, const struct key *key, int *layer,
    struct status *st)
{
	int want = mst_layer(key->bytes, key->len);

	if (*layer == -1)
		*layer = want;
	if (*layer != want)
		return bad_tree(at, "key of another layer", st);
	return 0;
}

/* A node without entries only leads on to the layer below; an empty repo's
 * root doesn't even do that. */
static int
check_empty(const struct place *at, const struct mst_node *n, struct status *st)
{
	if (at->root && n->left.at != NULL)
		return bad_tree(at, "root without entries", st);
	if (!at->root && n->left.at == NULL)
		return bad_tree(at, "empty node", st);
	return 0;
}

/* Every rule about one node; sets its layer. */
static int
check_node(const struct place *at, struct mst_node node, int *layer,
    struct status *st)
{
	struct mst_entry e = { .tree = node.left };
	struct key key;
	bool first = true;

	*layer = at->layer;
	key.len = 0;
	if (node.entries == 0 && check_empty(at, &node, st) == -1)
		return -1;
	for (; mst_node_next(&node, &e); first = false) {
		if (next_key(at, &key, &key, &e, st) == -1 ||
		    check_layer(at, &key, layer, st) == -1)
			return -1;
		if (*layer == 0 && e.tree.at != NULL)
			return bad_tree(at, "subtree below layer 0", st);
		if (first && at->low != NULL && compare(&key, at->low) <= 0)
			return bad_tree(at, "key out of order", st);
	}
	if (*layer == 0 && node.left.at != NULL)
		return bad_tree(at, "subtree below layer 0", st);
	if (!first && at->high != NULL && compare(&key, at->high) >= 0)
		return bad_tree(at, "key out of order", st);
	return 0;
}

static int walk_place(const struct mst_walk *, const struct place *,
    struct status *);

/* A subtree of a node of this layer, or nothing where the link is null. */
static int
walk_subtree(const struct mst_walk *w, const struct slice *link, int layer,
    const struct key *low, const struct key *high, struct status *st)
{
	struct place at = { link, layer - 1, low, high, false };

	return link->at == NULL ? 0 : walk_place(w, &at, st);
}

static int
walk_node(const struct mst_walk *w, const struct place *at,
    struct mst_node *node, int layer, struct status *st)
{
	struct key keys[2], *now = &keys[0], *next = &keys[1], *swap;
	struct mst_entry e = { .tree = node->left };
	struct slice tree = node->left;
	const struct key *low = at->low;
	bool more;

	for (now->len = 0;; low = now, tree = e.tree) {
		more = mst_node_next(node, &e);
		if (more && next_key(at, now, next, &e, st) == -1)
			return -1;
		if (walk_subtree(w, &tree, layer, low, more ? next : at->high,
			st) == -1)
			return -1;
		if (!more)
			return 0;
		if (w->record(w->ctx, next->bytes, next->len, &e.value, st) ==
		    -1)
			return -1;
		swap = now;
		now = next;
		next = swap;
	}
}

static int
open_place(const struct mst_walk *w, const struct place *at,
    struct mst_node *node, int *layer, struct status *st)
{
	const uint8_t *block;
	char cid[CID_MAX_TEXT];
	size_t len;
	int n;

	if ((n = w->get(w->ctx, at->link, &block, &len, st)) == -1)
		return -1;
	if (n == 0) {
		len = cid_format(cid, slice_bytes(at->link), at->link->len);
		status_set(st, STATUS_MISSING_BLOCK, 0, "node %.*s isn't there",
		    (int)len, cid);
		return 0;
	}
	if (mst_node_open(node, block, len, st) == -1)
		return 0;
	if (!w->trusted && check_node(at, *node, layer, st) == -1)
		return 0;
	return 1;
}

static int
walk_place(const struct mst_walk *w, const struct place *at, struct status *st)
{
	struct mst_node node;
	int layer = at->layer, n;

	if ((n = open_place(w, at, &node, &layer, st)) == -1)
		return -1;
	if (n == 0)
		return w->lost == NULL ? -1 : w->lost(w->ctx, st);
	return walk_node(w, at, &node, layer, st);
}

int
mst_walk(const struct mst_walk *w, const struct slice *root, struct status *st)
{
	struct place at = { root, -1, NULL, NULL, true };

	return walk_place(w, &at, st);
}
