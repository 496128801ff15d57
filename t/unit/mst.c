/* Trees: layers, building and walking, also damaged and incomplete ones. */
#include "config.h"

#include "libcar/base/basen.h"
#include "libcar/base/hash.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/mst.h"
#include "t/lib/fields.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* Blocks by CID. */

struct block {
	uint8_t cid[CID_REPO_BYTES], *data;
	size_t len;
};

static struct store {
	struct block blocks[1000];
	size_t count, gets;
} store;

static void
clear_store(void)
{
	while (store.count > 0)
		free(store.blocks[--store.count].data);
	store.gets = 0;
}

static struct block *
find(const uint8_t *cid)
{
	size_t i;

	for (i = 0; i < store.count; i++)
		if (memcmp(store.blocks[i].cid, cid, CID_REPO_BYTES) == 0)
			return &store.blocks[i];
	return NULL;
}

static int
put(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	struct block *b = &store.blocks[store.count];
	uint8_t want[CID_REPO_BYTES];

	cid_of_block(want, data, len);
	if (memcmp(cid, want, sizeof(want)) != 0)
		return status_set(st, STATUS_BAD_BLOCK, 0, "not its CID");
	if (ctx != NULL)
		++*(size_t *)ctx;
	if (find(cid) != NULL || store.count == 1000)
		return 0;
	memcpy(b->cid, cid, sizeof(b->cid));
	b->data = calloc(1, len);
	memcpy(b->data, data, len);
	b->len = len;
	store.count++;
	return 0;
}

static int
get(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct block *b = find(slice_bytes(link));

	(void)ctx;
	(void)st;
	store.gets++;
	if (b == NULL)
		return 0;
	*data = b->data;
	*len = b->len;
	return 1;
}

/* The records of a walk. */

#define LEAVES 4000

struct list {
	struct mst_leaf leaves[LEAVES];
	size_t count, lost;
	enum status_code code; /* of the last loss */
};

static int
note(void *ctx, const uint8_t *key, size_t len, const struct slice *value,
    struct status *st)
{
	struct list *list = ctx;
	struct mst_leaf *leaf = &list->leaves[list->count++];
	uint8_t *p = calloc(1, len + value->len + 1);

	if (list->count > LEAVES - 1)
		return status_set(st, STATUS_TOO_LARGE, 0, "too many");
	memcpy(p, key, len);
	memcpy(p + len, slice_bytes(value), value->len);
	leaf->key = p;
	leaf->key_len = len;
	leaf->cid = p + len;
	leaf->cid_len = value->len;
	return 0;
}

static int
lost(void *ctx, struct status *st)
{
	struct list *list = ctx;

	list->lost++;
	list->code = st->code;
	return 0;
}

static void
clear_list(struct list *list)
{
	while (list->count > 0)
		free((void *)(uintptr_t)list->leaves[--list->count].key);
	list->lost = 0;
}

static int
walk(const uint8_t *root, struct list *list, bool goes_on, bool trusted,
    struct status *st)
{
	struct slice link = slice_make(root, CID_REPO_BYTES);
	struct mst_walk w = {
		.ctx = list,
		.get = get,
		.record = note,
		.lost = goes_on ? lost : NULL,
		.trusted = trusted,
	};

	clear_list(list);
	return mst_walk(&w, &link, st);
}

static bool
same_leaves(const struct mst_leaf *a, const struct mst_leaf *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (a->key_len != b->key_len || a->cid_len != b->cid_len ||
		    memcmp(a->key, b->key, a->key_len) != 0 ||
		    memcmp(a->cid, b->cid, a->cid_len) != 0)
			return false;
	return true;
}

/* Vectors: lines on standard input, whose fields are separated by tabs */

static void
test_height(char *line)
{
	unsigned want = atoi(next_field(&line));
	char *key = next_field(&line);

	is_int(mst_layer(key, strlen(key)), want, "layer of '%s'", key);
}

/* Print the text in base64, and the suffix that gives the key layer 0. The
 * suffix follows the text's last character. */
