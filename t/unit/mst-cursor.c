/* The cursor compared with the walk, on valid, damaged and incomplete trees;
 * and two trees compared by skipping their common subtrees. */
#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/repo/mst.h"
#include "t/lib/blocks.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* Leaves: the keys are numbers. Layers up to 5 are about equally frequent, so
 * that small trees are deep. */

#define POOL 1200
#define MANY 20000
#define MAX_LEAVES (MANY + POOL)

static char pool[POOL][16];
static uint8_t values[2][CID_REPO_BYTES];

static void
fill_pool(void)
{
	unsigned n = 0, i;

	for (i = 0; n < POOL; i++) {
		snprintf(pool[n], sizeof(pool[0]), "a.b/%c%u", 'a' + i % 5, i);
		n += mst_layer(pool[n], strlen(pool[n])) == n * 6 / POOL;
	}
	cid_of_block(values[0], "0", 1);
	cid_of_block(values[1], "1", 1);
}

struct tree {
	struct mst_leaf leaves[MAX_LEAVES];
	size_t count;
	uint8_t root[CID_REPO_BYTES];
};

static void
add_leaf(struct tree *t, const char *key)
{
	t->leaves[t->count++] = (struct mst_leaf){ (const uint8_t *)key,
		strlen(key), values[0], CID_REPO_BYTES };
}

/* Sort the leaves, remove duplicates, and build. */
static void
build(struct tree *t)
{
	size_t i, kept = 0;
	struct status st;

	if (t->count > 0)
		qsort(t->leaves, t->count, sizeof(t->leaves[0]), by_key);
	for (i = 0; i < t->count; i++)
		if (i == 0 || by_key(&t->leaves[i], &t->leaves[kept - 1]) != 0)
			t->leaves[kept++] = t->leaves[i];
	t->count = kept;
	if (mst_build(t->leaves, t->count, blocks_put, NULL, t->root, &st) ==
	    -1)
		ok(false, "built: %s", st.msg);
}

static void
random_tree(struct tree *t, size_t max)
{
	blocks_clear();
	for (t->count = 0; t->count < max;)
		add_leaf(t, pool[rnd() % POOL]);
	build(t);
}

static struct mst_cursor
cursor_at(const uint8_t *root, bool subtrees)
{
	struct mst_cursor c = { .get = blocks_get, .subtrees = subtrees };
	struct slice link = slice_make(root, CID_REPO_BYTES);

	mst_cursor_open(&c, &link);
	return c;
}

static bool
is_leaf(const struct mst_item *item, const struct mst_leaf *leaf)
{
	return item->key_len == leaf->key_len &&
	    memcmp(item->key, leaf->key, leaf->key_len) == 0 &&
	    item->link.len == leaf->cid_len &&
	    memcmp(item->link.at, leaf->cid, leaf->cid_len) == 0;
}

/* The leaf after a skipped subtree whose first leaf is i. The subtree has at
 * least one leaf, of its layer or a lower one. */
static size_t
after_subtree(const struct tree *t, size_t i, const struct mst_item *item,
    bool *held)
{
	const struct mst_leaf end = { .key = item->key,
		.key_len = item->key_len };
	size_t first = i;

	for (; i < t->count &&
	     (item->key == NULL || by_key(&t->leaves[i], &end) < 0);
	     i++)
		*held = *held &&
		    (int)mst_layer(t->leaves[i].key, t->leaves[i].key_len) <=
			item->layer;
	*held = *held && (i > first || t->count == 0);
	return i;
}

/* Walk over a tree and skip this number of 8 subtrees. Each record must be the
 * next leaf. The result is the number of records, or -1. */
