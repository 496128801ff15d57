#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/base/hash.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/mst.h"

#define NULL_LINK 0xf6

unsigned
mst_layer(const void *key, size_t len)
{
	uint8_t digest[32];
	unsigned i = 0;

	hash_sha256(digest, key, len);
	while (i < sizeof(digest) && digest[i] == 0)
		i++;
	if (i == sizeof(digest))
		return MST_LAYERS - 1;
	return i * 4 + __builtin_clz((unsigned)digest[i] << 24) / 2;
}

/*
 * A node's form has no freedom, so it is read as fixed bytes with holes:
 * {"e": [{"k": bytes, "p": int, "t": link or null, "v": link}, …],
 *  "l": link or null}
 * In CBOR an `a` is the head of a text of one byte.
 */
#define MAP_2 "\xa2"
#define MAP_4 "\xa4"

static int
bad_form(const struct mst_node *n, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_TREE, n->at - n->start,
	    "node: %s at byte %zu", what, (size_t)(n->at - n->start));
}

static inline bool
take(struct mst_node *n, const char *bytes, size_t len)
{
	if ((size_t)(n->end - n->at) < len || memcmp(n->at, bytes, len) != 0)
		return false;
	n->at += len;
	return true;
}

/* A shortest head of this major type with a number of at most 32 bits. */
static inline bool
take_head(struct mst_node *n, unsigned major, uint64_t *value)
{
	size_t left = n->end - n->at, len, i;
	const uint8_t *p = n->at;
	unsigned info;

	if (left == 0 || p[0] >> 5 != major)
		return false;
	info = p[0] & 31;
	*value = info;
	if (info < 24) {
		n->at++;
		return true;
	}
	len = info == 24 ? 1 : info == 25 ? 2 : info == 26 ? 4 : left;
	if (left <= len)
		return false;
	for (i = 1, *value = 0; i <= len; i++)
		*value = *value << 8 | p[i];
	n->at += 1 + len;
	return *value >= (len == 1 ? 24u : len == 2 ? 256u : 65536u);
}

/* Tag 42 and a CID of the form that nodes have. */
static inline bool
take_node_link(struct mst_node *n, struct slice *link)
{
	link->at = NULL;
	link->len = 0;
	if (n->at < n->end && *n->at == NULL_LINK) {
		n->at++;
		return true;
	}
	if (!take(n, "\xd8\x2a\x58\x25\x00", 5) ||
	    (size_t)(n->end - n->at) < CID_REPO_BYTES ||
	    !cid_is_repo(n->at, CID_REPO_BYTES))
		return false;
	link->at = (const char *)n->at;
	link->len = CID_REPO_BYTES;
	n->at += CID_REPO_BYTES;
	return true;
}

/* Tag 42 and any CID. */
static inline bool
take_value_link(struct mst_node *n, struct slice *link)
{
	struct status ignored;
	struct cid cid;
	uint64_t len;

	if ((size_t)(n->end - n->at) >= 5 + CID_REPO_BYTES &&
	    memcmp(n->at, "\xd8\x2a\x58\x25\x00", 5) == 0 &&
	    cid_is_repo(n->at + 5, CID_REPO_BYTES))
		return take_node_link(n, link);
	if (!take(n, "\xd8\x2a", 2) || !take_head(n, 2, &len) || len < 2 ||
	    len > CID_MAX_BYTES + 1 || (uint64_t)(n->end - n->at) < len ||
	    n->at[0] != 0)
		return false;
	link->at = (const char *)n->at + 1;
	link->len = len - 1;
	n->at += len;
	return cid_parse(&cid, slice_bytes(link), link->len, &ignored) ==
	    (int)link->len;
}

static inline const char *
take_entry(struct mst_node *n, struct mst_entry *e)
{
	uint64_t len, prefix;

	if (!take(n, MAP_4 "ak", 3) || !take_head(n, 2, &len) ||
	    (uint64_t)(n->end - n->at) < len)
		return "want an entry and its k";
	e->suffix = n->at;
	e->suffix_len = len;
	n->at += len;
	if (!take(n, "ap", 2) || !take_head(n, 0, &prefix))
		return "want an entry's p";
	e->prefix = prefix;
	if (!take(n, "at", 2) || !take_node_link(n, &e->tree))
		return "want an entry's t";
	if (!take(n, "av", 2) || !take_value_link(n, &e->value))
		return "want an entry's v";
	return NULL;
}

int
mst_node_open(struct mst_node *n, const void *block, size_t len,
    struct status *st)
{
	const uint8_t *first;
	struct mst_entry e;
	const char *wrong;
	uint64_t i;

	n->start = n->at = block;
	n->end = n->start + len;
	if (!take(n, MAP_2 "ae", 3) || !take_head(n, 4, &n->entries))
		return bad_form(n, "want a map with e", st);
	first = n->at;
	for (i = 0; i < n->entries; i++)
		if ((wrong = take_entry(n, &e)) != NULL)
			return bad_form(n, wrong, st);
	if (!take(n, "al", 2) || !take_node_link(n, &n->left))
		return bad_form(n, "want l", st);
	if (n->at != n->end)
		return bad_form(n, "bytes after the map", st);
	n->at = first;
	n->entries_left = n->entries;
	return 0;
}

bool
mst_node_next(struct mst_node *n, struct mst_entry *e)
{
	if (n->entries_left == 0)
		return false;
	n->entries_left--;
	return take_entry(n, e) == NULL;
}

struct key {
	size_t len;
	uint8_t bytes[MST_MAX_KEY];
};

/* A node on its way: its subtree lies between two keys of its ancestors. */
struct place {
	const struct slice *link;
	int layer;                    /* -1: whatever its first key has */
	const struct key *low, *high; /* NULL: no bound */
	bool root;
};