static struct mst_leaf
key_of(const char *base64, const char *with, uint8_t *bytes)
{
	static const uint8_t cid[CID_REPO_BYTES] = { 1, 0x71, 0x12, 32 };
	ssize_t n = base64_parse(bytes, 50, base64, strlen(base64));
	struct mst_leaf leaf = { bytes, 0, cid, sizeof(cid) };
	unsigned i = 0;

	do
		leaf.key_len = n +
		    sprintf((char *)bytes + n, "%s%u", with, i++);
	while (mst_layer(bytes, leaf.key_len) != 0);
	return leaf;
}

/* The length of the prefix that the second of two keys shares in their node. */
static void
test_prefix(char *line)
{
	uint8_t left[100], right[100], root[CID_REPO_BYTES];
	struct mst_leaf leaves[2] = {
		key_of(next_field(&line), "<", left),
		key_of(next_field(&line), ">", right),
	};
	struct mst_node node = { .entries = 0 };
	struct mst_entry e = { .prefix = 99 };
	struct status st;
	struct block *b;

	clear_store();
	qsort(leaves, 2, sizeof(leaves[0]), by_key);
	ok(mst_build(leaves, 2, put, NULL, root, &st) == 0, "two keys");
	if ((b = find(root)) != NULL &&
	    mst_node_open(&node, b->data, b->len, &st) == 0) {
		mst_node_next(&node, &e);
		mst_node_next(&node, &e);
	}
	is_int(e.prefix, atoi(next_field(&line)), "their common prefix");
}

/* Keys, separated by spaces. */
static size_t
take_keys(char *keys, struct mst_leaf *leaves, const uint8_t *cid)
{
	size_t n = 0;
	char *key;

	for (key = strtok(keys, " "); key != NULL; key = strtok(NULL, " ")) {
		leaves[n].key = (uint8_t *)key;
		leaves[n].key_len = strlen(key);
		leaves[n].cid = cid;
		leaves[n++].cid_len = CID_REPO_BYTES;
	}
	return n;
}

static void
is_root(const struct mst_leaf *leaves, size_t n, const char *want,
    const char *name)
{
	char text[CID_MAX_TEXT + 1];
	uint8_t root[CID_REPO_BYTES];
	struct status st;

	clear_store();
	ok(mst_build(leaves, n, put, NULL, root, &st) == 0, "%s: built", name);
	text[cid_format(text, root, sizeof(root))] = '\0';
	is_str(text, want, "%s: root", name);
}

/* The links of the proof's nodes to blocks outside it. */
static size_t
leads_out(const uint8_t *root, const char *proof)
{
	char text[CID_MAX_TEXT + 1];
	struct mst_node node;
	struct mst_entry e;
	struct status st;
	struct block *b = find(root);
	size_t n = 0;

	text[cid_format(text, root, CID_REPO_BYTES)] = '\0';
	if (strstr(proof, text) == NULL || b == NULL ||
	    mst_node_open(&node, b->data, b->len, &st) == -1)
		return 1;
	if (node.left.at != NULL)
		n += leads_out(slice_bytes(&node.left), proof);
	while (mst_node_next(&node, &e)) {
		n++; /* the record is missing */
		if (e.tree.at != NULL)
			n += leads_out(slice_bytes(&e.tree), proof);
	}
	return n;
}

/* Write the proof's blocks under a commit, as a CAR, and the number of links to
 * other blocks. */
