/*
 * mst_edit: change a tree, and hash it again.
 *
 * An edit reads only the nodes that it needs; the others stay links. So this
 * also works on a slice, which is a part of a tree: a commit of the event
 * stream brings the nodes that are needed to undo its operations, and undoing
 * them must give the tree before (inversion, https://atproto.com/specs/sync).
 * Nodes are checked when they are read, as in mst_walk().
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

/* A subtree. Neither member: no subtree; only a link: not read yet; only a
 * node: changed. */
struct mst_edit_tree {
	struct slice link;
	struct mst_edit_node *node;
};

/* All zero, except for ctx and get, before mst_edit_open(). */
struct mst_edit {
	/* The caller's. get finds the block of a node, which must stay as long
	 * as the tree: 1, 0 if it is missing, -1 and the status. */
	void *ctx;
	int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	    size_t *len, struct status *);

	/* The module's own. */
	struct mst_edit_tree root;
	struct pool pool;
	struct buf out;
};

/* Was the key in the tree before? FAILED: STATUS_MISSING_BLOCK, if the slice
 * lacks a node; STATUS_BAD_TREE, STATUS_SYSTEM, or the status of get. After
 * that the tree can't be used. */
enum mst_edit_result {
	MST_EDIT_FAILED = -1,
	MST_EDIT_ABSENT,
	MST_EDIT_PRESENT,
};

/* Begin with the tree under this root, which is borrowed as long as the tree,
 * or with the empty tree (NULL). This forgets the tree that was open before and
 * uses its memory again. */
void mst_edit_open(struct mst_edit *, const struct slice *root);

/* The value of the key, if the tree has it; borrowed as long as the tree. */
enum mst_edit_result mst_edit_get(struct mst_edit *, const struct slice *key,
    struct slice *value, struct status *);

/* Set the value of the key, a CID; both are copied. The key has 1 to
 * MST_MAX_KEY bytes. If before isn't NULL, *before becomes the value until
 * now. */
enum mst_edit_result mst_edit_put(struct mst_edit *, const struct slice *key,
    const struct slice *value, struct slice *before, struct status *);

/* Remove the key. MST_EDIT_ABSENT: nothing has changed. */
enum mst_edit_result mst_edit_remove(struct mst_edit *, const struct slice *key,
    struct slice *before, struct status *);

/* Compute the CID of the root, CID_REPO_BYTES. put gets the block of each new
 * node, children before parents; put may be NULL. 0, or -1: STATUS_SYSTEM, or
 * the status of put. */
int mst_edit_root(struct mst_edit *, uint8_t *root,
    int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	struct status *),
    void *ctx, struct status *);

void mst_edit_close(struct mst_edit *);

#endif
