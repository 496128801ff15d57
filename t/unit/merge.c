/* Repos put together from CARs that lack blocks, have damaged ones, or are of
 * an earlier commit. */
#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/merge.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/preorder.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define RECORDS 200
#define VALUES 150 /* fewer, so that keys share records */
#define MAX_BLOCKS 1000
#define MAX_CARS 4
#define HEADER 59 /* bytes of a CAR's header with a root */

/* The blocks of a commit, in any order; the commit is the last one. */
struct version {
	struct {
		uint8_t cid[CID_REPO_BYTES], data[8192];
		size_t len;
	} blocks[MAX_BLOCKS];
	size_t count;
};

static struct version versions[2];
static struct buf cars[MAX_CARS];

static int
put_block(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	struct version *v = ctx;
	size_t i;

	for (i = 0; i < v->count; i++)
		if (memcmp(v->blocks[i].cid, cid, CID_REPO_BYTES) == 0)
			return 0;
	if (v->count == MAX_BLOCKS || len > sizeof(v->blocks[0].data))
		return status_set(st, STATUS_TOO_LARGE, 0, "too much");
	memcpy(v->blocks[v->count].cid, cid, CID_REPO_BYTES);
	memcpy(v->blocks[v->count].data, data, len);
	v->blocks[v->count++].len = len;
	return 0;
}

static void
put_commit(struct version *v, const char *rev, const uint8_t *root)
{
	struct buf block = { .len = 0 };
	uint8_t cid[CID_REPO_BYTES];
	struct status st;

	commit_write(&block, DID, rev, root, (const uint8_t[64]){ 0 });
	cid_of_block(cid, block.data, block.len);
	put_block(v, cid, block.data, block.len, &st);
	buf_free(&block);
}

/* A version in which the first `changed` records have other values. */
static void
make_version(struct version *v, const char *rev, size_t changed)
{
	static struct mst_leaf leaves[RECORDS];
	static char keys[RECORDS][16];
	static uint8_t values[RECORDS][CID_REPO_BYTES];
	uint8_t root[CID_REPO_BYTES];
	struct status st;
	char text[16];
	size_t i, len;

	v->count = 0;
	for (i = 0; i < RECORDS; i++) {
		len = snprintf(text, sizeof(text), "%zu%s", i % VALUES,
		    i < changed ? "new" : "");
		cid_of_block(values[i], text, len);
		put_block(v, values[i], text, len, &st);
		len = snprintf(keys[i], sizeof(keys[0]), "a.b/%06zu", i);
		leaves[i] = (struct mst_leaf){ (uint8_t *)keys[i], len,
			values[i], CID_REPO_BYTES };
	}
	mst_build(leaves, RECORDS, put_block, v, root, &st);
	put_commit(v, rev, root);
}

/* A CAR of some blocks of a version: those of `part` in `parts`, of which
 * `wrong` has a wrong byte. */
static void
make_car(struct buf *car, const struct version *v, size_t part, size_t parts,
    size_t wrong)
{
	size_t i;

	car->len = 0;
	car_write_header(car, v->blocks[v->count - 1].cid, CID_REPO_BYTES);
	for (i = 0; i < v->count; i++) {
		if (parts > 0 && i % parts == part)
			continue;
		car_write_block(car, v->blocks[i].cid, CID_REPO_BYTES,
		    v->blocks[i].data, v->blocks[i].len);
		if (i == wrong)
			car->data[car->len - 1] ^= 1;
	}
}

static int
put(void *ctx, const void *bytes, size_t len, struct status *st)
{
	(void)st;
	buf_put(ctx, bytes, len);
	return 0;
}

/* Merge the first n CARs, with the root of the first one. */
static int
merge_cars(size_t n, struct buf *out, struct merge *m, struct status *st)
{
	static struct car_input in[MAX_CARS];
	const struct repo_want want = { .now = (uint64_t)1 << 52 };
	uint8_t root[CID_MAX_BYTES], first[CID_MAX_BYTES];
	size_t len, first_len = 0, i;
	struct slice link;

	memset(m, 0, sizeof(*m));
	out->len = 0;
	for (i = 0; i < n; i++) {
		in[i] = (struct car_input){ .data = (uint8_t *)cars[i].data,
			.len = cars[i].len };
		if (merge_add(m, &in[i], i == 0 ? first : root,
			i == 0 ? &first_len : &len, st) == -1)
			return -1;
	}
	link = slice_make(first, first_len);
	if (merge_open(m, &link, &want, st) == -1)
		return -1;
	return merge_write(m, put, out, st);
}

/* What is written of the first n CARs, or an empty text and why. */
static bool
gives(size_t n, struct buf *out, struct status *st)
{
	struct merge m;
	int rc = merge_cars(n, out, &m, st);

	merge_free(&m);
	return rc == 0;
}

static struct buf whole, got;

static bool
is_whole(void)
{
	return got.len == whole.len &&
	    memcmp(got.data, whole.data, whole.len) == 0;
}

/* The simple version: preorder.h with a set of CIDs, and a search for each. */
static int
get_block(void *ctx, const struct slice *cid, const uint8_t **block,
    size_t *len, struct status *st)
{
	const struct version *v = ctx;
	size_t i;

	(void)st;
	for (i = 0; i < v->count; i++)
		if (memcmp(v->blocks[i].cid, cid->at, CID_REPO_BYTES) == 0) {
			*block = v->blocks[i].data;
			*len = v->blocks[i].len;
			return 1;
		}
	return 0;
}

static int
put_whole(void *ctx, const void *bytes, size_t len, struct status *st)
{
	(void)ctx;
	return put(&whole, bytes, len, st);
}