static int
go_over(const struct tree *t, bool subtrees, unsigned skipped, size_t *lost)
{
	struct mst_cursor c = cursor_at(t->root, subtrees);
	enum mst_step step = MST_FAILED;
	struct mst_item item;
	struct status st;
	bool held = true;
	size_t i = 0;
	int records = 0;

	while (held && (step = mst_cursor_next(&c, &item, &st)) > MST_END)
		if (step == MST_RECORD) {
			held = i < t->count && is_leaf(&item, &t->leaves[i++]);
			records++;
		} else if (step == MST_LOST) {
			++*lost;
			i = after_subtree(t, i, &item, &held);
		} else if (step == MST_FAILED) {
			held = false;
		} else if (rnd() % 8 < skipped) {
			i = after_subtree(t, i, &item, &held);
			mst_cursor_skip(&c);
		}
	held = held && i == t->count &&
	    mst_cursor_next(&c, &item, &st) == MST_END;
	mst_cursor_close(&c);
	return held ? records : -1;
}

static void
test_sound(void)
{
	static struct tree t;
	bool plain = true, told = true, skipped = true;
	size_t i, lost = 0;

	for (i = 0; i < 1500 && plain && told && skipped; i++) {
		random_tree(&t, i % 10 == 0 ? rnd() % 3 : rnd() % 400);
		plain = go_over(&t, false, 0, &lost) == (int)t.count;
		told = go_over(&t, true, 0, &lost) == (int)t.count;
		skipped = go_over(&t, true, 1 + i % 8, &lost) >= 0;
	}
	ok(plain, "every record, in order");
	ok(told, "and with the subtrees told");
	ok(skipped, "what is skipped ends before the key that was told");
	is_int(lost, 0, "nothing is lost");
	ok(go_over(&t, true, 8, &lost) == 0, "the whole tree may be skipped");
	blocks_clear();
}

/* The result of the walk, as text. */

struct notes {
	char text[1 << 18];
	size_t len;
};

static void
note(struct notes *n, const void *key, size_t key_len, const struct slice *link,
    const char *what)
{
	char text[CID_MAX_TEXT];
	size_t len = link == NULL ?
	    0 :
	    cid_format(text, slice_bytes(link), link->len);

	n->len += snprintf(n->text + n->len, sizeof(n->text) - n->len,
	    "%.*s %.*s %s\n", (int)key_len, (const char *)key, (int)len, text,
	    what);
}

static int
note_record(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	(void)st;
	note(ctx, key, len, value, "");
	return 0;
}

static int
note_lost(void *ctx, struct status *st)
{
	note(ctx, "", 0, NULL, st->msg);
	return 0;
}

static void
walk_all(const uint8_t *root, struct notes *n)
{
	struct slice link = slice_make(root, CID_REPO_BYTES);
	struct mst_walk w = {
		.ctx = n,
		.get = blocks_get,
		.record = note_record,
		.lost = note_lost,
	};
	struct status st;

	n->len = 0;
	if (mst_walk(&w, &link, &st) == -1)
		note(n, "", 0, NULL, "failed");
}

static void
cursor_all(const uint8_t *root, bool subtrees, struct notes *n)
{
	struct mst_cursor c = cursor_at(root, subtrees);
	enum mst_step step;
	struct mst_item item;
	struct status st;

	n->len = 0;
	while ((step = mst_cursor_next(&c, &item, &st)) != MST_END) {
		if (step == MST_RECORD)
			note_record(n, item.key, item.key_len, &item.link, &st);
		else if (step == MST_LOST)
			note_lost(n, &st);
		else if (step == MST_FAILED)
			note(n, "", 0, NULL, "failed");
	}
	mst_cursor_close(&c);
}

static bool
same_as_walk(const uint8_t *root)
{
	static struct notes walked, gone_over;
	int i;

	walk_all(root, &walked);
	for (i = 0; i < 2; i++) {
		cursor_all(root, i == 1, &gone_over);
		if (gone_over.len != walked.len ||
		    memcmp(gone_over.text, walked.text, walked.len) != 0)
			return false;
	}
	return true;
}

/* Missing blocks, and blocks with other bytes: the cursor accepts and refuses
 * the same as the walk. */
