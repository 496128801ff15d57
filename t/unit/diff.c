/* Two trees compared by skipping what both have: exactly the difference of two
 * walks, with few nodes read, also if the new tree is hostile. */
#include "config.h"

#include "libcar/repo/diff.h"
#include "libcar/repo/mst.h"
#include "t/lib/fields.h"
#include "t/lib/tap.h"
#include "t/lib/trees.h"

/* A difference as text: a sign and a key on each line. */

struct notes {
	char text[1 << 19];
	size_t len, count;
};

static void
note(struct notes *n, char sign, const void *key, size_t len)
{
	n->len += snprintf(n->text + n->len, sizeof(n->text) - n->len,
	    "%c%.*s\n", sign, (int)len, (const char *)key);
	n->count++;
}

static bool
same_notes(const struct notes *a, const struct notes *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* The oracle: compare the sorted leaves, which is what two walks give. */
static void
compare_leaves(const struct tree *old, const struct tree *new, struct notes *n)
{
	size_t i = 0, j = 0;
	int way;

	n->len = n->count = 0;
	while (i < old->count || j < new->count) {
		way = i == old->count ? 1 : -1;
		if (i < old->count && j < new->count)
			way = by_key(&old->leaves[i], &new->leaves[j]);
		if (way < 0)
			note(n, '-', old->leaves[i].key,
			    old->leaves[i].key_len);
		else if (way > 0)
			note(n, '+', new->leaves[j].key,
			    new->leaves[j].key_len);
		else if (old->leaves[i].cid != new->leaves[j].cid)
			note(n, '*', new->leaves[j].key,
			    new->leaves[j].key_len);
		i += way <= 0;
		j += way >= 0;
	}
}

/* Do the CIDs belong to the key's places in the two trees? */
static bool
is_value(const struct tree *t, const struct slice *key, const struct slice *cid)
{
	const struct mst_leaf want = { .key = slice_bytes(key),
		.key_len = key->len },
			      *leaf;

	leaf = t->count == 0 ?
	    NULL :
	    bsearch(&want, t->leaves, t->count, sizeof(want), by_key);
	if (leaf == NULL)
		return cid->at == NULL;
	return cid->len == leaf->cid_len &&
	    memcmp(cid->at, leaf->cid, cid->len) == 0;
}

static struct diff
diff_of(const uint8_t *old, const uint8_t *new)
{
	struct diff d = {
		.old = { .cursor = { .get = blocks_get } },
		.new = { .cursor = { .get = blocks_get } },
	};
	/* The roots are borrowed. */
	static struct slice links[2];

	links[0] = slice_make(old, CID_REPO_BYTES);
	links[1] = slice_make(new, CID_REPO_BYTES);
	diff_open(&d, old == NULL ? NULL : &links[0],
	    new == NULL ? NULL : &links[1]);
	return d;
}

static bool
compare_trees(const struct tree *old, const struct tree *new, struct notes *n)
{
	struct diff d = diff_of(old->root, new->root);
	struct diff_change c;
	struct status st;
	bool right = true;
	int more;

	n->len = n->count = 0;
	while ((more = diff_next(&d, &c, &st)) == 1) {
		note(n,
		    c.before.at == NULL    ? '+' :
			c.after.at == NULL ? '-' :
					     '*',
		    c.key.at, c.key.len);
		right = right && is_value(old, &c.key, &c.before) &&
		    is_value(new, &c.key, &c.after);
	}
	right = right && more == 0 && diff_next(&d, &c, &st) == 0;
	diff_close(&d);
	return right;
}

/* Each difference costs at most the nodes from the root to its key in both
 * trees, and those along the edges of what it splits. */
static bool
reads_little(const struct tree *a, const struct tree *b, size_t differences,
    double *most)
{
	size_t levels = height(a) > height(b) ? height(a) : height(b);
	double each = (double)blocks_reads /
	    ((double)(differences + 1) * levels);

	if (each > *most)
		*most = each;
	return each <= 2;
}

static bool
differ_rightly(const struct tree *a, const struct tree *b, double *most)
{
	static struct notes want, have;

	blocks_reads = 0;
	compare_leaves(a, b, &want);
	return compare_trees(a, b, &have) && same_notes(&have, &want) &&
	    reads_little(a, b, want.count, most) &&
	    (want.count > 0 || blocks_reads == 0);
}

/* Another tree with this number of changes, some of which may be the same. */
static void
change(const struct tree *from, struct tree *to, size_t changes)
{
	size_t i;

	to->count = from->count;
	memcpy(to->leaves, from->leaves, from->count * sizeof(to->leaves[0]));
	for (; changes > 0; changes--) {
		i = to->count == 0 ? 0 : rnd() % to->count;
		if (to->count == 0 || rnd() % 3 == 0)
			add_leaf(to, pool[rnd() % POOL]);
		else if (rnd() & 1)
			to->leaves[i] = to->leaves[--to->count];
		else
			to->leaves[i].cid = values[1];
	}
	build(to);
}

static void
test_random(void)
{
	static struct tree a, b;
	double most = 0;
	bool held = true;
	size_t i;

	for (i = 0; i < 1500 && held; i++) {
		random_tree(&a, rnd() % 600);
		change(&a, &b, rnd() % (i & 1 ? 4 : 50));
		held = differ_rightly(&a, &b, &most) &&
		    differ_rightly(&b, &a, &most);
	}
	ok(held, "exactly the difference, and few nodes read");
	diag("at most %.2f nodes for each difference and layer", most);
	random_tree(&a, 300);
	b.count = 0;
	build(&b);
	ok(differ_rightly(&a, &b, &most), "all and nothing");
	ok(differ_rightly(&b, &a, &most), "nothing and all");
	ok(differ_rightly(&b, &b, &most), "nothing twice");
	blocks_clear();
}

/* Two trees that have nothing to do with each other. */
static void
test_others(void)
{
	static struct notes want, have;
	static struct tree a, b;
	bool held = true;
	size_t i;

	for (i = 0; i < 300 && held; i++) {
		random_tree(&a, rnd() % 300);
		for (b.count = 0; b.count < i;)
			add_leaf(&b, pool[rnd() % POOL]);
		build(&b);
		compare_leaves(&a, &b, &want);
		held = compare_trees(&a, &b, &have) && same_notes(&have, &want);
	}
	ok(held, "two independent trees");
	blocks_clear();
}

/* In a large tree, the comparison reads very few nodes. */
static void
test_large(void)
{
	static char keys[MANY][20];
	static struct tree a, b;
	double most = 0;
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "a.b.c/%zu", i);
		add_leaf(&a, keys[i]);
	}
	build(&a);
	i = blocks_count;
	change(&a, &b, 1);
	ok(differ_rightly(&a, &b, &most), "one change of %d", MANY);
	ok(blocks_reads < 40 && i > 4000, "%zu of %zu nodes read", blocks_reads,
	    i);
	change(&a, &b, 100);
	ok(differ_rightly(&a, &b, &most), "a hundred");
	ok(blocks_reads < 2000, "%zu nodes read", blocks_reads);
	blocks_clear();
}

