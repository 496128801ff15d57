#include "config.h"

#include <stdlib.h>

#include "libcar/repo/mst_private.h"
#include "libcar/repo/mst_write_private.h"

/*
 * A tree has only one form, so build it top down: the root has the keys of the
 * highest layer, with subtrees between them. A layer without a key becomes an
 * empty node.
 */

struct builder {
	const struct mst_leaf *leaves;
	uint8_t *layers; /* of each leaf */
	int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	    struct status *);
	void *ctx;
};

static struct slice
key_of(const struct mst_leaf *leaf)
{
	return slice_make(leaf->key, leaf->key_len);
}

static int build_node(const struct builder *, size_t first, size_t end,
    int layer, uint8_t *cid, struct status *);

/* Find the next key of this layer, at or after `at`. */
static size_t
next_of_layer(const struct builder *b, size_t at, size_t end, int layer)
{
	while (at < end && b->layers[at] != layer)
		at++;
	return at;
}

/* Build the subtree of leaves [first, end) below a layer; without leaves, its
 * link is nothing. */
static int
build_subtree(const struct builder *b, size_t first, size_t end, int layer,
    uint8_t *cid, struct slice *link, struct status *st)
{
	*link = (struct slice){ NULL, 0 };
	if (first == end)
		return 0;
	*link = slice_make(cid, CID_REPO_BYTES);
	return build_node(b, first, end, layer - 1, cid, st);
}

static int
build_entry(const struct builder *b, struct buf *out, struct slice *before,
    size_t at, size_t next, int layer, struct status *st)
{
	struct slice key = key_of(&b->leaves[at]), tree;
	struct slice value = slice_make(b->leaves[at].cid,
	    b->leaves[at].cid_len);
	uint8_t cid[CID_REPO_BYTES];

	if (build_subtree(b, at + 1, next, layer, cid, &tree, st) == -1)
		return -1;
	mst_write_entry(out, before, &key, &value, &tree);
	*before = key;
	return 0;
}

static int
build_entries(const struct builder *b, struct buf *out, size_t first,
    size_t end, int layer, struct status *st)
{
	size_t at = next_of_layer(b, first, end, layer), next, n = 0;
	struct slice before = { NULL, 0 };

	for (next = at; next < end; n++)
		next = next_of_layer(b, next + 1, end, layer);
	mst_write_begin(out, n);
	for (; at < end; at = next) {
		next = next_of_layer(b, at + 1, end, layer);
		if (build_entry(b, out, &before, at, next, layer, st) == -1)
			return -1;
	}
	return 0;
}

static int
build_node(const struct builder *b, size_t first, size_t end, int layer,
    uint8_t *cid, struct status *st)
{
	struct buf out = { .len = 0 };
	struct slice left;
	int rc = -1;

	if (build_entries(b, &out, first, end, layer, st) == -1 ||
	    build_subtree(b, first, next_of_layer(b, first, end, layer), layer,
		cid, &left, st) == -1)
		goto out;
	mst_write_end(&out, &left);
	if (out.failed) {
		status_no_memory(st);
		goto out;
	}
	cid_of_block(cid, out.data, out.len);
	rc = b->put(b->ctx, cid, out.data, out.len, st);
out:
	buf_free(&out);
	return rc;
}

static int
check_leaves(const struct mst_leaf *leaves, size_t n, struct status *st)
{
	struct slice before, key;
	size_t i;

	for (i = 1; i < n; i++) {
		before = key_of(&leaves[i - 1]);
		key = key_of(&leaves[i]);
		if (mst_key_compare(&before, &key) >= 0)
			return status_set(st, STATUS_BAD_KEY, i,
			    "keys that aren't sorted");
	}
	return 0;
}

int
mst_build(const struct mst_leaf *leaves, size_t n,
    int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	struct status *),
    void *ctx, uint8_t *root, struct status *st)
{
	struct builder b = { leaves, NULL, put, ctx };
	int top = 0, rc;
	size_t i;

	if (check_leaves(leaves, n, st) == -1)
		return -1;
	if ((b.layers = malloc(n + 1)) == NULL)
		return status_no_memory(st);
	for (i = 0; i < n; i++) {
		b.layers[i] = mst_layer(leaves[i].key, leaves[i].key_len);
		if (b.layers[i] > top)
			top = b.layers[i];
	}
	rc = build_node(&b, 0, n, top, root, st);
	free(b.layers);
	return rc;
}
