/* Edited trees compared with built ones: random lists of operations, forward
 * and back. And the inversion of the event stream's proofs with only their own
 * blocks. */
#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/mst_edit.h"
#include "t/lib/blocks.h"
#include "t/lib/fields.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* Keys. Layers up to 5 are about equally frequent, so that small trees are
 * deep. A model says which keys exist, with which value. */

#define KEYS 300
#define VALUES 3

static char keys[KEYS][16];
static uint8_t values[VALUES][CID_REPO_BYTES];

static void
make_keys(void)
{
	unsigned n = 0, i;

	for (i = 0; n < KEYS; i++) {
		snprintf(keys[n], sizeof(keys[0]), "a.b/%c%u", 'a' + i % 5, i);
		n += mst_layer(keys[n], strlen(keys[n])) == n * 6 / KEYS;
	}
	qsort(keys, KEYS, sizeof(keys[0]),
	    (int (*)(const void *, const void *))strcmp);
	for (i = 0; i < VALUES; i++)
		cid_of_block(values[i], &i, sizeof(i));
}

struct model {
	int value[KEYS]; /* -1: missing */
};

static void
build(const struct model *m, uint8_t *root)
{
	struct mst_leaf leaves[KEYS];
	struct status st;
	size_t n = 0, i;

	for (i = 0; i < KEYS; i++)
		if (m->value[i] != -1)
			leaves[n++] = (struct mst_leaf){ (uint8_t *)keys[i],
				strlen(keys[i]), values[m->value[i]],
				CID_REPO_BYTES };
	if (mst_build(leaves, n, blocks_put, NULL, root, &st) == -1)
		ok(false, "built: %s", st.msg);
}

/* Set a key's value, or remove it (-1). Is its value before the one in the
 * model? */
static bool
change(struct mst_edit *e, struct model *m, size_t key, int value)
{
	struct slice k = slice_of(keys[key]), v = { NULL, 0 }, before = v;
	enum mst_edit_result r;
	int had = m->value[key];
	struct status st;

	if (mst_edit_get(e, &k, &v, &st) !=
	    (had == -1 ? MST_EDIT_ABSENT : MST_EDIT_PRESENT))
		return ok(false, "what the tree has: %s", keys[key]);
	if (had != -1 && memcmp(v.at, values[had], CID_REPO_BYTES) != 0)
		return ok(false, "the value that it has: %s", keys[key]);
	if (value == -1)
		r = mst_edit_remove(e, &k, &before, &st);
	else {
		v = slice_make(values[value], CID_REPO_BYTES);
		r = mst_edit_put(e, &k, &v, &before, &st);
	}
	if (r == MST_EDIT_FAILED)
		return ok(false, "%s: %s", keys[key], st.msg);
	m->value[key] = value;
	if (had == -1)
		return r == MST_EDIT_ABSENT ||
		    ok(false, "%s wasn't there", keys[key]);
	return (r == MST_EDIT_PRESENT && before.len == CID_REPO_BYTES &&
		   memcmp(before.at, values[had], before.len) == 0) ||
	    ok(false, "%s was there", keys[key]);
}

static bool
has_root(struct mst_edit *e, const uint8_t *want)
{
	uint8_t root[CID_REPO_BYTES];
	struct status st;

	return (mst_edit_root(e, root, blocks_put, NULL, &st) == 0 &&
		   memcmp(root, want, sizeof(root)) == 0) ||
	    ok(false, "the root is another");
}

#define OPS 40

struct op {
	size_t key;
	int before;
};

/* A random list of operations on different keys; dense: how many of ten keys
 * exist in the end. */
static size_t
make_ops(struct mst_edit *e, struct model *m, struct op *ops, unsigned dense)
{
	size_t n = rnd() % OPS + 1, i, k;
	bool touched[KEYS] = { false };

	for (i = 0; i < n; i++) {
		do
			k = rnd() % KEYS;
		while (touched[k]);
		touched[k] = true;
		ops[i] = (struct op){ k, m->value[k] };
		if (!change(e, m, k,
			rnd() % 10 < dense ? (int)(rnd() % VALUES) : -1))
			return 0;
	}
	return n;
}