/* No tree at all is an empty one. */
static void
test_null(void)
{
	static struct tree a;
	struct diff_change c;
	struct status st;
	struct diff d;
	size_t n = 0;

	random_tree(&a, 50);
	d = diff_of(NULL, a.root);
	while (diff_next(&d, &c, &st) == 1)
		n += c.before.at == NULL;
	is_int(n, a.count, "from no tree");
	diff_close(&d);
	d = diff_of(a.root, NULL);
	for (n = 0; diff_next(&d, &c, &st) == 1;)
		n += c.after.at == NULL;
	is_int(n, a.count, "to no tree");
	diff_close(&d);
	d = diff_of(NULL, NULL);
	is_int(diff_next(&d, &c, &st), 0, "from nothing to nothing");
	diff_close(&d);
	blocks_clear();
}

/* Checking the new tree */

static int
ignore(void *ctx, const uint8_t *key, size_t len, const struct slice *value,
    struct status *st)
{
	(void)ctx;
	(void)key;
	(void)len;
	(void)value;
	(void)st;
	return 0;
}

static bool
is_valid(const uint8_t *root)
{
	struct mst_walk w = { .get = blocks_get, .record = ignore };
	struct slice link = slice_make(root, CID_REPO_BYTES);
	struct status st;

	return mst_walk(&w, &link, &st) == 0;
}

