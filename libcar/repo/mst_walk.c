#include "config.h"

#include "libcar/repo/mst_private.h"

/*
 * The walk goes node by node, and entry by entry, in the order of keys. It
 * reads the key after a subtree before it walks the subtree, because the key is
 * the subtree's upper bound. It recurses as deep as the tree has layers.
 */

static int walk_place(const struct mst_walk *, const struct mst_place *,
    struct status *);

/* Walk the subtree of a node of this layer; nothing if the link is null. */
static int
walk_subtree(const struct mst_walk *w, const struct slice *link, int layer,
    const struct slice *low, const struct slice *high, struct status *st)
{
	struct mst_place at = { link, layer - 1, *low, *high, false };

	return link->at == NULL ? 0 : walk_place(w, &at, st);
}

static int
walk_node(const struct mst_walk *w, const struct mst_place *at,
    struct mst_node *node, int layer, struct status *st)
{
	struct mst_key keys[2], *now = &keys[0], *next = &keys[1], *swap;
	struct mst_entry e = { .tree = node->left };
	struct slice tree = node->left;
	struct slice low = at->low, high;
	bool more;

	for (now->len = 0;; low = mst_key_slice(now), tree = e.tree) {
		more = mst_node_next(node, &e);
		if (more && mst_place_next_key(at, now, next, &e, st) == -1)
			return -1;
		high = more ? mst_key_slice(next) : at->high;
		if (walk_subtree(w, &tree, layer, &low, &high, st) == -1)
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
walk_place(const struct mst_walk *w, const struct mst_place *at,
    struct status *st)
{
	struct mst_source source = { w->ctx, w->get, w->trusted };
	struct mst_node node;
	int layer = at->layer, rc;

	switch (mst_place_open(at, &source, &node, &layer, st)) {
	case MST_PLACE_OPEN:
		rc = walk_node(w, at, &node, layer, st);
		if (w->leave != NULL)
			w->leave(w->ctx);
		return rc;
	case MST_PLACE_LOST:
		return w->lost == NULL ? -1 : w->lost(w->ctx, st);
	default:
		return -1;
	}
}

int
mst_walk_place(const struct mst_walk *w, const struct mst_place *at,
    struct status *st)
{
	return walk_place(w, at, st);
}

int
mst_walk(const struct mst_walk *w, const struct slice *root, struct status *st)
{
	struct mst_place at = { .link = root, .layer = -1, .root = true };

	return walk_place(w, &at, st);
}
