#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/repo/repo_stream.h"

/*
 * mst_walk() asks for nodes and records in pre-order. So each time it asks, the
 * next section of the CAR must be the block with that CID. If it isn't, the
 * CAR has another order, or it has a block only once that two keys name.
 */

/* Record that the order ends here: -1. */
static int
break_order(struct repo_stream *s)
{
	s->unordered = true;
	return -1;
}

/* The next section of the CAR: 1, 0 at the end, or -1. */
static int
next_block(struct repo_stream *s, struct car_block *block, struct status *st)
{
	int n = car_next(&s->repo->car, block, st);

	if (n != 1)
		return n;
	if (car_verify_block(block, st) == -1)
		return -1;
	if (s->want->block != NULL)
		s->want->block(s->want->ctx, block->end);
	return 1;
}

/* The next section, which must have this CID: 0, or -1. */
static int
expect_block(struct repo_stream *s, const struct slice *link,
    struct car_block *block, struct status *st)
{
	int n = next_block(s, block, st);

	if (n == -1)
		return -1;
	if (n == 0 || block->cid.len != link->len ||
	    memcmp(block->cid.bytes, link->at, link->len) != 0 ||
	    !hash_known(block->cid.hash))
		return break_order(s);
	return 0;
}

/* Copy a block that must stay while the input is read further. */
static int
keep(struct buf *copy, const struct car_block *block, struct status *st)
{
	copy->len = 0;
	buf_put(copy, block->data, block->len);
	return copy->failed ? status_no_memory(st) : 0;
}

/* The first section must be the commit. */
static int
read_commit(struct repo_stream *s, struct car_input *in, struct status *st)
{
	struct repo *repo = s->repo;
	struct car_block block;
	struct slice link;

	if (car_open(&repo->car, in, st) == -1)
		return -1;
	link = slice_make(repo->car.root.bytes, repo->car.root.len);
	if (!cid_is_repo(slice_bytes(&link), link.len))
		return break_order(s);
	if (expect_block(s, &link, &block, st) == -1 ||
	    keep(&s->commit, &block, st) == -1)
		return -1;
	repo->cid = repo->car.root;
	return commit_parse(&repo->commit, (const uint8_t *)s->commit.data,
	    s->commit.len, st);
}

static int
get_node(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct repo_stream *s = ctx;
	struct car_block block;
	struct buf *node;

	if (s->depth == MST_LAYERS)
		return status_set(st, STATUS_BAD_TREE, 0,
		    "tree of more than %d layers", MST_LAYERS);
	if (expect_block(s, link, &block, st) == -1)
		return -1;
	node = &s->nodes[s->depth++];
	if (keep(node, &block, st) == -1)
		return -1;
	*data = (const uint8_t *)node->data;
	*len = node->len;
	return 1;
}

static void
leave_node(void *ctx)
{
	struct repo_stream *s = ctx;

	s->depth--;
}

/* Get the block of a record: from the CID itself, or from the CAR. */
static int
read_record(struct repo_stream *s, const struct slice *value,
    struct repo_record *r, struct status *st)
{
	struct car_block block;
	struct cid cid;

	if (!cid_is_repo(slice_bytes(value), value->len) &&
	    cid_parse(&cid, slice_bytes(value), value->len, st) != -1 &&
	    cid.hash == HASH_IDENTITY) {
		r->block = cid.digest;
		r->len = cid.digest_len;
		return 0;
	}
	if (expect_block(s, value, &block, st) == -1)
		return -1;
	r->block = block.data;
	r->len = block.len;
	return 0;
}

static int
give_record(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	struct repo_stream *s = ctx;
	struct repo_record r = { key, len, slice_bytes(value), value->len, NULL,
		0 };

	return read_record(s, value, &r, st) == -1 ? -1 :
						     s->record(s->ctx, &r, st);
}

static int
walk_tree(struct repo_stream *s, struct status *st)
{
	const struct mst_walk walk = {
		.ctx = s,
		.get = get_node,
		.record = give_record,
		.leave = leave_node,
	};
	const struct cid *data = &s->repo->commit.data;
	struct slice root = slice_make(data->bytes, data->len);
	struct car_block block;
	int n;

	if (mst_walk(&walk, &root, st) == -1)
		return -1;
	while ((n = next_block(s, &block, st)) == 1)
		continue;
	return n;
}

enum repo_stream_end
repo_stream_walk(struct repo_stream *s, struct repo *repo, struct car_input *in,
    const struct repo_want *want, struct status *st)
{
	memset(repo, 0, sizeof(*repo));
	s->repo = repo;
	s->want = want;
	s->unordered = false;
	s->depth = 0;
	if (read_commit(s, in, st) == 0 &&
	    repo_check_commit(repo, want, st) == 0 &&
	    s->begin(s->ctx, st) == 0 && walk_tree(s, st) == 0)
		return REPO_STREAM_COMPLETE;
	return s->unordered ? REPO_STREAM_UNORDERED : REPO_STREAM_FAILED;
}

void
repo_stream_free(struct repo_stream *s)
{
	size_t i;

	buf_free(&s->commit);
	for (i = 0; i < MST_LAYERS; i++)
		buf_free(&s->nodes[i]);
}