/* Check the subtree in the old tree, and look up its blocks for the new one. */
static int
walk_same(void *ctx, struct diff *d, struct status *st)
{
	const struct mst_walk check = { .get = blocks_get, .record = ignore };
	const struct mst_walk look = { .get = blocks_get,
		.record = ignore,
		.trusted = true };

	(void)ctx;
	if (mst_cursor_walk(&d->old.cursor, &check, st) == -1)
		return -1;
	return mst_cursor_walk(&d->new.cursor, &look, st);
}

/* Does a comparison accept both trees? */
static bool
accepts(const uint8_t *old, const uint8_t *new)
{
	struct diff d = diff_of(old, new);
	struct diff_change c;
	struct status st;
	int more;

	d.same = walk_same;
	while ((more = diff_next(&d, &c, &st)) == 1)
		;
	diff_close(&d);
	return more == 0;
}

/* Put a node in the place of another one in the tree, and hash it again up to
 * its root. */
static void
replace(uint8_t *root, const uint8_t *target, const uint8_t *by)
{
	uint8_t data[1 << 14], *at, child[CID_REPO_BYTES];
	struct block *b = block_of(root);
	struct slice link = { NULL, 0 };
	struct mst_entry e = { .tree = link };
	struct mst_node node;
	struct status st;
	bool more;

	if (memcmp(root, target, CID_REPO_BYTES) == 0) {
		memcpy(root, by, CID_REPO_BYTES);
		return;
	}
	if (b->data == NULL || b->len > sizeof(data) ||
	    mst_node_open(&node, b->data, b->len, &st) == -1)
		return;
	memcpy(data, b->data, b->len);
	for (link = node.left, more = true; more; link = e.tree) {
		if (link.at != NULL) {
			memcpy(child, link.at, CID_REPO_BYTES);
			replace(child, target, by);
			at = data + (slice_bytes(&link) - b->data);
			memcpy(at, child, CID_REPO_BYTES);
		}
		more = mst_node_next(&node, &e);
	}
	if (memcmp(data, b->data, b->len) == 0)
		return;
	cid_of_block(root, data, b->len);
	blocks_put(NULL, root, data, b->len, &st);
}

/* A node of which one byte is another. */
static void
spoil(const struct block *b, uint8_t *cid)
{
	uint8_t data[1 << 14];
	struct status st;

	if (b->len > sizeof(data))
		return;
	memcpy(data, b->data, b->len);
	data[rnd() % b->len] ^= 1 << rnd() % 8;
	cid_of_block(cid, data, b->len);
	blocks_put(NULL, cid, data, b->len, &st);
}

static const struct block *
any_block(void)
{
	return &blocks[blocks_used[rnd() % blocks_count]];
}

/* Replace any node by another one, or by one of which a bit is another. */
static void
make_hostile(uint8_t *root, bool spoiled)
{
	const struct block *target = any_block();
	uint8_t by[CID_REPO_BYTES];

	memcpy(by, any_block()->cid, sizeof(by));
	if (spoiled)
		spoil(target, by);
	replace(root, target->cid, by);
}

