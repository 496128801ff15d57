/* The order and the completeness of what preorder_write() writes, for random
 * trees, and its errors. */
#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/repo/car.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/preorder.h"
#include "t/lib/blocks.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define MAX_LEAVES 300
#define VALUES 150 /* fewer, so that keys share records */
#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define REV "3m4xqkxkcac2a"

static struct mst_leaf leaves[MAX_LEAVES];
static char keys[MAX_LEAVES][16];
static uint8_t values[VALUES][CID_REPO_BYTES], root[CID_REPO_BYTES];
static uint8_t commit_cid[CID_REPO_BYTES];
static struct buf commit_block;
static struct commit commit;

static void
add_value(size_t i, const void *data, size_t len)
{
	struct status st;

	cid_of_block(values[i], data, len);
	blocks_put(NULL, values[i], data, len, &st);
}

/* A repo of n records. `shared` is the CID of one of them, or NULL. */
static void
make_repo(size_t n, const uint8_t *shared)
{
	struct status st;
	char text[16];
	size_t i;

	for (i = 0; i < VALUES; i++)
		add_value(i, text, snprintf(text, sizeof(text), "v%zu", i));
	for (i = 0; i < n; i++) {
		int len = snprintf(keys[i], sizeof(keys[0]), "a.b/%06zu", i);

		leaves[i] = (struct mst_leaf){ (uint8_t *)keys[i], len,
			i == 0 && shared != NULL ? shared :
						   values[rnd() % VALUES],
			CID_REPO_BYTES };
	}
	mst_build(leaves, n, blocks_put, NULL, root, &st);
	commit_block.len = 0;
	commit_write(&commit_block, DID, REV, root, (const uint8_t[64]){ 0 });
	cid_of_block(commit_cid, commit_block.data, commit_block.len);
	if (commit_parse(&commit, commit_block.data, commit_block.len, &st) ==
	    -1)
		ok(false, "commit: %s", st.msg);
}

static size_t largest_piece, pieces;

static int
put(void *ctx, const void *bytes, size_t len, struct status *st)
{
	(void)st;
	buf_put(ctx, bytes, len);
	pieces++;
	largest_piece = len > largest_piece ? len : largest_piece;
	return 0;
}

static int
write_repo(struct buf *out, struct status *st)
{
	const struct preorder to = { out, blocks_get, put, NULL };
	const struct slice cid = slice_make(commit_cid, sizeof(commit_cid));

	out->len = 0;
	return preorder_write(&to, &cid, &commit, st);
}

/* The simple version: a list of what the CAR has to contain, in order, made by
 * recursion over the nodes. */
static uint8_t wanted[4 * MAX_LEAVES][CID_REPO_BYTES];
static size_t wanted_count;

static void
want(const uint8_t *cid)
{
	size_t i;

	for (i = 0; i < wanted_count; i++)
		if (memcmp(wanted[i], cid, CID_REPO_BYTES) == 0)
			return;
	memcpy(wanted[wanted_count++], cid, CID_REPO_BYTES);
}

static void
want_subtree(const uint8_t *cid)
{
	struct block *b = block_of(cid);
	struct mst_entry e;
	struct mst_node n;
	struct status st;

	want(cid);
	if (mst_node_open(&n, b->data, b->len, &st) == -1)
		return;
	if (n.left.at != NULL)
		want_subtree(slice_bytes(&n.left));
	while (mst_node_next(&n, &e)) {
		want(slice_bytes(&e.value));
		if (e.tree.at != NULL)
			want_subtree(slice_bytes(&e.tree));
	}
}

static bool
is_wanted(const struct buf *out)
{
	struct car_input in = { .data = (const uint8_t *)out->data,
		.len = out->len };
	struct car_block block;
	struct status st;
	struct car car;
	size_t i;

	wanted_count = 0;
	want(commit_cid);
	want_subtree(root);
	if (car_open(&car, &in, &st) == -1 ||
	    memcmp(car.root.bytes, commit_cid, CID_REPO_BYTES) != 0)
		return false;
	for (i = 0; car_next(&car, &block, &st) == 1; i++)
		if (i == wanted_count || block.cid.len != CID_REPO_BYTES ||
		    memcmp(block.cid.bytes, wanted[i], CID_REPO_BYTES) != 0)
			return false;
	return i == wanted_count;
}

static void
test_order(void)
{
	struct buf out = { .len = 0 };
	bool held = true, written = true;
	struct status st;
	size_t n;

	for (n = 0; n < MAX_LEAVES; n += n < 10 ? 1 : 17) {
		blocks_clear();
		make_repo(n, NULL);
		written = written && write_repo(&out, &st) == 0;
		held = held && is_wanted(&out);
	}
	ok(written, "repos of up to 300 records are written");
	ok(held, "in pre-order, each block once, and no other block");
	buf_free(&out);
}

/* A record that is a node of the tree of the same CAR. */
static void
test_shared(void)
{
	uint8_t node[CID_REPO_BYTES];
	struct buf out = { .len = 0 };
	struct mst_leaf last;
	struct status st;

	blocks_clear();
	make_repo(1, NULL);
	last = leaves[0];
	mst_build(&last, 1, blocks_put, NULL, node, &st);
	make_repo(40, node);
	ok(write_repo(&out, &st) == 0 && is_wanted(&out),
	    "a record that is a node, too");
	buf_free(&out);
}

static void
test_missing(void)
{
	struct buf out = { .len = 0 };
	bool all = true;
	struct status st;
	size_t i;

	blocks_clear();
	make_repo(100, NULL);
	blocks_hide();
	ok(write_repo(&out, &st) == 0, "a repo of 100 records");
	for (i = 0; i < blocks_count; i++) {
		struct block *b = &blocks[blocks_used[i]];

		if (!b->shown)
			continue;
		b->gone = true;
		all = all && write_repo(&out, &st) == -1 &&
		    st.code == STATUS_MISSING_BLOCK;
		b->gone = false;
	}
	ok(all, "each block that is missing is an error");
	buf_free(&out);
}

static int
refuse(void *ctx, const void *bytes, size_t len, struct status *st)
{
	(void)ctx, (void)bytes, (void)len;
	return status_set(st, STATUS_SYSTEM, 0, "no disk");
}

static void
test_sink(void)
{
	const struct preorder to = { NULL, blocks_get, refuse, NULL };
	const struct slice cid = slice_make(commit_cid, sizeof(commit_cid));
	struct status st;

	ok(preorder_write(&to, &cid, &commit, &st) == -1 &&
		strcmp(st.msg, "no disk") == 0,
	    "an error of put is the result");
}

/* The root of the tree is some other block. */
static void
test_bad_tree(void)
{
	struct buf out = { .len = 0 };
	uint8_t cid[CID_REPO_BYTES];
	struct status st;

	cid_of_block(cid, "\xa1", 1);
	blocks_put(NULL, cid, "\xa1", 1, &st);
	commit.data.bytes = cid;
	ok(write_repo(&out, &st) == -1 && st.code == STATUS_BAD_TREE,
	    "a root that is not a node");
	buf_free(&out);
}

int
main(void)
{
	test_order();
	test_shared();
	test_missing();
	test_sink();
	test_bad_tree();
	ok(pieces > 0 && largest_piece < 2 * PREORDER_PIECE + 8192,
	    "put gets pieces of a limited size");
	buf_free(&commit_block);
	blocks_clear();
	return done_testing();
}
