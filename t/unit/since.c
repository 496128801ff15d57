/* What a repo has and an earlier one doesn't: random pairs of repos. */
#include "config.h"

#include "libcar/repo/merge.h"
#include "libcar/repo/since.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define KEYS 400
#define ROUNDS 60
#define NOW ((uint64_t)1 << 52)

static const struct repo_want want = { .did = DID,
	.did_len = sizeof(DID) - 1,
	.now = NOW };

/* A repo: which value each key has (0: none), and all its blocks as a CAR. */
struct version {
	unsigned values[KEYS];
	struct buf blocks, car;
	struct car_input in;
	struct repo repo;
};

static struct version before, after;

static int
put_block(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	(void)st;
	car_write_block(ctx, cid, CID_REPO_BYTES, data, len);
	return 0;
}

/* Keys may share a value, and with it a record. */
static size_t
put_records(struct version *v, struct mst_leaf leaves[KEYS])
{
	static char keys[KEYS][16];
	static uint8_t cids[KEYS][CID_REPO_BYTES];
	struct status st;
	size_t i, n = 0, len;
	char text[16];

	for (i = 0; i < KEYS; i++) {
		if (v->values[i] == 0)
			continue;
		len = snprintf(text, sizeof(text), "%u", v->values[i]);
		cid_of_block(cids[i], text, len);
		put_block(&v->blocks, cids[i], text, len, &st);
		len = snprintf(keys[i], sizeof(keys[0]), "a.b/%06zu", i);
		leaves[n++] = (struct mst_leaf){ (uint8_t *)keys[i], len,
			cids[i], CID_REPO_BYTES };
	}
	return n;
}

static int
build(struct version *v, const char *rev)
{
	static struct mst_leaf leaves[KEYS];
	uint8_t root[CID_REPO_BYTES], cid[CID_REPO_BYTES];
	struct buf commit = { .len = 0 };
	struct status st;
	size_t n;

	v->blocks.len = v->car.len = 0;
	n = put_records(v, leaves);
	mst_build(leaves, n, put_block, &v->blocks, root, &st);
	commit_write(&commit, DID, rev, root, (const uint8_t[64]){ 0 });
	cid_of_block(cid, commit.data, commit.len);
	car_write_header(&v->car, cid, sizeof(cid));
	car_write_block(&v->car, cid, sizeof(cid), commit.data, commit.len);
	buf_put(&v->car, v->blocks.data, v->blocks.len);
	buf_free(&commit);
	v->in = (struct car_input){ .data = (uint8_t *)v->car.data,
		.len = v->car.len };
	repo_free(&v->repo);
	return repo_open(&v->repo, &v->in, &want, &st);
}

static int
put(void *ctx, const void *bytes, size_t len, struct status *st)
{
	(void)st;
	buf_put(ctx, bytes, len);
	return 0;
}

/* The whole repo in pre-order, of these CARs; the first one names the
 * commit. */
static bool
merge(struct buf *out, struct car_input *const *in, size_t n)
{
	uint8_t root[CID_MAX_BYTES], other[CID_MAX_BYTES];
	struct merge m = { .count = 0 };
	struct status st;
	size_t len, ignored, i;
	struct slice link;
	bool good = true;

	out->len = 0;
	for (i = 0; i < n && good; i++)
		good = merge_add(&m, in[i], i == 0 ? root : other,
			   i == 0 ? &len : &ignored, &st) == 0;
	if (good) {
		link = slice_make(root, len);
		good = merge_open(&m, &link, &want, &st) == 0 &&
		    merge_write(&m, put, out, &st) == 0;
	}
	merge_free(&m);
	return good;
}

/* Count the blocks of a CAR that the earlier repo has, too. */
static size_t
count_known(struct car_input *in, size_t *all)
{
	struct car_block block;
	const uint8_t *data;
	struct status st;
	struct car car;
	size_t n = 0, len;

	*all = 0;
	if (car_open(&car, in, &st) == -1)
		return SIZE_MAX;
	while (car_next(&car, &block, &st) == 1) {
		++*all;
		n += blocks_get(&before.repo.blocks, block.cid.bytes,
			 block.cid.len, &data, &len, &st) == 1;
	}
	return n;
}

/* Is the difference enough, and does it have little else? */
static bool
is_right(struct buf *car, size_t *known, size_t *all)
{
	static struct buf got, whole;
	struct car_input in = { .data = (uint8_t *)car->data, .len = car->len };
	struct car_input *both[] = { &in, &before.in },
			 *alone[] = { &after.in };

	*known = count_known(&in, all);
	return merge(&got, both, 2) && merge(&whole, alone, 1) &&
	    got.len == whole.len && memcmp(got.data, whole.data, got.len) == 0;
}

static void
change(unsigned changes, bool fresh)
{
	unsigned i;

	memcpy(after.values, before.values, sizeof(after.values));
	for (i = 0; i < changes; i++)
		after.values[rnd() % KEYS] = rnd() % 4 == 0 ? 0 :
		    fresh                                   ? 1000 + i :
							      1 + rnd() % 50;
}

static void
test_random(void)
{
	size_t known = 0, all = 0, sum_known = 0, sum_all = 0;
	struct buf car = { .len = 0 };
	bool right = true;
	struct status st;
	unsigned i, k;

	for (i = 0; i < ROUNDS && right; i++) {
		for (k = 0; k < KEYS; k++)
			before.values[k] = i % 10 == 0 ? 0 : rnd() % 50;
		change(i % 7 * (i % 7), i % 2 == 0);
		car.len = 0;
		right = build(&before, "3m4xqkxkcac2a") == 0 &&
		    build(&after, "3m5xqkxkcac2a") == 0 &&
		    since_write(&car, &before.repo, &after.repo, 1 << 20,
			&st) == 0 &&
		    is_right(&car, &known, &all);
		sum_known += known;
		sum_all += all;
	}
	ok(right, "the difference and the earlier repo are the repo");
	ok(sum_all > 0 && sum_known < sum_all / 4,
	    "few of its blocks were known: %zu of %zu", sum_known, sum_all);
	buf_free(&car);
}

static void
test_limits(void)
{
	struct buf car = { .len = 0 };
	struct status st;
	struct car read;
	struct car_input in;
	struct car_block block;

	memset(before.values, 0, sizeof(before.values));
	change(100, true);
	build(&before, "3m4xqkxkcac2a");
	build(&after, "3m5xqkxkcac2a");
	ok(since_write(&car, &before.repo, &after.repo, 1000, &st) == -1 &&
		st.code == STATUS_TOO_LARGE,
	    "more than the maximum");
	car.len = 0;
	since_write_none(&car, after.repo.cid.bytes, after.repo.cid.len);
	in = (struct car_input){ .data = (uint8_t *)car.data, .len = car.len };
	ok(car_open(&read, &in, &st) == 0 &&
		read.root.len == after.repo.cid.len &&
		memcmp(read.root.bytes, after.repo.cid.bytes, read.root.len) ==
		    0 &&
		car_next(&read, &block, &st) == 0,
	    "nothing is newer: the root alone");
	buf_free(&car);
}

int
main(void)
{
	test_random();
	test_limits();
	repo_free(&before.repo);
	repo_free(&after.repo);
	buf_free(&before.blocks);
	buf_free(&before.car);
	buf_free(&after.blocks);
	buf_free(&after.car);
	return done_testing();
}
