/*
 * mst: a node in its place in the tree, for the walk and the cursor of mst.h.
 */
#ifndef LIBCAR_REPO_MST_PRIVATE_H
#define LIBCAR_REPO_MST_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/mst.h"

struct mst_key {
	size_t len;
	uint8_t bytes[MST_MAX_KEY];
};

/* By bytes, the shorter one first: below 0, 0, or above. */
int mst_key_compare(const struct slice *, const struct slice *);

/* A node's subtree lies between two keys of its ancestors. */
struct mst_place {
	const struct slice *link;
	int layer;              /* -1: whatever its first key has */
	struct slice low, high; /* at NULL: no bound */
	bool root;
};

static inline struct slice
mst_key_slice(const struct mst_key *key)
{
	return slice_make(key->bytes, key->len);
}

/* Where blocks come from: `get` of struct mst_walk. */
struct mst_source {
	void *ctx;
	int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	    size_t *len, struct status *);
	bool trusted;
};

enum mst_place_state {
	MST_PLACE_OPEN,
	MST_PLACE_LOST,   /* it isn't there or failed its check */
	MST_PLACE_FAILED, /* get's -1 */
};

/* Get the node of a place and check it: its form, and every rule that it has
 * to follow there. The layer is that of its keys. */
enum mst_place_state mst_place_open(const struct mst_place *,
    const struct mst_source *, struct mst_node *, int *layer, struct status *);

/* Walk the subtree of a place, as mst_walk() walks a tree. */
int mst_walk_place(const struct mst_walk *, const struct mst_place *,
    struct status *);

/* The key of an entry, after the one before it in the node; they may be the
 * same memory. -1: STATUS_BAD_TREE. */
int mst_place_next_key(const struct mst_place *, const struct mst_key *before,
    struct mst_key *key, const struct mst_entry *, struct status *);

#endif
