#include "config.h"

#include <stdlib.h>

#include "libcar/base/buf.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/mst.h"

/*
 * A tree has only one form, so that it is built top down: the keys of the
 * highest layer are the root's, and those between two of them its subtrees,
 * where a layer without a key becomes an empty node.
 */

struct builder {
	const struct mst_leaf *leaves;
	uint8_t *layers; /* of each leaf */
	int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	    struct status *);
	void *ctx;
};

static size_t
common_prefix(const struct mst_leaf *a, const struct mst_leaf *b)
{
	size_t i = 0, n = a->key_len < b->key_len ? a->key_len : b->key_len;

	while (i < n && a->key[i] == b->key[i])
		i++;
	return i;
}

static int build_node(const struct builder *, size_t first, size_t end,
    int layer, uint8_t *cid, struct status *);

/* Where the next key of this layer is, at or after `at`. */
static size_t
next_of_layer(const struct builder *b, size_t at, size_t end, int layer)
{
	while (at < end && b->layers[at] != layer)
		at++;
	return at;
}

/* Append a link to the subtree of leaves [first, end), or null. */
static int
build_subtree(const struct builder *b, struct buf *out, size_t first,
    size_t end, int layer, struct status *st)
{
	uint8_t cid[CID_REPO_BYTES];

	if (first == end) {
		dagcbor_write_null(out);
		return 0;
	}
	if (build_node(b, first, end, layer - 1, cid, st) == -1)
		return -1;
	dagcbor_write_link(out, cid, sizeof(cid));
	return 0;
}

static int
build_entry(const struct builder *b, struct buf *out, const size_t *before,
    size_t at, size_t next, int layer, struct status *st)
{
	const struct mst_leaf *leaf = &b->leaves[at];
	size_t prefix = 0;

	if (before != NULL)
		prefix = common_prefix(&b->leaves[*before], leaf);
	dagcbor_write_map(out, 4);
	dagcbor_write_text(out, "k", 1);
	dagcbor_write_bytes(out, leaf->key + prefix, leaf->key_len - prefix);
	dagcbor_write_text(out, "p", 1);
	dagcbor_write_uint(out, prefix);
	dagcbor_write_text(out, "t", 1);
	if (build_subtree(b, out, at + 1, next, layer, st) == -1)
		return -1;
	dagcbor_write_text(out, "v", 1);
	dagcbor_write_link(out, leaf->cid, leaf->cid_len);
	return 0;
}

static int
build_entries(const struct builder *b, struct buf *out, size_t first,
    size_t end, int layer, struct status *st)
{
	size_t at = next_of_layer(b, first, end, layer), next, n = 0, before;

	for (next = at; next < end; n++)
		next = next_of_layer(b, next + 1, end, layer);
	dagcbor_write_map(out, 2);
	dagcbor_write_text(out, "e", 1);
	dagcbor_write_array(out, n);
	for (n = 0; at < end; before = at, at = next, n++) {
		next = next_of_layer(b, at + 1, end, layer);
		if (build_entry(b, out, n == 0 ? NULL : &before, at, next,
			layer, st) == -1)
			return -1;
	}
	return 0;
}

static int
build_node(const struct builder *b, size_t first, size_t end, int layer,
    uint8_t *cid, struct status *st)
{
	struct buf out = { .len = 0 };
	int rc = -1;

	if (build_entries(b, &out, first, end, layer, st) == -1)
		goto out;
	dagcbor_write_text(&out, "l", 1);
	if (build_subtree(b, &out, first, next_of_layer(b, first, end, layer),
		layer, st) == -1)
		goto out;
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
	size_t i, p;

	for (i = 1; i < n; i++) {
		p = common_prefix(&leaves[i - 1], &leaves[i]);
		if (p == leaves[i].key_len ||
		    (p < leaves[i - 1].key_len &&
			leaves[i].key[p] < leaves[i - 1].key[p]))
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