static void
write_whole(struct version *v)
{
	const struct preorder to = { v, get_block, put_whole, NULL };
	const size_t last = v->count - 1;
	const struct slice cid = slice_make(v->blocks[last].cid,
	    CID_REPO_BYTES);
	struct commit commit;
	struct status st;

	whole.len = 0;
	ok(commit_parse(&commit, v->blocks[last].data, v->blocks[last].len,
	       &st) == 0 &&
		preorder_write(&to, &cid, &commit, &st) == 0,
	    "a repo in pre-order");
}

static void
test_copies(void)
{
	struct status st;
	bool held = true, alone = true;
	size_t i, n;

	make_version(&versions[0], "3m4xqkxkcac2a", 0);
	make_car(&cars[0], &versions[0], 0, 0, MAX_BLOCKS);
	write_whole(&versions[0]);
	ok(gives(1, &got, &st) && is_whole(), "a whole CAR");
	make_car(&cars[1], &versions[0], 0, 0, MAX_BLOCKS);
	buf_put(&cars[0], cars[1].data + HEADER, cars[1].len - HEADER);
	ok(gives(1, &got, &st) && is_whole(), "the same with repeated blocks");
	n = versions[0].count;
	for (i = 0; i < n; i += 3) {
		make_car(&cars[0], &versions[0], i, n, (i + 1) % n);
		make_car(&cars[1], &versions[0], (i + 2) % n, n, (i + 3) % n);
		alone = alone && !gives(1, &got, &st) &&
		    st.code == STATUS_MISSING_BLOCK;
		held = held && gives(2, &got, &st) && is_whole();
	}
	ok(alone, "a copy without a block, and with a wrong one, is an error");
	ok(held, "two such copies give the whole CAR");
	make_car(&cars[0], &versions[0], 0, 2, MAX_BLOCKS);
	make_car(&cars[1], &versions[0], 1, 2, MAX_BLOCKS);
	ok(gives(2, &got, &st) && is_whole(), "two halves");
	make_car(&cars[1], &versions[0], 0, 3, MAX_BLOCKS);
	ok(!gives(2, &got, &st) && st.code == STATUS_MISSING_BLOCK,
	    "two parts that are not whole together");
}

static void
test_cut(void)
{
	struct status st;
	bool held = true;
	size_t full, cut;

	make_car(&cars[0], &versions[0], 0, 0, MAX_BLOCKS);
	make_car(&cars[1], &versions[0], 0, 0, MAX_BLOCKS);
	full = cars[0].len;
	for (cut = full - 1; cut > full / 2; cut -= 101) {
		cars[0].len = cut;
		held = held && gives(2, &got, &st) && is_whole() &&
		    !gives(1, &got, &st);
	}
	ok(held, "a copy that is cut anywhere, and a whole one");
}

static void
test_difference(void)
{
	struct status st;
	struct merge m;

	make_version(&versions[1], "3m4xqkxkcac2b", 3);
	make_car(&cars[0], &versions[1], 0, 0, MAX_BLOCKS);
	write_whole(&versions[1]);
	make_car(&cars[1], &versions[0], 0, 0, MAX_BLOCKS);
	is_int(merge_cars(2, &got, &m, &st), 0, "a whole later CAR");
	ok(is_whole(), "it alone counts");
	is_int(m.parts[1].used, 0, "nothing of the earlier one was needed");
	merge_free(&m);
	/* Only what the earlier version lacks: three records, and nodes. */
	cars[0].len = 0;
	car_write_header(&cars[0],
	    versions[1].blocks[versions[1].count - 1].cid, CID_REPO_BYTES);
	for (size_t i = 0; i < versions[1].count; i++)
		if (i < 3 || i >= VALUES)
			car_write_block(&cars[0], versions[1].blocks[i].cid,
			    CID_REPO_BYTES, versions[1].blocks[i].data,
			    versions[1].blocks[i].len);
	is_int(merge_cars(2, &got, &m, &st), 0, "a difference");
	ok(is_whole(), "it gives the later CAR");
	ok(m.parts[1].used > 0, "with blocks of the earlier one");
	is_str(m.repo.commit.rev != NULL ? "rev" : "", "rev", "and its rev");
	merge_free(&m);
}

static void
test_refused(void)
{
	uint8_t root[CID_MAX_BYTES];
	struct car_input in = { .data = root };
	struct merge m = { .count = 0 };
	struct slice link;
	struct status st;
	size_t len;

	memset(root, 'x', sizeof(root));
	ok(merge_add(&m, &in, root, &len, &st) == -1, "an empty input");
	in = (struct car_input){ .data = (uint8_t *)cars[0].data,
		.len = cars[0].len };
	is_int(merge_add(&m, &in, root, &len, &st), 0, "a CAR");
	root[len - 1] ^= 1;
	link = slice_make(root, len);
	ok(merge_open(&m, &link, &(struct repo_want){ .now = 1 }, &st) == -1 &&
		st.code == STATUS_MISSING_BLOCK,
	    "a commit that no CAR has");
	root[len - 1] ^= 1;
	ok(merge_open(&m, &link, &(struct repo_want){ .now = 1 }, &st) == -1 &&
		st.code == STATUS_FUTURE_REV,
	    "the commit is checked");
	link.len = 0;
	ok(merge_open(&m, &link, &(struct repo_want){ .now = 1 }, &st) == -1 &&
		st.code == STATUS_BAD_COMMIT,
	    "a CAR without a root");
	merge_free(&m);
}

int
main(void)
{
	test_copies();
	test_cut();
	test_difference();
	test_refused();
	for (size_t i = 0; i < MAX_CARS; i++)
		buf_free(&cars[i]);
	buf_free(&whole);
	buf_free(&got);
	return done_testing();
}