static void
write_proof(unsigned number, const char *after, char *proof)
{
	uint8_t root[CID_MAX_BYTES], cid[CID_MAX_BYTES];
	uint8_t sig[KEY_SIGNATURE_BYTES] = { 0 };
	struct buf car = { .len = 0 }, commit = { .len = 0 };
	struct status st;
	struct block *b;
	char name[40], *text;
	FILE *f;

	cid_from_text(root, after, strlen(after), &st);
	commit_write(&commit, "did:web:example.com", "3m4xqkxkcac2a", root,
	    sig);
	cid_of_block(cid, commit.data, commit.len);
	car_write_header(&car, cid, CID_REPO_BYTES);
	car_write_block(&car, cid, CID_REPO_BYTES, commit.data, commit.len);
	snprintf(name, sizeof(name), "proof-%u.links", number);
	f = fopen(name, "w");
	fprintf(f, "%zu\n", leads_out(root, proof));
	fclose(f);
	for (text = strtok(proof, " "); text != NULL;
	     text = strtok(NULL, " ")) {
		cid_from_text(cid, text, strlen(text), &st);
		b = find(cid);
		if (ok(b != NULL, "proof: %s is in the tree", text))
			car_write_block(&car, cid, CID_REPO_BYTES, b->data,
			    b->len);
	}
	snprintf(name, sizeof(name), "proof-%u.car", number);
	f = fopen(name, "w");
	ok(fwrite(car.data, 1, car.len, f) == car.len && fclose(f) == 0,
	    "%s written", name);
	buf_free(&car);
	buf_free(&commit);
}

static void
test_proof(char *line)
{
	static unsigned number;
	static struct mst_leaf leaves[200];
	uint8_t cid[CID_MAX_BYTES];
	char *comment = next_field(&line), *value = next_field(&line);
	char *before = next_field(&line), *after = next_field(&line);
	struct mst_leaf dels[50];
	struct status st;
	size_t n, i, j, d;

	cid_from_text(cid, value, strlen(value), &st);
	n = take_keys(next_field(&line), leaves, cid);
	is_root(leaves, n, before, comment);
	n += take_keys(next_field(&line), leaves + n, cid);
	d = take_keys(next_field(&line), dels, cid);
	for (i = 0; i < d; i++)
		for (j = 0; j < n; j++)
			if (by_key(&leaves[j], &dels[i]) == 0)
				leaves[j] = leaves[--n];
	qsort(leaves, n, sizeof(leaves[0]), by_key);
	is_root(leaves, n, after, comment);
	write_proof(++number, after, next_field(&line));
}

/* example_keys.txt: the second character of a key is its layer. */
static void
test_example(char *all)
{
	static struct mst_leaf leaves[200];
	static struct list list;
	uint8_t cid[CID_REPO_BYTES], root[CID_REPO_BYTES];
	struct status st;
	struct mst_node node;
	size_t n, i, wrong = 0, puts_made = 0;

	cid_of_block(cid, "x", 1);
	n = take_keys(all, leaves, cid);
	is_int(n, 156, "example keys");
	for (i = 0; i < n; i++)
		wrong += mst_layer(leaves[i].key, leaves[i].key_len) !=
		    leaves[i].key[1] - '0' + 0u;
	is_int(wrong, 0, "their layers");
	ok(mst_build(leaves, n, put, &puts_made, root, &st) == 0, "built");
	is_int(puts_made, store.count, "each node once");
	ok(mst_node_open(&node, find(root)->data, find(root)->len, &st) == 0 &&
		node.entries == 26,
	    "the root has the keys of layer 5");
	ok(walk(root, &list, false, false, &st) == 0 && list.count == n &&
		same_leaves(list.leaves, leaves, n),
	    "walked");
	ok(walk(root, &list, false, true, &st) == 0 && list.count == n &&
		same_leaves(list.leaves, leaves, n),
	    "walked again, trusted");
	is_int(store.gets, 2 * store.count, "each node looked up once a walk");
	clear_list(&list);
	clear_store();
}

static int
test_lines(const char *what)
{
	static char line[1 << 16];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(what, "heights") == 0)
			test_height(line);
		else if (strcmp(what, "prefixes") == 0)
			test_prefix(line);
		else if (strcmp(what, "proofs") == 0)
			test_proof(line);
		else
			test_example(strtok(line, "\n"));
	}
	clear_store();
	return done_testing();
}

/* Layers, bit by bit */

static unsigned
plain_layer(const void *key, size_t len)
{
	uint8_t digest[32];
	unsigned bit = 0;

	hash_sha256(digest, key, len);
	while (bit < 256 && (digest[bit / 8] >> (7 - bit % 8) & 1) == 0)
		bit++;
	return bit / 2;
}

