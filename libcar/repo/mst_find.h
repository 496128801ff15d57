/*
 * mst_find: one key of a tree, looked up along its path.
 *
 * The path are the nodes from the root down to the key, or to the end of the
 * tree where the key would be. Each is checked as in mst_walk(). Other nodes
 * are not needed, so this also works on a part of a tree.
 */
#ifndef LIBCAR_REPO_MST_FIND_H
#define LIBCAR_REPO_MST_FIND_H

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/mst.h"

/* FAILED: STATUS_MISSING_BLOCK, if a node of the path is missing;
 * STATUS_BAD_TREE, STATUS_SYSTEM, or the status of get. */
enum mst_find_result {
	MST_FIND_FAILED = -1,
	MST_FIND_ABSENT,
	MST_FIND_PRESENT,
};

/* Look the key up in the tree under this root. The caller sets ctx and get of
 * the cursor, may use it for many keys, and closes it. get is called once for
 * each node of the path, from the root down. The value is borrowed from its
 * node's block. */
enum mst_find_result mst_find(struct mst_cursor *, const struct slice *root,
    const struct slice *key, struct slice *value, struct status *);

#endif
