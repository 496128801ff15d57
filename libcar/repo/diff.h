/*
 * diff: what has changed between two trees, in the order of keys.
 *
 * A subtree that both trees have is skipped by its CID, so the time is
 * proportional to the change and not to the trees. The nodes that are read are
 * checked as in mst_walk(). If the old tree is valid, and no block of the
 * skipped subtrees is missing, a comparison to its end has checked the new tree
 * completely.
 */
#ifndef LIBCAR_REPO_DIFF_H
#define LIBCAR_REPO_DIFF_H

#include <stdbool.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/mst.h"

/* A key whose value differs. A value is a CID, or nothing if the tree doesn't
 * have the key. All are borrowed until the next call. */
struct diff_change {
	struct slice key, before, after;
};

struct diff_side {
	struct mst_cursor cursor; /* the caller sets ctx and get */

	/* The module's own. */
	struct mst_item item;
	enum mst_step step;
	bool used; /* the item was given */
};

/* All zero, except for the fields that the caller sets. */
struct diff {
	struct diff_side old, new;

	/* Called for each subtree that both trees have, while both cursors are
	 * at it, in the order of keys. It may walk it with mst_cursor_walk();
	 * then it is skipped. -1 stops the comparison. May be NULL. */
	void *ctx;
	int (*same)(void *ctx, struct diff *, struct status *);
	/* Also give the keys whose values are equal, except those in skipped
	 * subtrees. */
	bool equal;

	const struct diff_side *failed; /* after -1, unless same() failed */
};

/* Begin to compare the trees under these roots, which are borrowed until the
 * end; NULL is the empty tree. */
void diff_open(struct diff *, const struct slice *old, const struct slice *new);

/* The next change: 1, 0 at the end, or -1: STATUS_MISSING_BLOCK,
 * STATUS_BAD_TREE, STATUS_SYSTEM, or what get or same set. */
int diff_next(struct diff *, struct diff_change *, struct status *);

/* Release the memory; begin again with diff_open(). */
void diff_close(struct diff *);

#endif
