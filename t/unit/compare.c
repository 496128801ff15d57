/* Random repos in CARs, whole or not, checked and compared in one pass: the
 * verdict is that of two checks, and the changes are those of the model. */
#include "config.h"

#include "libcar/data/dagcbor.h"
#include "libcar/repo/compare.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define KEYS 150
#define VALUES 60

/* Layers up to 5 are about equally frequent, so that small trees are deep. */
static char keys[KEYS][16];
static struct buf records[VALUES];
static uint8_t values[VALUES][CID_REPO_BYTES];

static void
make_keys(void)
{
	unsigned n = 0, i;

	for (i = 0; n < KEYS; i++) {
		snprintf(keys[n], sizeof(keys[0]), "a.b.c/%u", i);
		n += mst_layer(keys[n], strlen(keys[n])) == n * 6 / KEYS;
	}
	qsort(keys, KEYS, sizeof(keys[0]),
	    (int (*)(const void *, const void *))strcmp);
	for (i = 0; i < VALUES; i++) {
		dagcbor_write_uint(&records[i], i);
		cid_of_block(values[i], records[i].data, records[i].len);
	}
}

/* A repo: which key has which value, -1: none; and its CAR. */
struct model {
	int value[KEYS];
	struct buf car, blocks;
	unsigned blocks_left; /* until the block that is left out; 0: none */
	struct car_input in;
	struct repo repo;
};

static int
put(void *ctx, const uint8_t *cid, const void *block, size_t len,
    struct status *st)
{
	struct model *m = ctx;

	(void)st;
	if (m->blocks_left == 0 || --m->blocks_left > 0)
		car_write_block(&m->blocks, cid, CID_REPO_BYTES, block, len);
	return 0;
}

static void
put_records(struct model *m)
{
	bool done[VALUES] = { false };
	struct status st;
	int i, v;

	for (i = 0; i < KEYS; i++)
		if ((v = m->value[i]) != -1 && !done[v]) {
			done[v] = true;
			put(m, values[v], records[v].data, records[v].len, &st);
		}
}

static void
build(struct model *m, const char *rev, unsigned without)
{
	uint8_t root[CID_REPO_BYTES], cid[CID_REPO_BYTES], sig[64] = { 0 };
	struct mst_leaf leaves[KEYS];
	struct buf commit = { .len = 0 };
	struct status st;
	size_t n = 0, i;

	for (i = 0; i < KEYS; i++)
		if (m->value[i] != -1)
			leaves[n++] = (struct mst_leaf){ (uint8_t *)keys[i],
				strlen(keys[i]), values[m->value[i]],
				CID_REPO_BYTES };
	m->blocks.len = m->car.len = 0;
	m->blocks_left = without;
	if (mst_build(leaves, n, put, m, root, &st) == -1)
		ok(false, "built: %s", st.msg);
	put_records(m);
	commit_write(&commit, DID, rev, root, sig);
	cid_of_block(cid, commit.data, commit.len);
	car_write_header(&m->car, cid, sizeof(cid));
	car_write_block(&m->car, cid, sizeof(cid), commit.data, commit.len);
	buf_put(&m->car, m->blocks.data, m->blocks.len);
	buf_free(&commit);
}

static bool
open_repo(struct model *m)
{
	const struct repo_want want = { .now = UINT64_MAX / 2 };
	struct status st;

	m->in = (struct car_input){ .data = (uint8_t *)m->car.data,
		.len = m->car.len };
	return repo_open(&m->repo, &m->in, &want, &st) == 0 ||
	    ok(false, "opened: %s", st.msg);
}

static bool
is_whole(struct model *m)
{
	const struct repo_want want = { .now = UINT64_MAX / 2 };
	struct status st;

	return repo_check(&m->repo, &want, &st) == 0;
}

/* The changes that are left to come. */
struct wanted {
	const struct model *old, *new;
	size_t at;
	bool right;
};

static bool
is_cid(const struct slice *cid, int value)
{
	if (value == -1)
		return cid->at == NULL;
	return cid->len == CID_REPO_BYTES &&
	    memcmp(cid->at, values[value], cid->len) == 0;
}

