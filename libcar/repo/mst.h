/*
 * mst: the Merkle search tree of a repo.
 * https://atproto.com/specs/repository#mst-structure
 *
 * A key's layer is the number of leading zero 2-bit pairs of its SHA-256.
 * The walk checks every node before it gives anything of it: form, order,
 * longest prefixes, layer, links, required and forbidden empty nodes, and
 * that its keys lie between its parent's. So a tree that was walked without
 * loss is the one tree that its keys have.
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
	struct slice left; /* `l`, likewise */
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
 */
struct mst_walk {
	void *ctx;
	int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	    size_t *len, struct status *);
	int (*record)(void *ctx, const uint8_t *key, size_t len,
	    const struct slice *value, struct status *);
	int (*lost)(void *ctx, struct status *);
	bool trusted; /* walked before without loss: no checks */
};

/* Walk the tree under its root. 0, or -1: STATUS_BAD_TREE,
 * STATUS_MISSING_BLOCK, or what the caller's functions set. */
int mst_walk(const struct mst_walk *, const struct slice *root,
    struct status *);

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
