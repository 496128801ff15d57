/* Proofs about the keys of random trees: what is proved is true, and without
 * one of the blocks, or with one changed, nothing is proved. And the proofs of
 * the event stream's vectors. */
#include "config.h"

#include "libcar/data/dagcbor.h"
#include "libcar/repo/mst_find.h"
#include "libcar/repo/proof.h"
#include "t/lib/blocks.h"
#include "t/lib/copy.h"
#include "t/lib/fields.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define OTHER "did:plc:vath6jhrzqdqegcoffdgrxma"
#define REV "3m5xqkxkcac2a"
#define NOW ((uint64_t)1 << 52) /* later than REV */

/* A signed repo: every second key of the pool is in it. Layers up to 5 are
 * about equally frequent, so that small trees are deep. */

#define POOL 400
#define KEYS 10000 /* looked up, in all trees */

static char pool[POOL][16];
static struct keypair pair;
static struct commit_want want = { .did = DID,
	.did_len = sizeof(DID) - 1,
	.now = NOW };

static void
make_pool(void)
{
	unsigned n = 0, i;

	for (i = 0; n < POOL; i++) {
		snprintf(pool[n], sizeof(pool[0]), "a.b.c/%u", i);
		n += mst_layer(pool[n], strlen(pool[n])) == n * 6 / POOL;
	}
}

struct tree {
	bool has[POOL];
	uint8_t values[POOL][CID_REPO_BYTES];
	uint8_t root[CID_REPO_BYTES], commit[CID_REPO_BYTES];
};

static void
put_record(uint8_t *cid, unsigned n)
{
	struct buf out = { .len = 0 };
	struct status st;

	dagcbor_write_map(&out, 1);
	dagcbor_write_text(&out, "n", 1);
	dagcbor_write_uint(&out, n);
	cid_of_block(cid, out.data, out.len);
	blocks_put(NULL, cid, out.data, out.len, &st);
	buf_free(&out);
}

static void
put_commit(struct tree *t)
{
	struct buf out = { .len = 0 };
	struct status st;

	if (commit_sign(&out, DID, REV, t->root, &pair, &st) == -1)
		ok(false, "signed: %s", st.msg);
	cid_of_block(t->commit, out.data, out.len);
	blocks_put(NULL, t->commit, out.data, out.len, &st);
	buf_free(&out);
}

static void
make_tree(struct tree *t, unsigned percent)
{
	static struct mst_leaf leaves[POOL];
	struct status st;
	size_t n = 0, i;

	blocks_clear();
	for (i = 0; i < POOL; i++) {
		t->has[i] = rnd() % 100 < percent;
		if (!t->has[i])
			continue;
		put_record(t->values[i], rnd() % (2 * POOL));
		leaves[n++] = (struct mst_leaf){ (uint8_t *)pool[i],
			strlen(pool[i]), t->values[i], CID_REPO_BYTES };
	}
	if (n > 0)
		qsort(leaves, n, sizeof(leaves[0]), by_key);
	if (mst_build(leaves, n, blocks_put, NULL, t->root, &st) == -1)
		ok(false, "built: %s", st.msg);
	put_commit(t);
}

/* Mark the blocks of a proof as shown. */
static void
show(const struct tree *t, size_t key)
{
	struct mst_cursor c = { .get = blocks_get };
	struct slice root = slice_make(t->root, CID_REPO_BYTES),
		     name = slice_of(pool[key]), value;
	struct status st;

	blocks_hide();
	block_of(t->commit)->shown = true;
	if (mst_find(&c, &root, &name, &value, &st) == MST_FIND_PRESENT)
		block_of(slice_bytes(&value))->shown = true;
	mst_cursor_close(&c);
}

/* The blocks that are shown, but this one; flip a bit of another. */
struct part {
	const uint8_t *root;
	size_t without, changed; /* indexes of blocks that are shown */
};

#define NONE SIZE_MAX

static size_t
write_part(struct buf *car, const struct part *p)
{
	struct block *b;
	size_t i, n = 0;

	car->len = 0;
	car_write_header(car, p->root, CID_REPO_BYTES);
	for (i = 0; i < blocks_count; i++) {
		b = &blocks[blocks_used[i]];
		if (!b->shown)
			continue;
		if (n != p->without)
			car_write_block(car, b->cid, CID_REPO_BYTES, b->data,
			    b->len);
		if (n++ == p->changed)
			car->data[car->len - 1 - rnd() % b->len] ^= 1
			    << rnd() % 8;
	}
	return n;
}

/* Look a key up in a CAR in memory of exactly its size. */
static enum proof_result
look(const struct buf *car, const char *key, struct status *st)
{
	static struct proof p;
	struct slice name = slice_of(key);
	void *bytes = copy(car->data, car->len);
	enum proof_result r = PROOF_FAILED;
	struct proof_record record;

	st->code = STATUS_OK;
	if (proof_open(&p, bytes, car->len, &want, st) == 0)
		r = proof_find(&p, &name, &record, st);
	proof_free(&p);
	free(bytes);
	return r;
}

