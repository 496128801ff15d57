/*
 * mst: the Merkle search tree of a repo.
 * https://atproto.com/specs/repository#mst-structure
 *
 * A key's layer is the number of leading zero 2-bit pairs of its SHA-256.
 * The walk and the cursor check every node before they give anything of it:
 * form, order, longest prefixes, layer, links, required and forbidden empty
 * nodes, and that its keys lie between its parent's. So a tree that was walked
 * without loss is the one tree that its keys have.
 */
#ifndef LIBCAR_REPO_MST_H
#define LIBCAR_REPO_MST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"

#define MST_MAX_KEY 8192 /* bytes; longer ones condemn the tree */
#define MST_LAYERS 129   /* of the 256 bits of a hash: 0 to 128 */

/* The layer of a key. */
unsigned mst_layer(const void *key, size_t len);

struct mst_entry {
	size_t prefix;         /* `p` */
	const uint8_t *suffix; /* `k`; borrowed */
	size_t suffix_len;
	struct slice tree, value; /* CIDs `t`, `v`; nothing for null */
};

/* Reads a node's entries in order. */
struct mst_node {
	const uint8_t *start, *at, *end;
	uint64_t entries, entries_left;
	struct slice left; /* CID `l`; nothing for null */
};

/* Open a block as a node; its form is checked to the end, no more.
 * STATUS_BAD_TREE. */
int mst_node_open(struct mst_node *, const void *block, size_t len,
    struct status *);

/* The next entry of an open node: true, or false after the last one. */
bool mst_node_next(struct mst_node *, struct mst_entry *);

/*
 * The walk. The caller brings the blocks and takes the records.
 *
 * get: a node's block: 1, 0 if it isn't there, -1 stops the walk.
 * record: a key and its link, borrowed, in key order; -1 stops the walk.
 * lost: a node isn't there or failed its check, as the status says; 0 goes
 *     on without its subtree, -1 stops the walk. NULL: any loss stops it.
 * leave: the walk is done with a node: the last one that get gave and that it
 *     has not left yet. NULL: the caller doesn't need to know.
 */
struct mst_walk {
	void *ctx;
	int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	    size_t *len, struct status *);
	int (*record)(void *ctx, const uint8_t *key, size_t len,
	    const struct slice *value, struct status *);
	int (*lost)(void *ctx, struct status *);
	void (*leave)(void *ctx);
	bool trusted; /* walked before without loss: no checks */
};

/* Walk the tree under its root. 0, or -1: STATUS_BAD_TREE,
 * STATUS_MISSING_BLOCK, or what the caller's functions set. */
int mst_walk(const struct mst_walk *, const struct slice *root,
    struct status *);

/*
 * The cursor walks the same tree on request, with the same checks. It can tell
 * of each subtree before it enters it, and pass over it: two trees are compared
 * by passing over what has the same CID in both, and a key is looked up by
 * passing over what ends before it.
 */
enum mst_step {
	MST_END,
	MST_RECORD,
	MST_SUBTREE, /* the next call enters it, unless it is skipped */
	MST_LOST,    /* a subtree that isn't there or failed its check, as the
			status says; the next call goes on without it */
	MST_FAILED,  /* what get set, or STATUS_SYSTEM; give up */
};

/* What the cursor came to; borrowed until the next call. */
struct mst_item {
	const uint8_t *key; /* of a record; or the one that follows a subtree */
	size_t key_len;     /* in its parents, where NULL is none */
	struct slice link;  /* a record's value, or the root of a subtree */
	int layer; /* of a subtree; of the whole tree, before it is read,
		      MST_LAYERS, which is above all */
};

struct mst_cursor {
	/* The caller's, to be set before the first call. What get gives has to
	 * stay until the cursor is closed. */
	void *ctx;
	int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	    size_t *len, struct status *);
	bool subtrees; /* tell of subtrees; may be changed at any time */

	/* The cursor's own. */
	struct slice root;
	struct mst_level *top;   /* the root's node and those below it */
	struct mst_level *level; /* the innermost that was entered, or NULL */
	bool waiting;            /* a subtree is to be entered */
	bool told;               /* and the caller knows */
};

/* Begin before the root, whose link is borrowed. */
void mst_cursor_open(struct mst_cursor *, const struct slice *root);

/* Go to what comes next in the order of keys. */
enum mst_step mst_cursor_next(struct mst_cursor *, struct mst_item *,
    struct status *);

/* After MST_SUBTREE: don't enter it. */
void mst_cursor_skip(struct mst_cursor *);

/* After MST_SUBTREE: walk it as mst_walk() does, and don't enter it. */
int mst_cursor_walk(struct mst_cursor *, const struct mst_walk *,
    struct status *);

/* Release the memory; begin again with mst_cursor_open(). */
void mst_cursor_close(struct mst_cursor *);

/*
 * Build the tree of sorted, distinct keys: every node's block is handed to
 * put, children before parents; root gets CID_REPO_BYTES. 0, or -1:
 * STATUS_BAD_KEY (order), STATUS_SYSTEM, or what put set.
 */
struct mst_leaf {
	const uint8_t *key;
	size_t key_len;
	const uint8_t *cid;
	size_t cid_len;
};

int mst_build(const struct mst_leaf *leaves, size_t n,
    int (*put)(void *ctx, const uint8_t *cid, const void *block, size_t len,
	struct status *),
    void *ctx, uint8_t *root, struct status *);

#endif