/* Undo them in another order: first restore what was deleted, then the values
 * of updates, then remove what was created. */
static bool
undo(struct mst_edit *e, struct model *m, const struct op *ops, size_t n)
{
	size_t i;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < n; i++)
			if ((ops[i].before == -1) == (pass == 1) &&
			    !change(e, m, ops[i].key, ops[i].before))
				return false;
	return true;
}

/* Edit a tree step by step, and undo it, with all blocks. Then undo it again
 * with only the blocks that the first undoing needed. */
static bool
go_forth_and_back(struct mst_edit *e, struct model *m, unsigned dense)
{
	uint8_t before[CID_REPO_BYTES], after[CID_REPO_BYTES];
	struct slice root = slice_make(before, sizeof(before));
	struct op ops[OPS];
	struct model now;
	size_t n;

	build(m, before);
	mst_edit_open(e, &root);
	now = *m;
	if ((n = make_ops(e, &now, ops, dense)) == 0)
		return false;
	build(&now, after);
	if (!has_root(e, after))
		return false;
	root.at = (const char *)after;
	blocks_hide();
	*m = now;
	mst_edit_open(e, &root);
	if (!undo(e, m, ops, n) || !has_root(e, before))
		return false;
	blocks_only_shown = true;
	*m = now;
	mst_edit_open(e, &root);
	if (!undo(e, m, ops, n) || !has_root(e, before))
		return false;
	blocks_only_shown = false;
	*m = now;
	return true;
}

static void
test_histories(void)
{
	struct mst_edit e = { .get = blocks_get };
	bool good = true;
	struct model m;
	unsigned i, k;

	for (i = 0; i < 300 && good; i++) {
		blocks_clear();
		for (k = 0; k < KEYS; k++)
			m.value[k] = -1;
		for (k = 0; k < 12 && good; k++)
			good = go_forth_and_back(&e, &m, k < 6 ? 7 : 1);
	}
	ok(good, "random histories");
	mst_edit_close(&e);
	blocks_clear();
}

/* Each block that a change reads is missing, or is a block of another place. */
static void
test_losses(void)
{
	uint8_t root[CID_REPO_BYTES];
	struct slice link = slice_make(root, sizeof(root)), key, value;
	struct mst_edit e = { .get = blocks_get };
	struct status st = { 0 };
	struct model m;
	size_t i, n;

	for (i = 0; i < KEYS; i++)
		m.value[i] = i % 3 == 0 ? -1 : 0;
	build(&m, root);
	key = slice_of(keys[KEYS / 2 - KEYS / 2 % 3]);
	value = slice_make(values[1], CID_REPO_BYTES);
	mst_edit_open(&e, &link);
	is_int(mst_edit_put(&e, &key, &value, NULL, &st), MST_EDIT_ABSENT,
	    "a key is put");
	blocks_only_shown = true;
	for (i = n = 0; i < blocks_count; i++) {
		if (!blocks[blocks_used[i]].shown)
			continue;
		blocks[blocks_used[i]].shown = false;
		mst_edit_open(&e, &link);
		is_int(mst_edit_put(&e, &key, &value, NULL, &st),
		    MST_EDIT_FAILED, "without a block that it needs");
		is_int(st.code, STATUS_MISSING_BLOCK, "%s", st.msg);
		blocks[blocks_used[i]].shown = true;
		n++;
	}
	ok(n > 2, "%zu blocks were needed", n);
	blocks_only_shown = false;
	mst_edit_close(&e);
	blocks_clear();
}