static void
test_damage(void)
{
	static struct tree t;
	bool same = true, held = true;
	size_t i, n, lost = 0;
	struct block *b;

	for (i = 0; i < 3000 && same && held; i++) {
		random_tree(&t, 1 + rnd() % 200);
		for (n = rnd() % 4; n > 0; n--)
			blocks[blocks_used[rnd() % blocks_count]].gone = true;
		held = go_over(&t, i & 1, rnd() % 4, &lost) >= 0;
		for (n = rnd() % 4; n > 0; n--) {
			b = &blocks[blocks_used[rnd() % blocks_count]];
			b->data[rnd() % b->len] ^= 1 << rnd() % 8;
		}
		same = same_as_walk(t.root);
	}
	ok(held && lost > 1000, "what isn't there is passed over: %zu", lost);
	ok(same, "damaged trees: the same records and losses as the walk's");
	blocks_clear();
}

static int
refuse(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	(void)ctx;
	(void)link;
	(void)data;
	(void)len;
	return status_set(st, STATUS_AGAIN, 7, "enough");
}

static void
test_ends(void)
{
	static struct tree t;
	struct slice link = slice_make(t.root, CID_REPO_BYTES);
	struct mst_cursor c = { .ctx = NULL };
	struct mst_item item;
	struct status st = { .code = STATUS_OK };

	random_tree(&t, 50);
	is_int(mst_cursor_next(&c, &item, &st), MST_END, "none was opened");
	mst_cursor_close(&c);
	c.get = refuse;
	c.subtrees = true;
	mst_cursor_open(&c, &link);
	is_int(mst_cursor_next(&c, &item, &st), MST_SUBTREE, "the root");
	ok(item.link.at == link.at && item.key == NULL &&
		item.layer == MST_LAYERS,
	    "has no bounds");
	is_int(mst_cursor_next(&c, &item, &st), MST_FAILED, "get's -1");
	is_int(st.code, STATUS_AGAIN, "with its status");
	c.get = blocks_get;
	mst_cursor_open(&c, &link);
	c.subtrees = false;
	is_int(mst_cursor_next(&c, &item, &st), MST_RECORD, "opened again");
	ok(is_leaf(&item, &t.leaves[0]), "it begins anew");
	mst_cursor_close(&c);
	mst_cursor_close(&c);
	is_int(mst_cursor_next(&c, &item, &st), MST_END, "closed, it ends");
	blocks_clear();
}

/* Compare two trees by skipping the subtrees that both have. */

struct side {
	struct mst_cursor c;
	struct mst_item item;
	enum mst_step step;
};

static void
advance(struct side *s)
{
	struct status st;

	s->step = mst_cursor_next(&s->c, &s->item, &st);
}

/* Both cursors are at records, or one of them is at its end. */
static int
order(const struct side *a, const struct side *b)
{
	const struct mst_leaf left = { .key = a->item.key,
		.key_len = a->item.key_len };
	const struct mst_leaf right = { .key = b->item.key,
		.key_len = b->item.key_len };

	if (a->step == MST_END || b->step == MST_END)
		return a->step == MST_END ? 1 : -1;
	return by_key(&left, &right);
}

static bool
same_link(const struct side *a, const struct side *b)
{
	return a->item.link.len == b->item.link.len &&
	    memcmp(a->item.link.at, b->item.link.at, a->item.link.len) == 0;
}

/* Enter the greater of two subtrees, or both; skip both if they are equal. */
static void
descend(struct side *a, struct side *b)
{
	int left = a->step == MST_SUBTREE ? a->item.layer : -1;
	int right = b->step == MST_SUBTREE ? b->item.layer : -1;

	if (left == right && same_link(a, b)) {
		mst_cursor_skip(&a->c);
		mst_cursor_skip(&b->c);
	}
	if (left >= right)
		advance(a);
	if (right >= left)
		advance(b);
}

static void
compare_trees(const uint8_t *left, const uint8_t *right, struct notes *n)
{
	struct side a = { .c = cursor_at(left, true) };
	struct side b = { .c = cursor_at(right, true) };
	int way;

	advance(&a);
	advance(&b);
	while (a.step != MST_END || b.step != MST_END) {
		if (a.step == MST_SUBTREE || b.step == MST_SUBTREE) {
			descend(&a, &b);
			continue;
		}
		way = order(&a, &b);
		if (way < 0)
			note(n, a.item.key, a.item.key_len, NULL, "-");
		else if (way > 0)
			note(n, b.item.key, b.item.key_len, NULL, "+");
		else if (!same_link(&a, &b))
			note(n, a.item.key, a.item.key_len, NULL, "*");
		if (way <= 0)
			advance(&a);
		if (way >= 0)
			advance(&b);
	}
	mst_cursor_close(&a.c);
	mst_cursor_close(&b.c);
}