static int
compare(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes,
	    a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int
bad_tree(const struct place *at, const char *what, struct status *st)
{
	char cid[CID_MAX_TEXT];
	size_t len = cid_format(cid, slice_bytes(at->link), at->link->len);

	return status_set(st, STATUS_BAD_TREE, 0, "node %.*s: %s", (int)len,
	    cid, what);
}

/* The key after `before` in the node (they may be the same memory): its prefix
 * must be the longest and it must be greater, which the byte after the prefix
 * decides alone. */
static int
next_key(const struct place *at, const struct key *before, struct key *key,
    const struct mst_entry *e, struct status *st)
{
	if (e->prefix > before->len)
		return bad_tree(at, "prefix longer than the key before", st);
	if (e->suffix_len > MST_MAX_KEY - e->prefix)
		return bad_tree(at, "key of too many bytes", st);
	if (e->suffix_len == 0)
		return bad_tree(at, "key out of order", st);
	if (e->prefix < before->len && e->suffix[0] < before->bytes[e->prefix])
		return bad_tree(at, "key out of order", st);
	if (e->prefix < before->len && e->suffix[0] == before->bytes[e->prefix])
		return bad_tree(at, "prefix that isn't the longest", st);
	if (key != before)
		memcpy(key->bytes, before->bytes, e->prefix);
	memcpy(key->bytes + e->prefix, e->suffix, e->suffix_len);
	key->len = e->prefix + e->suffix_len;
	return 0;
}

static int
check_layer(const struct place *at, const struct key *key, int *layer,
    struct status *st)
{
	int want = mst_layer(key->bytes, key->len);

	if (*layer == -1)
		*layer = want;
	if (*layer != want)
		return bad_tree(at, "key of another layer", st);
	return 0;
}

/* A node without entries only leads on to the layer below; an empty repo's
 * root doesn't even do that. */
static int
check_empty(const struct place *at, const struct mst_node *n, struct status *st)
{
	if (at->root && n->left.at != NULL)
		return bad_tree(at, "root without entries", st);
	if (!at->root && n->left.at == NULL)
		return bad_tree(at, "empty node", st);
	return 0;
}

/* Every rule about one node; sets its layer. */
static int
check_node(const struct place *at, struct mst_node node, int *layer,
    struct status *st)
{
	struct mst_entry e = { .tree = node.left };
	struct key key;
	bool first = true;

	*layer = at->layer;
	key.len = 0;
	if (node.entries == 0 && check_empty(at, &node, st) == -1)
		return -1;
	for (; mst_node_next(&node, &e); first = false) {
		if (next_key(at, &key, &key, &e, st) == -1 ||
		    check_layer(at, &key, layer, st) == -1)
			return -1;
		if (*layer == 0 && e.tree.at != NULL)
			return bad_tree(at, "subtree below layer 0", st);
		if (first && at->low != NULL && compare(&key, at->low) <= 0)
			return bad_tree(at, "key out of order", st);
	}
	if (*layer == 0 && node.left.at != NULL)
		return bad_tree(at, "subtree below layer 0", st);
	if (!first && at->high != NULL && compare(&key, at->high) >= 0)
		return bad_tree(at, "key out of order", st);
	return 0;
}

static int walk_place(const struct mst_walk *, const struct place *,
    struct status *);

/* A subtree of a node of this layer, or nothing where the link is null. */
static int
walk_subtree(const struct mst_walk *w, const struct slice *link, int layer,
    const struct key *low, const struct key *high, struct status *st)
{
	struct place at = { link, layer - 1, low, high, false };

	return link->at == NULL ? 0 : walk_place(w, &at, st);
}

static int
walk_node(const struct mst_walk *w, const struct place *at,
    struct mst_node *node, int layer, struct status *st)
{
	struct key keys[2], *now = &keys[0], *next = &keys[1], *swap;
	struct mst_entry e = { .tree = node->left };
	struct slice tree = node->left;
	const struct key *low = at->low;
	bool more;

	for (now->len = 0;; low = now, tree = e.tree) {
		more = mst_node_next(node, &e);
		if (more && next_key(at, now, next, &e, st) == -1)
			return -1;
		if (walk_subtree(w, &tree, layer, low, more ? next : at->high,
			st) == -1)
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
open_place(const struct mst_walk *w, const struct place *at,
    struct mst_node *node, int *layer, struct status *st)
{
	const uint8_t *block;
	char cid[CID_MAX_TEXT];
	size_t len;
	int n;

	if ((n = w->get(w->ctx, at->link, &block, &len, st)) == -1)
		return -1;
	if (n == 0) {
		len = cid_format(cid, slice_bytes(at->link), at->link->len);
		status_set(st, STATUS_MISSING_BLOCK, 0, "node %.*s isn't there",
		    (int)len, cid);
		return 0;
	}
	if (mst_node_open(node, block, len, st) == -1)
		return 0;
	if (!w->trusted && check_node(at, *node, layer, st) == -1)
		return 0;
	return 1;
}

static int
walk_place(const struct mst_walk *w, const struct place *at, struct status *st)
{
	struct mst_node node;
	int layer = at->layer, n;

	if ((n = open_place(w, at, &node, &layer, st)) == -1)
		return -1;
	if (n == 0)
		return w->lost == NULL ? -1 : w->lost(w->ctx, st);
	return walk_node(w, at, &node, layer, st);
}

int
mst_walk(const struct mst_walk *w, const struct slice *root, struct status *st)
{
	struct place at = { root, -1, NULL, NULL, true };

	return walk_place(w, &at, st);
}

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
