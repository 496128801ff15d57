/*
 * repos: small signed repos as CARs. A record is {"n": its number}. The blocks
 * of the last tree are here and not in blocks.h, whose names libcar/repo/blocks
 * has, too.
 */
#ifndef T_LIB_REPOS_H
#define T_LIB_REPOS_H

#include "libcar/base/buf.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/mst.h"
#include "t/lib/leaves.h"
#include "t/lib/tap.h"

#define REPOS_DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define REPOS_MOST 2000 /* records */
#define REPOS_NOW ((uint64_t)1 << 52)
#define REPOS_UNUSED __attribute__((unused))

struct repos_record {
	const char *key;
	unsigned n;
};

struct repos_block {
	uint8_t cid[CID_REPO_BYTES], *data;
	size_t len;
	bool gone; /* the test removed it */
};

static struct repos_block repos_blocks[2 * REPOS_MOST];
static size_t repos_count;

REPOS_UNUSED static void
repos_clear(void)
{
	while (repos_count > 0)
		free(repos_blocks[--repos_count].data);
}

/* For mst_build(). */
REPOS_UNUSED static int
repos_put_block(void *ctx, const uint8_t *cid, const void *data, size_t len,
    struct status *st)
{
	struct repos_block *b = repos_blocks;

	(void)ctx;
	(void)st;
	for (; b < repos_blocks + repos_count; b++)
		if (memcmp(b->cid, cid, sizeof(b->cid)) == 0)
			return 0;
	*b = (struct repos_block){ .data = calloc(1, len), .len = len };
	memcpy(b->cid, cid, sizeof(b->cid));
	memcpy(b->data, data, len);
	repos_count++;
	return 0;
}

REPOS_UNUSED static void
repos_put(uint8_t *cid, unsigned n)
{
	struct buf out = { .len = 0 };
	struct status st;

	dagcbor_write_map(&out, 1);
	dagcbor_write_text(&out, "n", 1);
	dagcbor_write_uint(&out, n);
	cid_of_block(cid, out.data, out.len);
	repos_put_block(NULL, cid, out.data, out.len, &st);
	buf_free(&out);
}

/* The CID of the root of these records' tree. */
REPOS_UNUSED static void
repos_tree(uint8_t *root, const struct repos_record *records, size_t count)
{
	static uint8_t cids[REPOS_MOST][CID_REPO_BYTES];
	static struct mst_leaf leaves[REPOS_MOST];
	struct status st;
	size_t i;

	repos_clear();
	for (i = 0; i < count; i++) {
		repos_put(cids[i], records[i].n);
		leaves[i] = (struct mst_leaf){ (uint8_t *)records[i].key,
			strlen(records[i].key), cids[i], CID_REPO_BYTES };
	}
	if (count > 0)
		qsort(leaves, count, sizeof(leaves[0]), by_key);
	if (mst_build(leaves, count, repos_put_block, NULL, root, &st) == -1)
		ok(false, "built: %s", st.msg);
}

/* Write the blocks that aren't gone, after a commit of this root. */
REPOS_UNUSED static void
repos_write_blocks(struct buf *car, const uint8_t *root, const char *did,
    const char *rev, const struct keypair *pair)
{
	uint8_t cid[CID_REPO_BYTES];
	struct buf commit = { .len = 0 };
	const struct repos_block *b;
	struct status st;
	size_t i;

	if (commit_sign(&commit, did, rev, root, pair, &st) == -1)
		ok(false, "signed: %s", st.msg);
	cid_of_block(cid, commit.data, commit.len);
	car->len = 0;
	car_write_header(car, cid, CID_REPO_BYTES);
	car_write_block(car, cid, CID_REPO_BYTES, commit.data, commit.len);
	for (i = 0; i < repos_count; i++) {
		b = &repos_blocks[i];
		if (!b->gone)
			car_write_block(car, b->cid, CID_REPO_BYTES, b->data,
			    b->len);
	}
	buf_free(&commit);
}

REPOS_UNUSED static void
repos_write(struct buf *car, const char *rev, const struct keypair *pair,
    const struct repos_record *records, size_t count)
{
	uint8_t root[CID_REPO_BYTES];

	repos_tree(root, records, count);
	repos_write_blocks(car, root, REPOS_DID, rev, pair);
}

#endif