/* The same with the sorted leaves. The result is the number of differences. */
static size_t
compare_leaves(const struct tree *a, const struct tree *b, struct notes *n)
{
	size_t i = 0, j = 0, found = 0;
	int way;

	while (i < a->count || j < b->count) {
		way = i == a->count ? 1 :
		    j == b->count   ? -1 :
				      by_key(&a->leaves[i], &b->leaves[j]);
		if (way != 0 || a->leaves[i].cid != b->leaves[j].cid) {
			found++;
			note(n, way <= 0 ? a->leaves[i].key : b->leaves[j].key,
			    way <= 0 ? a->leaves[i].key_len :
				       b->leaves[j].key_len,
			    NULL,
			    way == 0    ? "*" :
				way < 0 ? "-" :
					  "+");
		}
		i += way <= 0;
		j += way >= 0;
	}
	return found;
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

/* The layers of a tree, counted from 1. */
static size_t
height(const struct tree *t)
{
	unsigned top = 0, layer;
	size_t i;

	for (i = 0; i < t->count; i++) {
		layer = mst_layer(t->leaves[i].key, t->leaves[i].key_len);
		top = layer > top ? layer : top;
	}
	return top + 1;
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
	size_t differences;

	want.len = have.len = blocks_reads = 0;
	differences = compare_leaves(a, b, &want);
	compare_trees(a->root, b->root, &have);
	return have.len == want.len &&
	    memcmp(have.text, want.text, want.len) == 0 &&
	    reads_little(a, b, differences, most) &&
	    (differences > 0 || blocks_reads == 0);
}

static void
test_differences(void)
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
	ok(held, "two trees: exactly the difference, and few nodes read");
	diag("at most %.2f nodes for each difference and layer", most);
	random_tree(&a, 300);
	b.count = 0;
	build(&b);
	ok(differ_rightly(&a, &b, &most), "all and nothing");
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

	blocks_clear();
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

/* Find a key by skipping the subtrees that end before it. */
static bool
find(const uint8_t *root, const struct mst_leaf *want)
{
	struct mst_cursor c = cursor_at(root, true);
	struct mst_leaf at = { .key = NULL };
	enum mst_step step;
	struct mst_item item;
	struct status st;
	bool found = false;

	while (!found && (step = mst_cursor_next(&c, &item, &st)) > MST_END) {
		at.key = item.key;
		at.key_len = item.key_len;
		if (step == MST_RECORD && by_key(&at, want) > 0)
			break;
		if (step == MST_RECORD)
			found = by_key(&at, want) == 0;
		else if (item.key != NULL && by_key(&at, want) <= 0)
			mst_cursor_skip(&c);
	}
	mst_cursor_close(&c);
	return found;
}

static void
test_find(void)
{
	static struct tree t;
	struct mst_leaf want;
	bool right = true, few = true;
	size_t i, j;

	for (j = 0; j < 100; j++) {
		random_tree(&t, 200);
		for (i = 0; i < POOL; i += 7) {
			want.key = (const uint8_t *)pool[i];
			want.key_len = strlen(pool[i]);
			blocks_reads = 0;
			right = right &&
			    find(t.root, &want) ==
				(bsearch(&want, t.leaves, t.count, sizeof(want),
				     by_key) != NULL);
			few = few && blocks_reads <= height(&t);
		}
	}
	ok(right, "keys are found, and only those");
	ok(few, "on one way from the root");
	blocks_clear();
}

int
main(void)
{
	fill_pool();
	test_sound();
	test_damage();
	test_ends();
	test_differences();
	test_large();
	test_find();
	return done_testing();
}