static int
take(void *ctx, const struct compare_change *c, struct status *st)
{
	struct wanted *w = ctx;
	int old, new;

	(void)st;
	while (w->at < KEYS && w->old->value[w->at] == w->new->value[w->at])
		w->at++;
	if (w->at == KEYS) {
		w->right = false;
		return 0;
	}
	old = w->old->value[w->at];
	new = w->new->value[w->at];
	w->right = w->right && slice_is(&c->key, keys[w->at]) &&
	    is_cid(&c->before, old) && is_cid(&c->after, new) &&
	    (new == -1 ? c->block.at == NULL :
			 c->block.len ==
			records[new].len &&memcmp(c->block.at,
			    records[new].data, c->block.len) == 0);
	w->at++;
	return 0;
}

static bool
gives_changes(struct compare *c, const struct model *old,
    const struct model *new)
{
	struct wanted w = { old, new, 0, true };
	struct status st;

	if (compare_walk(c, take, &w, &st) == -1)
		return false;
	while (w.at < KEYS && old->value[w.at] == new->value[w.at])
		w.at++;
	return w.right && w.at == KEYS;
}

static bool
is_empty(const struct model *m)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		if (m->value[i] != -1)
			return false;
	return true;
}

/* Compare, and compare the result with that of two checks. */
static bool
compare_rightly(struct model *old, struct model *new, size_t *failed)
{
	struct compare c = { .old = &old->repo, .new = &new->repo };
	bool whole[2], right;
	struct status st;

	if (!open_repo(old) || !open_repo(new))
		return false;
	if (compare_check(&c, &st) == 0)
		right = gives_changes(&c, old, new) && c.whole == is_empty(old);
	else {
		++*failed;
		right = st.code == STATUS_MISSING_BLOCK;
	}
	whole[0] = is_whole(old);
	whole[1] = is_whole(new);
	if (c.failed == NULL)
		right = right && whole[0] && whole[1];
	else
		right = right && !whole[c.failed == &new->repo];
	compare_free(&c);
	repo_free(&old->repo);
	repo_free(&new->repo);
	return right;
}

static void
choose(struct model *m, unsigned percent)
{
	size_t i;

	for (i = 0; i < KEYS; i++)
		m->value[i] = rnd() % 100 < percent ? (int)(rnd() % VALUES) :
						      -1;
}

static void
change(const struct model *from, struct model *to, unsigned n)
{
	memcpy(to->value, from->value, sizeof(to->value));
	while (n-- > 0)
		to->value[rnd() % KEYS] = (int)(rnd() % (VALUES + 20)) - 20 <
			0 ?
		    -1 :
		    (int)(rnd() % VALUES);
}

static void
test_random(void)
{
	static struct model old, new;
	size_t i, failed = 0;
	bool right = true;

	for (i = 0; i < 3000 && right; i++) {
		choose(&old, i % 10 * 11);
		change(&old, &new, rnd() % 12);
		build(&old, "3m4xqkxkcac2a", i % 4 == 1 ? rnd() % 90 : 0);
		build(&new, "3m5xqkxkcac2a", i % 4 == 2 ? rnd() % 90 : 0);
		right = compare_rightly(&old, &new, &failed);
	}
	ok(right && failed > 500, "%zu pairs, %zu lack a block", i, failed);
	buf_free(&old.car);
	buf_free(&old.blocks);
	buf_free(&new.car);
	buf_free(&new.blocks);
}

/* Without an old repo, all records are created. */
static void
test_none(void)
{
	static struct model none, new;
	struct compare c = { .new = &new.repo };
	struct status st;

	choose(&none, 0);
	choose(&new, 50);
	build(&new, "3m5xqkxkcac2a", 0);
	ok(open_repo(&new) && compare_check(&c, &st) == 0, "no old repo");
	ok(c.whole && gives_changes(&c, &none, &new), "all is new");
	compare_free(&c);
	repo_free(&new.repo);
	buf_free(&new.car);
	buf_free(&new.blocks);
}

int
main(void)
{
	size_t i;

	make_keys();
	test_random();
	test_none();
	for (i = 0; i < VALUES; i++)
		buf_free(&records[i]);
	return done_testing();
}
