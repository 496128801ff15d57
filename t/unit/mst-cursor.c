/* The cursor compared with the walk, on valid, damaged and incomplete trees. */
#include "config.h"

#include "libcar/repo/mst.h"
#include "t/lib/tap.h"
#include "t/lib/trees.h"

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
	test_find();
	return done_testing();
}