static void
test_hostile(void)
{
	static struct tree a, b;
	size_t i, refused = 0, changed = 0;
	uint8_t old[CID_REPO_BYTES], new[CID_REPO_BYTES];
	bool same = true, valid;

	for (i = 0; i < 60000 && same; i++) {
		if (i % 20 == 0) {
			random_tree(&a, rnd() % 60);
			change(&a, &b, rnd() % 10);
		}
		memcpy(old, a.root, sizeof(old));
		memcpy(new, b.root, sizeof(new));
		if (i % 5 != 0)
			make_hostile(new, i % 3 == 0);
		if (i % 5 < 2)
			make_hostile(old, i % 3 == 0);
		valid = is_valid(old) && is_valid(new);
		same = accepts(old, new) == valid;
		changed += memcmp(old, a.root, sizeof(old)) != 0 ||
		    memcmp(new, b.root, sizeof(new)) != 0;
		refused += !valid;
	}
	ok(same, "accepts and refuses the same trees as two walks");
	ok(refused > 20000, "%zu were changed, %zu are refused", changed,
	    refused);
	blocks_clear();
}

/* Blocks that are missing in one of the trees: an error, or not needed. */
static void
test_missing(void)
{
	static struct tree a, b;
	size_t i, failed = 0;
	struct diff_change c;
	struct status st = { .code = STATUS_OK };
	bool right = true;
	struct diff d;
	int more;

	for (i = 0; i < 500; i++) {
		random_tree(&a, 100);
		change(&a, &b, 5);
		blocks[blocks_used[rnd() % blocks_count]].gone = true;
		d = diff_of(a.root, b.root);
		while ((more = diff_next(&d, &c, &st)) == 1)
			;
		diff_close(&d);
		failed += more == -1;
		right = right && (more == 0 || st.code == STATUS_MISSING_BLOCK);
	}
	ok(right && failed > 50, "a missing node is an error: %zu", failed);
	blocks_clear();
}

/* The event stream's vectors: the trees before and after each commit. */

static void
take_leaves(struct tree *t, char *text)
{
	char *key;

	for (key = strtok(text, " "); key != NULL; key = strtok(NULL, " "))
		add_leaf(t, key);
}

static void
test_vector(char *line)
{
	static struct tree before, after;
	static struct notes want, have;
	char *name = next_field(&line), *adds;
	static struct tree dels;
	size_t i, k;

	next_field(&line); /* the record, and both roots */
	next_field(&line);
	next_field(&line);
	before.count = dels.count = 0;
	take_leaves(&before, next_field(&line));
	adds = next_field(&line);
	take_leaves(&dels, next_field(&line));
	build(&before);
	after.count = before.count;
	memcpy(after.leaves, before.leaves, sizeof(before.leaves));
	take_leaves(&after, adds);
	for (i = 0; i < dels.count; i++)
		for (k = 0; k < after.count; k++)
			if (by_key(&after.leaves[k], &dels.leaves[i]) == 0)
				after.leaves[k--] = after.leaves[--after.count];
	build(&after);
	compare_leaves(&before, &after, &want);
	ok(compare_trees(&before, &after, &have) && same_notes(&have, &want) &&
		want.count > 0,
	    "%s: %zu changes", name, want.count);
	blocks_clear();
}

/* Keys of the tree's vectors: each of them is taken out alone. */
static void
test_example(char *all)
{
	static struct notes have;
	static struct tree a, b;
	size_t i, right = 0;
	char want[64];

	take_leaves(&a, all);
	build(&a);
	for (i = 0; i < a.count; i++) {
		b = a;
		b.leaves[i] = b.leaves[--b.count];
		build(&b);
		snprintf(want, sizeof(want), "-%.*s\n",
		    (int)a.leaves[i].key_len, (const char *)a.leaves[i].key);
		right += compare_trees(&a, &b, &have) &&
		    have.len == strlen(want) &&
		    memcmp(have.text, want, have.len) == 0;
	}
	is_int(right, 156, "each example key alone");
	blocks_clear();
}

static void
test_lines(bool proofs)
{
	static char line[1 << 16];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (proofs)
			test_vector(line);
		else
			test_example(strtok(line, "\n"));
	}
}

int
main(int argc, char **argv)
{
	fill_pool();
	if (argc > 1) {
		test_lines(strcmp(argv[1], "proofs") == 0);
		return done_testing();
	}
	test_random();
	test_others();
	test_large();
	test_null();
	test_hostile();
	test_missing();
	return done_testing();
}