static void
test_layers(void)
{
	unsigned i, top = 0;
	bool held = true;
	char key[20];

	for (i = 0; i < 100000; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		held = held &&
		    mst_layer(key, strlen(key)) ==
			plain_layer(key, strlen(key));
		if (plain_layer(key, strlen(key)) > top)
			top = plain_layer(key, strlen(key));
	}
	ok(held, "layers as bit by bit");
	ok(top >= 7, "up to layer %u", top);
}

/* A tree as a structure that can be damaged */

struct twig {
	char key[80];
	size_t key_len, prefix, suffix; /* where in key k begins */
	struct tree *tree;
	uint8_t value[CID_REPO_BYTES];
};

struct tree {
	struct tree *left;
	struct twig twigs[40];
	size_t count;
};

static struct tree *
free_tree(struct tree *t)
{
	size_t i;

	if (t == NULL)
		return NULL;
	free_tree(t->left);
	for (i = 0; i < t->count; i++)
		free_tree(t->twigs[i].tree);
	free(t);
	return NULL;
}

static struct tree *
copy_tree(const struct tree *t)
{
	struct tree *c;
	size_t i;

	if (t == NULL)
		return NULL;
	c = calloc(1, sizeof(*c));
	*c = *t;
	c->left = copy_tree(t->left);
	for (i = 0; i < t->count; i++)
		c->twigs[i].tree = copy_tree(t->twigs[i].tree);
	return c;
}

static struct tree *
read_tree(const struct slice *link)
{
	struct block *b = link->at == NULL ? NULL : find(slice_bytes(link));
	struct tree *t = b == NULL ? NULL : calloc(1, sizeof(*t));
	struct twig *twig, *before = NULL;
	struct mst_node node;
	struct mst_entry e;
	struct status st;

	if (t == NULL || mst_node_open(&node, b->data, b->len, &st) == -1)
		return free_tree(t);
	t->left = read_tree(&node.left);
	while (mst_node_next(&node, &e)) {
		twig = &t->twigs[t->count++];
		if (before != NULL)
			memcpy(twig->key, before->key, e.prefix);
		memcpy(twig->key + e.prefix, e.suffix, e.suffix_len);
		twig->prefix = twig->suffix = e.prefix;
		twig->key_len = e.prefix + e.suffix_len;
		memcpy(twig->value, slice_bytes(&e.value), CID_REPO_BYTES);
		twig->tree = read_tree(&e.tree);
		before = twig;
	}
	return t;
}

static void
write_link(struct buf *b, const uint8_t *cid)
{
	if (cid == NULL)
		dagcbor_write_null(b);
	else
		dagcbor_write_link(b, cid, CID_REPO_BYTES);
}

/* Put the tree's blocks into the store. The result is its CID. */
static uint8_t *
write_tree(const struct tree *t, uint8_t *cid)
{
	uint8_t child[CID_REPO_BYTES];
	struct buf b = { .len = 0 };
	const struct twig *twig;
	struct status st;
	size_t i;

	if (t == NULL)
		return NULL;
	dagcbor_write_map(&b, 2);
	dagcbor_write_text(&b, "e", 1);
	dagcbor_write_array(&b, t->count);
	for (i = 0; i < t->count; i++) {
		twig = &t->twigs[i];
		dagcbor_write_map(&b, 4);
		dagcbor_write_text(&b, "k", 1);
		dagcbor_write_bytes(&b, twig->key + twig->suffix,
		    twig->key_len - twig->suffix);
		dagcbor_write_text(&b, "p", 1);
		dagcbor_write_uint(&b, twig->prefix);
		dagcbor_write_text(&b, "t", 1);
		write_link(&b, write_tree(twig->tree, child));
		dagcbor_write_text(&b, "v", 1);
		write_link(&b, twig->value);
	}
	dagcbor_write_text(&b, "l", 1);
	write_link(&b, write_tree(t->left, child));
	cid_of_block(cid, b.data, b.len);
	put(NULL, cid, b.data, b.len, &st);
	buf_free(&b);
	return cid;
}