static bool
is_right(const struct tree *t, size_t key, struct buf *car, size_t *count)
{
	struct part p = { t->commit, NONE, NONE };
	struct status st;

	show(t, key);
	*count = write_part(car, &p);
	return look(car, pool[key], &st) ==
	    (t->has[key] ? PROOF_PRESENT : PROOF_ABSENT);
}

/* Each block is needed. */
static bool
is_unproved(const struct tree *t, size_t key, struct buf *car, size_t count)
{
	struct part p = { t->commit, 0, NONE };
	struct status st;

	for (; p.without < count; p.without++) {
		write_part(car, &p);
		if (look(car, pool[key], &st) != PROOF_FAILED ||
		    st.code != STATUS_UNPROVED)
			return false;
	}
	return true;
}

static bool
is_refused(const struct tree *t, size_t key, struct buf *car, size_t count)
{
	struct part p = { t->commit, NONE, 0 };
	struct status st;

	for (; p.changed < count; p.changed++) {
		write_part(car, &p);
		if (look(car, pool[key], &st) != PROOF_FAILED ||
		    st.code != STATUS_BAD_BLOCK)
			return false;
	}
	return true;
}

static void
test_keys(void)
{
	static struct tree t;
	bool right = true, unproved = true, refused = true;
	size_t i, key, count, present = 0, most = 0;
	struct buf car = { .len = 0 };

	for (i = 0; i < KEYS && right && unproved && refused; i++) {
		if (i % 100 == 0)
			make_tree(&t, i / 100 * 11 % 101);
		key = rnd() % POOL;
		right = is_right(&t, key, &car, &count);
		unproved = is_unproved(&t, key, &car, count);
		refused = is_refused(&t, key, &car, count);
		present += t.has[key];
		most = count > most ? count : most;
	}
	ok(right, "%zu keys, of which %zu are present", i, present);
	ok(unproved, "without a block nothing is proved");
	ok(refused, "with a block that is changed neither");
	diag("proofs of up to %zu blocks", most);
	buf_free(&car);
}

/* A key is proved by the whole tree, and never by the path of another key,
 * unless both have the same path. */
static void
test_paths(void)
{
	static struct tree t;
	struct buf car = { .len = 0 };
	struct part p = { t.commit, NONE, NONE };
	enum proof_result r, had;
	size_t i, k, wrong = 0, unproved = 0;
	struct status st;

	make_tree(&t, 50);
	for (i = 0; i < POOL; i += 7) {
		show(&t, i);
		write_part(&car, &p);
		for (k = 0; k < POOL; k++) {
			r = look(&car, pool[k], &st);
			had = t.has[k] ? PROOF_PRESENT : PROOF_ABSENT;
			wrong += r != PROOF_FAILED && r != had;
			unproved += r == PROOF_FAILED;
		}
	}
	is_int(wrong, 0, "the proof of another key");
	ok(unproved > POOL * POOL / 7 / 2, "seldom proves: %zu", unproved);
	for (i = 0; i < blocks_count; i++)
		blocks[blocks_used[i]].shown = true;
	write_part(&car, &p);
	for (k = wrong = 0; k < POOL; k++)
		wrong += look(&car, pool[k], &st) !=
		    (t.has[k] ? PROOF_PRESENT : PROOF_ABSENT);
	is_int(wrong, 0, "the whole repo proves every key");
	buf_free(&car);
}

/* What the caller requires of the commit. */
static void
test_commit(void)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 9 };
	struct keypair other;
	static struct tree t;
	struct part p = { t.commit, NONE, NONE };
	struct buf car = { .len = 0 };
	struct status st;

	make_tree(&t, 50);
	show(&t, 3);
	write_part(&car, &p);
	keypair_make(&other, KEY_P256, secret, &st);
	want.signer = &pair.key;
	ok(look(&car, pool[3], &st) != PROOF_FAILED, "of its key");
	want.signer = &other.key;
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "of another key");
	is_int(st.code, STATUS_BAD_SIGNATURE, "%s", st.msg);
	want.signer = NULL;
	want.need_signer = true;
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "of no known key");
	is_int(st.code, STATUS_NO_KEY, "%s", st.msg);
	want.need_signer = false;
	want.did = OTHER;
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "of another account");
	is_int(st.code, STATUS_WRONG_DID, "%s", st.msg);
	want.did = DID;
	want.now = 1;
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "of the future");
	is_int(st.code, STATUS_FUTURE_REV, "%s", st.msg);
	want.now = NOW;
	p.root = t.root;
	write_part(&car, &p);
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "its root is a node");
	is_int(st.code, STATUS_BAD_COMMIT, "%s", st.msg);
	car.len = 0;
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "no bytes");
	car_write_header(&car, NULL, 0);
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "no root");
	is_int(st.code, STATUS_BAD_CAR, "%s", st.msg);
	keypair_free(&other);
	buf_free(&car);
}

