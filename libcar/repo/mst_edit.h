/*
 * mst_edit: a tree that is edited, and hashed again.
 *
 * Of the tree only those nodes are read that an edit needs; the others stay
 * links. So it also works on a slice, which is a part of a tree: a commit of
 * the event stream has the nodes that undoing its operations needs, and undoing
 * them must give the tree before (inversion, https://atproto.com/specs/sync).
 * A node is checked when it is read, as by mst_walk().
 */
#ifndef LIBCAR_REPO_MST_EDIT_H
#define LIBCAR_REPO_MST_EDIT_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/pool.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

struct mst_edit_node;

/* A subtree. Neither: none; a link alone: not read; a node alone: changed. */
struct mst_edit_tree {
	struct slice link;
	struct mst_edit_node *node;
};

/* All zero, but for ctx and get, before it is opened. */
struct mst_edit {
	/* The caller's. Brings a node's block, which has to stay as long as the
	 * tree: 1, 0 if it isn't there, -1 and the status. */
	void *ctx;
	int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	    size_t *len, struct status *);

	/* The module's own. */
	struct mst_edit_tree root;
	struct pool pool;
	struct buf out;
};

/* What the key had before. FAILED: STATUS_MISSING_BLOCK, if the slice lacks a
 * node; STATUS_BAD_TREE, STATUS_SYSTEM, or what get set. The tree can't be used
 * any more then. */
enum mst_edit_result {
	MST_EDIT_FAILED = -1,
	MST_EDIT_ABSENT,
	MST_EDIT_PRESENT,
};

/* Begin with the tree under this root, which is borrowed as long as the tree,
 * or with the empty tree (NULL). A tree that was open before is forgotten, and
 * its memory used again. */
void mst_edit_open(struct mst_edit *, const struct slice *root);

/* The key's value, borrowed as long as the tree, if it is there. */
enum mst_edit_result mst_edit_get(struct mst_edit *, const struct slice *key,
    struct slice *value, struct status *);

/* Give the key this value, a CID; both are copied. The key has at least one
 * byte and at most MST_MAX_KEY. *before, if before isn't NULL: its value until
 * now. */
enum mst_edit_result mst_edit_put(struct mst_edit *, const struct slice *key,
    const struct slice *value, struct slice *before, struct status *);

/* Take the key out. MST_EDIT_ABSENT: nothing has changed. */
enum mst_edit_result mst_edit_remove(struct mst_edit *, const struct slice *key,
    struct slice *before, struct status *);

/* The CID of the root, CID_REPO_BYTES. The block of each node that is new is
 * handed to put, children before parents; put may be NULL. 0, or -1:
 * STATUS_SYSTEM, or what put set. */
int mst_edit_root(struct mst_edit *, uint8_t *root,
    int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	struct status *),
    void *ctx, struct status *);

void mst_edit_close(struct mst_edit *);

#endif