/* Any place for a subtree, and any node that has keys. */
static struct tree **
some_place(struct tree **t)
{
	size_t i;

	for (;;) {
		if (*t == NULL || rnd() % 3 == 0)
			return t;
		i = rnd() % ((*t)->count + 1);
		t = i == 0 ? &(*t)->left : &(*t)->twigs[i - 1].tree;
	}
}

static struct tree *
some_node(struct tree **t)
{
	struct tree *n;
	int i;

	for (i = 0; i < 20; i++)
		if ((n = *some_place(t)) != NULL && n->count > 0)
			return n;
	return NULL;
}

static void
replace(struct tree **place, struct tree *with)
{
	free_tree(*place);
	*place = with;
}

/* Insert another node between. */
static void
wrap(struct tree **place)
{
	struct tree *t = calloc(1, sizeof(*t));

	t->left = *place;
	*place = t;
}

/* Omit a node. */
static void
unwrap(struct tree **place)
{
	struct tree *left;

	if (*place == NULL)
		return;
	left = copy_tree((*place)->left);
	replace(place, left);
}

static void
spoil_places(struct tree **root)
{
	struct tree **place = some_place(root);

	switch (rnd() % 5) {
	case 0:
		replace(place, NULL);
		break;
	case 1:
		replace(place, copy_tree(*some_place(root)));
		break;
	case 2:
		wrap(place);
		break;
	case 3:
		unwrap(place);
		break;
	default:
		if (*place == NULL)
			*place = calloc(1, sizeof(**place));
	}
	if (*root == NULL)
		*root = calloc(1, sizeof(**root));
}

static void
drop_twig(struct tree *t, size_t i)
{
	free_tree(t->twigs[i].tree);
	t->count--;
	memmove(&t->twigs[i], &t->twigs[i + 1],
	    (t->count - i) * sizeof(t->twigs[0]));
}

/* Correct the prefixes again, but not always. */
static void
mend(struct tree *t)
{
	struct twig *a, *b;
	size_t i, n;

	for (i = 0; i < t->count; i++) {
		b = &t->twigs[i];
		b->prefix = b->suffix = 0;
		if (i == 0)
			continue;
		a = &t->twigs[i - 1];
		for (n = 0;
		     n < a->key_len && n < b->key_len && a->key[n] == b->key[n];
		     n++)
			;
		b->prefix = b->suffix = n;
	}
}

static void
spoil_twig(struct tree *t)
{
	size_t i = rnd() % t->count, j = rnd() % t->count;
	struct twig *twig = &t->twigs[i], swap;

	switch (rnd() % 8) {
	case 0:
		drop_twig(t, i);
		break;
	case 1:
		swap = *twig;
		*twig = t->twigs[j];
		t->twigs[j] = swap;
		break;
	case 2:
		if (t->count == 40)
			break;
		t->twigs[t->count] = t->twigs[i];
		t->twigs[t->count++].tree = NULL;
		break;
	case 3:
		twig->key[rnd() % twig->key_len] ^= 1 << rnd() % 7;
		break;
	case 4:
		twig->prefix = twig->suffix = rnd() % (twig->prefix + 1);
		break;
	case 5:
		twig->prefix += rnd() % 3;
		break;
	case 6:
		twig->key_len = rnd() % (twig->key_len + 1);
		if (twig->suffix > twig->key_len)
			twig->suffix = twig->key_len;
		break;
	default:
		twig->value[20]++;
	}
	if (rnd() & 1)
		mend(t);
}

static void
spoil(struct tree **root)
{
	struct tree *t;

	if (rnd() & 1)
		spoil_places(root);
	else if ((t = some_node(root)) != NULL)
		spoil_twig(t);
}

/* Keys. Layers are about equally frequent, so that small trees are deep. */
#define POOL 600
static char pool[POOL][16];