/* An account signs a tree that breaks a rule: a key is in a node that is not of
 * its layer. */
static void
test_bad_tree(void)
{
	static struct tree t;
	struct part p = { t.commit, NONE, NONE };
	struct buf car = { .len = 0 };
	struct block *root;
	struct status st;
	char *at;

	make_tree(&t, 50);
	root = block_of(t.root);
	at = memchr(root->data, '/', root->len);
	ok(at != NULL, "the root has a key");
	at[1]++;
	cid_of_block(t.root, root->data, root->len);
	blocks_put(NULL, t.root, root->data, root->len, &st);
	put_commit(&t);
	show(&t, 3);
	write_part(&car, &p);
	is_int(look(&car, pool[3], &st), PROOF_FAILED, "a key of no layer");
	is_int(st.code, STATUS_BAD_TREE, "%s", st.msg);
	buf_free(&car);
}

/* A record that is its own CID. */
static void
test_identity(void)
{
	static const uint8_t cid[] = { 1, 0x71, 0, 1, 0xa0 };
	struct mst_leaf leaf = { (uint8_t *)pool[0], strlen(pool[0]), cid,
		sizeof(cid) };
	static struct tree t;
	struct part p = { t.commit, NONE, NONE };
	struct buf car = { .len = 0 };
	struct status st;

	blocks_clear();
	mst_build(&leaf, 1, blocks_put, NULL, t.root, &st);
	put_commit(&t);
	blocks_hide();
	block_of(t.commit)->shown = block_of(t.root)->shown = true;
	write_part(&car, &p);
	is_int(look(&car, pool[0], &st), PROOF_PRESENT, "an identity CID");
	is_int(look(&car, pool[1], &st), PROOF_ABSENT, "and another key");
	buf_free(&car);
	blocks_clear();
}

/* The vectors, whose CARs t/unit/mst has written: nodes without records. */

#define VECTOR_BYTES (1 << 16)

static void
read_file(const char *name, struct buf *out)
{
	FILE *f = fopen(name, "r");

	if (ok(f != NULL && buf_reserve(out, VECTOR_BYTES) != NULL, "%s",
		name)) {
		out->len = fread(out->data, 1, VECTOR_BYTES, f);
		fclose(f);
	}
}

/* How many of these keys, separated by spaces, have this result? */
static size_t
count_results(struct proof *p, char *keys, enum mst_find_result result)
{
	struct slice root = slice_make(p->commit.data.bytes, CID_REPO_BYTES),
		     key, value;
	struct status st;
	size_t n = 0;
	char *text;

	p->cursor.ctx = &p->slice;
	p->cursor.get = car_slice_get;
	for (text = strtok(keys, " "); text != NULL; text = strtok(NULL, " ")) {
		key = slice_of(text);
		n += mst_find(&p->cursor, &root, &key, &value, &st) == result;
	}
	return n;
}

static size_t
count_words(const char *text)
{
	size_t n = *text != '\0';

	for (; *text != '\0'; text++)
		n += *text == ' ';
	return n;
}

static void
test_vector(char *line, unsigned number)
{
	struct commit_want any = { .now = UINT64_MAX / 2 };
	struct buf car = { .len = 0 };
	struct proof p = { .verified = false };
	char file[32], *name = next_field(&line), *adds, *dels;
	struct status st;
	size_t n;
	int i;

	for (i = 0; i < 4; i++) /* the record, both roots, the other keys */
		next_field(&line);
	adds = next_field(&line);
	dels = next_field(&line);
	snprintf(file, sizeof(file), "proof-%u.car", number);
	read_file(file, &car);
	is_int(proof_open(&p, car.data, car.len, &any, &st), 0, "%s", name);
	n = count_words(adds);
	is_int(count_results(&p, adds, MST_FIND_PRESENT), n, "%zu put", n);
	n = count_words(dels);
	is_int(count_results(&p, dels, MST_FIND_ABSENT), n, "%zu deleted", n);
	proof_free(&p);
	buf_free(&car);
}

static int
test_vectors(void)
{
	static char line[1 << 16];
	unsigned number = 0;

	while (fgets(line, sizeof(line), stdin) != NULL)
		test_vector(line, ++number);
	return done_testing();
}

int
main(int argc, char **argv)
{
	static const uint8_t secret[KEYPAIR_SECRET_BYTES] = { 7 };
	struct status st;

	(void)argv;
	if (argc > 1)
		return test_vectors();
	keypair_make(&pair, KEY_SECP256K1, secret, &st);
	make_pool();
	test_keys();
	test_paths();
	test_commit();
	test_bad_tree();
	test_identity();
	keypair_free(&pair);
	return done_testing();
}