static void
test_empty(void)
{
	struct slice key = slice_of("a.b/c"), link;
	struct slice value = slice_make(values[0], CID_REPO_BYTES);
	uint8_t root[CID_REPO_BYTES], empty[CID_REPO_BYTES];
	struct mst_edit e = { .get = blocks_get };
	struct status st;

	is_int(mst_build(NULL, 0, blocks_put, NULL, empty, &st), 0,
	    "an empty tree");
	mst_edit_open(&e, NULL);
	ok(has_root(&e, empty), "is that of nothing");
	is_int(mst_edit_remove(&e, &key, NULL, &st), MST_EDIT_ABSENT,
	    "nothing to remove");
	is_int(mst_edit_put(&e, &key, &value, NULL, &st), MST_EDIT_ABSENT,
	    "a key");
	is_int(mst_edit_root(&e, root, blocks_put, NULL, &st), 0, "alone");
	is_int(mst_edit_remove(&e, &key, NULL, &st), MST_EDIT_PRESENT,
	    "taken out again");
	ok(has_root(&e, empty), "is empty again");
	link = slice_make(empty, sizeof(empty));
	mst_edit_open(&e, &link);
	is_int(mst_edit_put(&e, &key, &value, NULL, &st), MST_EDIT_ABSENT,
	    "a key in an empty tree that is read");
	ok(has_root(&e, root), "gives the same tree");
	mst_edit_close(&e);
	blocks_clear();
}

/* Keys that split a large node, near one end or the other, are put and removed
 * again, from the small part to the large one and the other way. The memory for
 * that is a few times the node's, and doesn't grow with every key. */

#define WIDE 20000
#define SPLITS 200

static void
make_wide(char (*names)[8], char (*between)[8])
{
	size_t n = 0, k = 0;
	unsigned i;
	int layer;

	for (i = 0; n < WIDE; i++) {
		snprintf(names[n], sizeof(names[0]), "a/%05x", i);
		layer = mst_layer(names[n], strlen(names[n]));
		if (layer == 0)
			n++;
		else if (layer == 1 && (k < SPLITS / 2 || n > WIDE * 3 / 4) &&
		    k < SPLITS)
			memcpy(between[k++], names[n], sizeof(names[0]));
	}
	is_int(k, SPLITS, "keys that split the node");
}

static bool
split_and_join(struct mst_edit *e, char (*between)[8], bool down)
{
	struct slice value = slice_make(values[0], CID_REPO_BYTES), key;
	struct status st;
	size_t i, k;

	for (i = 0; i < SPLITS; i++) {
		key = slice_of(between[down ? SPLITS - 1 - i : i]);
		if (mst_edit_put(e, &key, &value, NULL, &st) != MST_EDIT_ABSENT)
			return false;
	}
	for (i = 0; i < SPLITS; i++) {
		k = down ? i : SPLITS - 1 - i;
		key = slice_of(between[k]);
		if (mst_edit_remove(e, &key, NULL, &st) != MST_EDIT_PRESENT)
			return false;
	}
	return true;
}

static void
test_large_node(void)
{
	static char names[WIDE][8], between[SPLITS][8];
	static struct mst_leaf leaves[WIDE];
	uint8_t before[CID_REPO_BYTES];
	struct slice root = slice_make(before, sizeof(before)), key, value;
	struct mst_edit e = { .get = blocks_get };
	struct status st;
	size_t i, alone;
	int down;

	make_wide(names, between);
	for (i = 0; i < WIDE; i++)
		leaves[i] = (struct mst_leaf){ (uint8_t *)names[i],
			strlen(names[i]), values[0], CID_REPO_BYTES };
	is_int(mst_build(leaves, WIDE, blocks_put, NULL, before, &st), 0,
	    "built");
	mst_edit_open(&e, &root);
	key = slice_of(names[0]);
	is_int(mst_edit_get(&e, &key, &value, &st), MST_EDIT_PRESENT, "read");
	alone = e.pool.bytes;
	for (down = 0; down < 2; down++) {
		mst_edit_open(&e, &root);
		ok(split_and_join(&e, between, down), "split and joined");
		ok(has_root(&e, before), "is as it was");
		ok(e.pool.bytes < 8 * alone, "%zu bytes, %zu of the node alone",
		    e.pool.bytes, alone);
	}
	mst_edit_close(&e);
	blocks_clear();
}

