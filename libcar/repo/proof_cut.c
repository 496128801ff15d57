#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/repo/mst_find.h"
#include "libcar/repo/proof_cut.h"

/*
 * The search for the key reads exactly the nodes of its path, so the function
 * that finds blocks for it adds them to the proof.
 */

static int
add_block(struct proof_cut *c, const struct slice *cid, const void *block,
    size_t len, struct status *st)
{
	int fresh = set_add(&c->blocks, cid->at, cid->len);

	if (fresh == -1)
		return status_no_memory(st);
	if (fresh == 0)
		return 0;
	if (c->car.len + CAR_MAX_HEADER + len > PROOF_MAX_BYTES)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "a proof of more than %d bytes", PROOF_MAX_BYTES);
	car_write_block(&c->car, slice_bytes(cid), cid->len, block, len);
	return c->car.failed ? status_no_memory(st) : 0;
}

int
proof_cut_begin(struct proof_cut *c, struct repo *repo, struct status *st)
{
	struct slice cid = slice_make(repo->cid.bytes, repo->cid.len);

	c->repo = repo;
	c->car.len = 0;
	set_free(&c->blocks);
	car_write_header(&c->car, repo->cid.bytes, repo->cid.len);
	return add_block(c, &cid, repo->commit.block, repo->commit.block_len,
	    st);
}

static int
get_node(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct proof_cut *c = ctx;
	int n = blocks_get(&c->repo->blocks, slice_bytes(link), link->len, data,
	    len, st);

	if (n != 1)
		return n;
	return add_block(c, link, *data, *len, st) == -1 ? -1 : 1;
}

/* A record whose CID contains it has no block. */
static int
add_record(struct proof_cut *c, struct proof_record *r, struct status *st)
{
	struct cid cid;

	if (repo_record_block(c->repo, &r->cid, &r->block, st) == -1)
		return -1;
	if (cid_parse(&cid, slice_bytes(&r->cid), r->cid.len, st) != -1 &&
	    cid.hash == HASH_IDENTITY)
		return 0;
	return add_block(c, &r->cid, r->block.at, r->block.len, st);
}

static enum proof_result
fail(struct status *st)
{
	if (st->code == STATUS_MISSING_BLOCK)
		st->code = STATUS_UNPROVED;
	return PROOF_FAILED;
}

enum proof_result
proof_cut_add(struct proof_cut *c, const struct slice *key,
    struct proof_record *r, struct status *st)
{
	const struct cid *data = &c->repo->commit.data;
	struct slice root = slice_make(data->bytes, data->len);

	c->cursor.ctx = c;
	c->cursor.get = get_node;
	switch (mst_find(&c->cursor, &root, key, &r->cid, st)) {
	case MST_FIND_PRESENT:
		return add_record(c, r, st) == -1 ? fail(st) : PROOF_PRESENT;
	case MST_FIND_ABSENT:
		return PROOF_ABSENT;
	default:
		return fail(st);
	}
}

void
proof_cut_free(struct proof_cut *c)
{
	buf_free(&c->car);
	set_free(&c->blocks);
	mst_cursor_close(&c->cursor);
	memset(c, 0, sizeof(*c));
}
