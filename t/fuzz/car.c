/*
 * A whole CAR to lines. The first byte says how: 1 as a part, 2 salvaged, 4
 * only some collections, 8 with its bytes unchanged. Without 8, every block
 * gets the CID of its present bytes, and later blocks and the header link to
 * that, so that not only the hashes notice a change.
 */
#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/data/json.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/repo.h"
#include "libcar/stream/emit.h"
#include "t/fuzz/fuzz.h"

#define MAX_BYTES (1 << 16)
#define NOW ((uint64_t)1800000000 * 1000000)
#define MAX_LEAVES 5000

static void
replace(uint8_t *p, uint8_t *end, const uint8_t from[32], const uint8_t to[32])
{
	for (; end - p >= 32; p++)
		if (*p == from[0] && memcmp(p, from, 32) == 0)
			memcpy(p, to, 32);
}

static void
mend(uint8_t *data, size_t len)
{
	struct car_input in = { .data = data, .len = len };
	uint8_t old[32], new[32];
	struct car_block b;
	struct status st;
	struct car car;

	if (car_open(&car, &in, &st) == -1)
		return;
	while (car_next(&car, &b, &st) == 1) {
		if (b.cid.hash != HASH_SHA2_256 || b.cid.digest_len != 32)
			continue;
		memcpy(old, b.cid.digest, 32);
		hash_sha256(new, b.data, b.len);
		if (memcmp(old, new, 32) == 0)
			continue;
		memcpy((uint8_t *)(uintptr_t)b.cid.digest, new, 32);
		replace(data + b.end, data + len, old, new);
		replace(data,
		    data + 100 < data + b.pos ? data + 100 : data + b.pos, old,
		    new);
	}
}

/* What the walk returned. */
struct given {
	struct emit emit;
	struct buf out;
	struct mst_leaf leaves[MAX_LEAVES];
	uint64_t counted, records;
	struct buf keys;
};

static void
count_key(void *ctx, const uint8_t *key, size_t len)
{
	struct given *g = ctx;

	g->counted++;
	emit_count(&g->emit, key, len);
}

static bool
want_key(void *ctx, const uint8_t *key, size_t len)
{
	struct given *g = ctx;

	return emit_wants(&g->emit, key, len);
}

/* Keys are in `keys`, whose place is known when all of them are there. */
static int
give_record(void *ctx, const struct repo_record *r, struct status *st)
{
	struct given *g = ctx;
	struct mst_leaf *leaf = &g->leaves[g->records++];

	must(g->records < MAX_LEAVES);
	leaf->key = (const uint8_t *)g->keys.len;
	leaf->key_len = r->key_len;
	leaf->cid = r->cid;
	leaf->cid_len = r->cid_len;
	buf_put(&g->keys, r->key, r->key_len);
	return emit_record(&g->emit, &g->out, r, st);
}

static int
ignore_node(void *ctx, const uint8_t *cid, const void *block, size_t len,
    struct status *st)
{
	(void)ctx;
	(void)cid;
	(void)block;
	(void)len;
	(void)st;
	return 0;
}

/* A tree that was walked without loss is the only tree of its keys. */
static void
check_tree(struct given *g, const struct repo *repo)
{
	uint8_t root[CID_REPO_BYTES];
	struct status st;
	uint64_t i;

	must(g->records == g->counted);
	for (i = 0; i < g->records; i++)
		g->leaves[i].key = (const uint8_t *)g->keys.data +
		    (size_t)(uintptr_t)g->leaves[i].key;
	must(mst_build(g->leaves, g->records, ignore_node, NULL, root, &st) ==
	    0);
	must(memcmp(root, repo->commit.data.bytes, sizeof(root)) == 0);
}

/* Every line is one JSON object. */
static void
check_lines(const struct buf *out, uint64_t records)
{
	const char *p = out->data, *end = p + out->len, *lf;
	struct status st;
	uint64_t lines = 0;
	struct json j;

	for (; p < end; p = lf + 1, lines++) {
		lf = memchr(p, '\n', end - p);
		must(lf != NULL);
		json_open(&j, p, lf - p);
		must(json_skip(&j, &st) == JSON_OBJECT);
		must(json_next(&j, &st) == JSON_END);
	}
	must(lines == records + 2);
}

static void
walk(struct given *g, struct repo *repo, struct car_input *in, unsigned how)
{
	static const char *patterns[] = { "app.bsky.feed.*", "com.example.a" };
	struct filter filter = {
		.patterns = how & 4 ? patterns : NULL,
		.count = how & 4 ? 2 : 0,
	};
	struct repo_want want = {
		.now = NOW,
		.partial = how & 1,
		.salvage = how & 2,
		.key = count_key,
		.ctx = &g->emit,
	};
	struct status st;
	struct stream_number lost;

	want.ctx = g;
	emit_begin(&g->emit, "at-carwalk", &filter, NOW);
	if (repo_open(repo, in, &want, &st) == -1 ||
	    repo_check(repo, &want, &st) == -1) {
		must(st.code != STATUS_OK && st.code != STATUS_SYSTEM);
		return;
	}
	lost = (struct stream_number){ repo->damaged || (how & 1),
		(int64_t)repo->lost };
	if (emit_commit(&g->emit, &g->out, repo, false, lost,
		lost.known ? "part" : "car", &st) == -1) {
		must(st.code == STATUS_TOO_LARGE);
		return;
	}
	must(repo_walk(repo, want_key, give_record, g, &st) == 0);
	must(emit_end(&g->emit, &g->out, lost, &st) == 0);
	check_lines(&g->out, g->records);
	must(g->records == g->emit.keys);
	if (!lost.known && !(how & 4))
		check_tree(g, repo);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct given g;
	struct repo repo = { .lost = 0 };
	struct car_input in = { .need = NULL };
	uint8_t *copy;

	if (len == 0 || len > MAX_BYTES)
		return 0;
	copy = malloc(len - 1);
	memcpy(copy, data + 1, len - 1);
	if (!(data[0] & 8))
		mend(copy, len - 1);
	in.data = copy;
	in.len = len - 1;
	walk(&g, &repo, &in, data[0]);
	repo_free(&repo);
	emit_free(&g.emit);
	buf_free(&g.out);
	buf_free(&g.keys);
	memset(&g, 0, sizeof(g));
	free(copy);
	return 0;
}