static void
fill_pool(void)
{
	unsigned n = 0, i;
	char *key;

	for (i = 0; n < POOL; i++) {
		key = pool[n];
		snprintf(key, sizeof(pool[0]), "a.b/%c%u", 'a' + i % 5, i);
		n += mst_layer(key, strlen(key)) == n * 4 / POOL;
	}
}

static size_t
random_leaves(struct mst_leaf *leaves, size_t max)
{
	static const uint8_t cid[CID_REPO_BYTES] = { 1, 0x71, 0x12, 32 };
	size_t n = 0, kept = 0, i;
	const char *key;

	for (n = 0; n < max; n++) {
		key = pool[rnd() % POOL];
		leaves[n].key = (const uint8_t *)key;
		leaves[n].key_len = strlen(key);
		leaves[n].cid = cid;
		leaves[n].cid_len = sizeof(cid);
	}
	if (n > 0)
		qsort(leaves, n, sizeof(leaves[0]), by_key);
	for (i = 0; i < n; i++)
		if (i == 0 || by_key(&leaves[i], &leaves[kept - 1]) != 0)
			leaves[kept++] = leaves[i];
	return kept;
}

/* A damaged tree is refused, or it is the tree of its keys. */
static bool
holds_after(const uint8_t *root, struct list *list, size_t *accepted)
{
	uint8_t again[CID_REPO_BYTES];
	struct status st;

	if (walk(root, list, false, false, &st) == -1)
		return st.code == STATUS_BAD_TREE ||
		    st.code == STATUS_MISSING_BLOCK;
	++*accepted;
	return mst_build(list->leaves, list->count, put, NULL, again, &st) ==
	    0 &&
	    memcmp(again, root, sizeof(again)) == 0;
}

static void
test_spoilt(void)
{
	static struct mst_leaf leaves[40];
	static struct list list;
	uint8_t root[CID_REPO_BYTES];
	size_t accepted = 0, n, i, rounds = 20000;
	struct slice link = slice_make(root, sizeof(root));
	struct tree *t;
	struct status st;
	bool held = true, same = true;

	for (i = 0; i < rounds && held && same; i++) {
		clear_store();
		n = random_leaves(leaves, rnd() % 30);
		same = mst_build(leaves, n, put, NULL, root, &st) == 0 &&
		    walk(root, &list, false, false, &st) == 0 &&
		    list.count == n && same_leaves(list.leaves, leaves, n);
		t = read_tree(&link);
		clear_store();
		spoil(&t);
		if (rnd() % 4 == 0)
			spoil(&t);
		held = holds_after(write_tree(t, root), &list, &accepted);
		free_tree(t);
	}
	ok(same, "sound trees give their keys");
	ok(held, "spoilt trees: refused, or they are the tree of their keys");
	ok(accepted > rounds / 50 && accepted < rounds / 4 * 3,
	    "%zu of %zu accepted", accepted, rounds);
	clear_list(&list);
	clear_store();
}

/* Some blocks are removed. The walk still returns records of the list, in
 * order, and reports every loss once. */
static void
test_losses(void)
{
	static struct mst_leaf leaves[100];
	static struct list list;
	uint8_t root[CID_REPO_BYTES];
	size_t n, i, j, gone, rounds = 2000;
	struct status st;
	struct block *b;
	bool held = true, stops = true;

	for (i = 0; i < rounds && held; i++) {
		clear_store();
		n = random_leaves(leaves, 1 + rnd() % 90);
		mst_build(leaves, n, put, NULL, root, &st);
		b = &store.blocks[rnd() % store.count];
		gone = memcmp(b->cid, root, sizeof(root)) == 0;
		b->cid[20]++;
		if (rnd() & 1) { /* a block that isn't a node */
			b->cid[20]--;
			b->data[0] ^= 1;
		}
		stops = stops && walk(root, &list, false, false, &st) == -1;
		held = walk(root, &list, true, false, &st) == 0 &&
		    list.lost == 1 && (!gone || list.count == 0) &&
		    list.count < n &&
		    (list.code == STATUS_BAD_TREE ||
			list.code == STATUS_MISSING_BLOCK);
		for (j = 0; j < list.count && held; j++)
			held = bsearch(&list.leaves[j], leaves, n,
				   sizeof(leaves[0]), by_key) != NULL &&
			    (j == 0 ||
				by_key(&list.leaves[j - 1], &list.leaves[j]) <
				    0);
	}
	ok(held, "what is lost is told, and the rest is given");
	ok(stops, "or the walk ends there");
	clear_list(&list);
	clear_store();
}

