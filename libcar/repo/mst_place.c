#include "config.h"

#include <string.h>

#include "libcar/repo/mst_private.h"

/*
 * The rules for a node in its place: keys are in order, within the bounds from
 * its ancestors, with the longest prefixes, and of one layer, one below the
 * parent's; subtrees exist only above layer 0, and empty nodes only where a
 * layer has no key between two layers with keys. The whole node is checked
 * before anything in it is returned.
 */

int
mst_key_compare(const struct slice *a, const struct slice *b)
{
	int order = memcmp(a->at, b->at, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* A missing bound is beyond every key. */
static bool
is_above(const struct mst_key *key, const struct slice *low)
{
	struct slice k = mst_key_slice(key);

	return low->at == NULL || mst_key_compare(&k, low) > 0;
}

static bool
is_below(const struct mst_key *key, const struct slice *high)
{
	struct slice k = mst_key_slice(key);

	return high->at == NULL || mst_key_compare(&k, high) < 0;
}

static int
bad_tree(const struct mst_place *at, const char *what, struct status *st)
{
	char cid[CID_MAX_TEXT];
	size_t len = cid_format(cid, slice_bytes(at->link), at->link->len);

	return status_set(st, STATUS_BAD_TREE, 0, "node %.*s: %s", (int)len,
	    cid, what);
}

/* Read the key after `before` (they may be the same memory). Its prefix must be
 * the longest and the key must be greater; the byte after the prefix alone
 * decides both. */
int
mst_place_next_key(const struct mst_place *at, const struct mst_key *before,
    struct mst_key *key, const struct mst_entry *e, struct status *st)
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
check_layer(const struct mst_place *at, const struct mst_key *key, int *layer,
    struct status *st)
{
	int want = mst_layer(key->bytes, key->len);

	if (*layer == -1)
		*layer = want;
	if (*layer != want)
		return bad_tree(at, "key of another layer", st);
	return 0;
}

/* A node without entries only leads to the layer below; an empty repo's root
 * doesn't even do that. */
static int
check_empty(const struct mst_place *at, const struct mst_node *n,
    struct status *st)
{
	if (at->root && n->left.at != NULL)
		return bad_tree(at, "root without entries", st);
	if (!at->root && n->left.at == NULL)
		return bad_tree(at, "empty node", st);
	return 0;
}

/* Check every rule about one node; set its layer. */
static int
check_node(const struct mst_place *at, struct mst_node node, int *layer,
    struct status *st)
{
	struct mst_entry e = { .tree = node.left };
	struct mst_key key;
	bool first = true;

	*layer = at->layer;
	key.len = 0;
	if (node.entries == 0 && check_empty(at, &node, st) == -1)
		return -1;
	for (; mst_node_next(&node, &e); first = false) {
		if (mst_place_next_key(at, &key, &key, &e, st) == -1 ||
		    check_layer(at, &key, layer, st) == -1)
			return -1;
		if (*layer == 0 && e.tree.at != NULL)
			return bad_tree(at, "subtree below layer 0", st);
		if (first && !is_above(&key, &at->low))
			return bad_tree(at, "key out of order", st);
	}
	if (*layer == 0 && node.left.at != NULL)
		return bad_tree(at, "subtree below layer 0", st);
	if (!first && !is_below(&key, &at->high))
		return bad_tree(at, "key out of order", st);
	return 0;
}

enum mst_place_state
mst_place_open(const struct mst_place *at, const struct mst_source *source,
    struct mst_node *node, int *layer, struct status *st)
{
	const uint8_t *block;
	char cid[CID_MAX_TEXT];
	size_t len;
	int n;

	if ((n = source->get(source->ctx, at->link, &block, &len, st)) == -1)
		return MST_PLACE_FAILED;
	if (n == 0) {
		len = cid_format(cid, slice_bytes(at->link), at->link->len);
		status_set(st, STATUS_MISSING_BLOCK, 0, "node %.*s is missing",
		    (int)len, cid);
		return MST_PLACE_LOST;
	}
	if (mst_node_open(node, block, len, st) == -1)
		return MST_PLACE_LOST;
	if (!source->trusted && check_node(at, *node, layer, st) == -1)
		return MST_PLACE_LOST;
	return MST_PLACE_OPEN;
}