/* The event stream's proofs: a line each, separated by tabs. */

static size_t
take_leaves(char *text, struct mst_leaf *leaves, const uint8_t *cid)
{
	size_t n = 0;
	char *key;

	for (key = strtok(text, " "); key != NULL; key = strtok(NULL, " "))
		leaves[n++] = (struct mst_leaf){ (uint8_t *)key, strlen(key),
			cid, CID_REPO_BYTES };
	return n;
}

static void
show(char *proof)
{
	uint8_t cid[CID_MAX_BYTES];
	struct status st;
	char *text;

	blocks_hide();
	for (text = strtok(proof, " "); text != NULL; text = strtok(NULL, " "))
		if (ok(cid_from_text(cid, text, strlen(text), &st) != -1,
			"a CID") &&
		    ok(block_of(cid)->data != NULL, "%s is in the tree", text))
			block_of(cid)->shown = true;
}

static bool
invert(struct mst_edit *e, const struct mst_leaf *adds, size_t nadds,
    const struct mst_leaf *dels, size_t ndels, struct status *st)
{
	struct slice key, value;
	size_t i;

	for (i = 0; i < ndels; i++) {
		key = slice_make(dels[i].key, dels[i].key_len);
		value = slice_make(dels[i].cid, dels[i].cid_len);
		if (mst_edit_put(e, &key, &value, NULL, st) != MST_EDIT_ABSENT)
			return false;
	}
	for (i = 0; i < nadds; i++) {
		key = slice_make(adds[i].key, adds[i].key_len);
		if (mst_edit_remove(e, &key, NULL, st) != MST_EDIT_PRESENT)
			return false;
	}
	return true;
}

static void
test_proof(char *line)
{
	static struct mst_leaf leaves[200], adds[20], dels[20];
	uint8_t value[CID_MAX_BYTES], before[CID_MAX_BYTES],
	    after[CID_MAX_BYTES], root[CID_REPO_BYTES];
	char *name = next_field(&line), *text = next_field(&line);
	struct slice link = slice_make(after, CID_REPO_BYTES);
	struct mst_edit e = { .get = blocks_get };
	struct status st = { 0 };
	size_t n, nadds, ndels, i, k;

	cid_from_text(value, text, strlen(text), &st);
	text = next_field(&line);
	cid_from_text(before, text, strlen(text), &st);
	text = next_field(&line);
	cid_from_text(after, text, strlen(text), &st);
	n = take_leaves(next_field(&line), leaves, value);
	nadds = take_leaves(next_field(&line), adds, value);
	ndels = take_leaves(next_field(&line), dels, value);
	for (i = 0; i < nadds; i++)
		leaves[n++] = adds[i];
	for (i = 0; i < ndels; i++)
		for (k = 0; k < n; k++)
			if (by_key(&leaves[k], &dels[i]) == 0)
				leaves[k--] = leaves[--n];
	qsort(leaves, n, sizeof(leaves[0]), by_key);
	ok(mst_build(leaves, n, blocks_put, NULL, root, &st) == 0 &&
		memcmp(root, after, sizeof(root)) == 0,
	    "%s: the tree after", name);
	show(next_field(&line));
	blocks_only_shown = true;
	mst_edit_open(&e, &link);
	ok(invert(&e, adds, nadds, dels, ndels, &st), "%s: inverted: %s", name,
	    st.msg);
	ok(mst_edit_root(&e, root, NULL, NULL, &st) == 0 &&
		memcmp(root, before, sizeof(root)) == 0,
	    "%s: gives the tree before", name);
	blocks_only_shown = false;
	mst_edit_close(&e);
	blocks_clear();
}

int
main(int argc, char **argv)
{
	static char line[1 << 16];

	(void)argv;
	if (argc > 1)
		while (fgets(line, sizeof(line), stdin) != NULL)
			test_proof(line);
	else {
		make_keys();
		test_empty();
		test_losses();
		test_histories();
		test_large_node();
	}
	return done_testing();
}