static int
refuse_record(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	(void)ctx;
	(void)key;
	(void)len;
	(void)value;
	return status_set(st, STATUS_AGAIN, 7, "enough");
}

static int
refuse_get(void *ctx, const struct slice *link, const uint8_t **data,
    size_t *len, struct status *st)
{
	(void)ctx;
	(void)link;
	(void)data;
	(void)len;
	return status_set(st, STATUS_AGAIN, 7, "enough");
}

static int
refuse_put(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	(void)ctx;
	(void)cid;
	(void)data;
	(void)len;
	return status_set(st, STATUS_AGAIN, 7, "enough");
}

static void
test_refusals(void)
{
	static struct mst_leaf leaves[30];
	static struct list list;
	uint8_t root[CID_REPO_BYTES];
	struct slice link = slice_make(root, sizeof(root));
	struct mst_walk w = { .ctx = &list,
		.get = get,
		.lost = lost,
		.record = refuse_record };
	size_t n = random_leaves(leaves, 30);
	struct status st = { .code = STATUS_OK };
	struct mst_leaf swap;

	ok(mst_build(leaves, n, refuse_put, NULL, root, &st) == -1 &&
		st.code == STATUS_AGAIN,
	    "put's -1 stops the building");
	mst_build(leaves, n, put, NULL, root, &st);
	ok(mst_walk(&w, &link, &st) == -1 && st.code == STATUS_AGAIN &&
		list.lost == 0,
	    "record's -1 stops the walk");
	w.get = refuse_get;
	st.code = STATUS_OK;
	ok(mst_walk(&w, &link, &st) == -1 && st.code == STATUS_AGAIN &&
		list.lost == 0,
	    "get's -1 stops the walk");
	swap = leaves[3];
	leaves[3] = leaves[4];
	leaves[4] = swap;
	ok(mst_build(leaves, n, put, NULL, root, &st) == -1 &&
		st.code == STATUS_BAD_KEY,
	    "keys out of order aren't built");
	leaves[3] = leaves[4];
	ok(mst_build(leaves, n, put, NULL, root, &st) == -1 &&
		st.code == STATUS_BAD_KEY,
	    "nor twice the same");
	clear_store();
}

/* A node is read as fixed bytes with gaps. It must be strict DAG-CBOR too, and
 * writing its entries again must give the same bytes. */
static bool
is_node_of_its_parts(const uint8_t *data, size_t len)
{
	struct buf b = { .len = 0 };
	struct mst_node node;
	struct mst_entry e;
	struct dagcbor d;
	struct status st;
	size_t n = 0;
	bool same;

	if (mst_node_open(&node, data, len, &st) == -1)
		return st.code == STATUS_BAD_TREE;
	dagcbor_open(&d, data, len);
	if (dagcbor_skip(&d, &st) == -1 || d.at != d.end)
		return false;
	dagcbor_write_map(&b, 2);
	dagcbor_write_text(&b, "e", 1);
	dagcbor_write_array(&b, node.entries);
	for (; mst_node_next(&node, &e); n++) {
		dagcbor_write_map(&b, 4);
		dagcbor_write_text(&b, "k", 1);
		dagcbor_write_bytes(&b, e.suffix, e.suffix_len);
		dagcbor_write_text(&b, "p", 1);
		dagcbor_write_uint(&b, e.prefix);
		dagcbor_write_text(&b, "t", 1);
		write_link(&b, slice_bytes(&e.tree));
		dagcbor_write_text(&b, "v", 1);
		dagcbor_write_link(&b, slice_bytes(&e.value), e.value.len);
	}
	dagcbor_write_text(&b, "l", 1);
	write_link(&b, slice_bytes(&node.left));
	same = n == node.entries && b.len == len &&
	    memcmp(b.data, data, len) == 0;
	buf_free(&b);
	return same;
}

static void
test_node_bytes(void)
{
	static struct mst_leaf leaves[30];
	static const uint8_t heads[] = { 0x00, 0x18, 0x40, 0x58, 0x61, 0x80,
		0x81, 0xa0, 0xa2, 0xa4, 0xd8, 0x2a, 0xf6 };
	uint8_t root[CID_REPO_BYTES], *bytes;
	struct status st;
	size_t i, n, len, cut, accepted = 0;
	bool held = true, cuts = true;
	struct mst_node node;
	struct block *b;

	for (i = 0; i < 100000 && held; i++) {
		if (i % 1000 == 0) {
			clear_store();
			n = random_leaves(leaves, 30);
			mst_build(leaves, n, put, NULL, root, &st);
		}
		b = &store.blocks[rnd() % store.count];
		len = b->len - (i % 4 == 0 ? rnd() % b->len : 0);
		bytes = calloc(1, len);
		memcpy(bytes, b->data, len);
		for (n = rnd() % 3; n > 0; n--)
			bytes[rnd() % len] = rnd() & 1 ?
			    rnd() :
			    heads[rnd() % sizeof(heads)];
		held = is_node_of_its_parts(bytes, len);
		accepted += mst_node_open(&node, bytes, len, &st) == 0;
		free(bytes);
	}
	ok(held, "changed nodes: refused, or strict and of their parts");
	ok(accepted > 1000, "%zu accepted", accepted);
	for (cut = 0; cut < store.blocks[0].len; cut++) {
		bytes = calloc(1, cut);
		memcpy(bytes, store.blocks[0].data, cut);
		cuts = cuts && mst_node_open(&node, bytes, cut, &st) == -1;
		free(bytes);
	}
	ok(cuts, "cut nodes are refused");
	clear_store();
}

/* Sizes: none, one, and many; long keys up to the limit. */
static void
test_sizes(void)
{
	static struct mst_leaf leaves[3];
	static struct list list;
	static uint8_t keys[3][MST_MAX_KEY + 1];
	uint8_t root[CID_REPO_BYTES], cid[CID_REPO_BYTES];
	struct status st;
	int i;

	ok(mst_build(NULL, 0, put, NULL, root, &st) == 0, "the empty tree");
	is_mem(find(root)->data, find(root)->len,
	    "\xa2\x61"
	    "e\x80\x61l\xf6",
	    7, "is one node");
	ok(walk(root, &list, false, false, &st) == 0 && list.count == 0,
	    "it has no records");
	cid_of_block(cid, "x", 1);
	for (i = 0; i < 3; i++) {
		memset(keys[i], 'a', sizeof(keys[i]));
		keys[i][MST_MAX_KEY - 1] = 'b' + i;
		leaves[i].key = keys[i];
		leaves[i].key_len = MST_MAX_KEY;
		leaves[i].cid = cid;
		leaves[i].cid_len = sizeof(cid);
	}
	mst_build(leaves, 3, put, NULL, root, &st);
	ok(walk(root, &list, false, false, &st) == 0 && list.count == 3 &&
		same_leaves(list.leaves, leaves, 3),
	    "keys of %d bytes", MST_MAX_KEY);
	leaves[1].key_len++;
	mst_build(leaves, 3, put, NULL, root, &st);
	ok(walk(root, &list, false, false, &st) == -1 &&
		st.code == STATUS_BAD_TREE,
	    "and one more");
	clear_list(&list);
	clear_store();
}

int
main(int argc, char **argv)
{
	if (argc == 2)
		return test_lines(argv[1]);
	fill_pool();
	test_layers();
	test_sizes();
	test_refusals();
	test_node_bytes();
	test_spoilt();
	test_losses();
	return done_testing();
}
