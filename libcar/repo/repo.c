#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/repo/repo.h"

/*
 * Two walks over the tree: repo_check() visits every node and looks up every
 * record, then repo_walk() returns the wanted records. So this module returns
 * nothing before it has checked the whole repo, and yet it keeps no list of
 * records. The second walk repeats the look-ups of the first, which blocks.c
 * remembers.
 */

/* If wanted, remember the first damage and continue. */
static int
damage(struct repo *repo, const struct repo_want *want, struct status *st)
{
	if (!want->salvage || status_fatal(st->code))
		return -1;
	if (!repo->damaged)
		repo->why = *st;
	repo->damaged = true;
	return 0;
}

static int
read_blocks(struct repo *repo, const struct repo_want *want, struct status *st)
{
	struct car_block block;
	int n;

	while ((n = car_next(&repo->car, &block, st)) == 1) {
		if (blocks_add(&repo->blocks, &block, st) == -1 &&
		    damage(repo, want, st) == -1)
			return -1;
		if (want->block != NULL)
			want->block(want->ctx, block.end);
	}
	return n == -1 ? damage(repo, want, st) : 0;
}

static int
get_block(void *ctx, const struct slice *link, const uint8_t **data,
    size_t *len, struct status *st)
{
	return blocks_get(ctx, slice_bytes(link), link->len, data, len, st);
}

static int
read_commit(struct repo *repo, struct status *st)
{
	repo->cid = repo->car.root;
	return commit_find(&repo->commit, &repo->cid, get_block, &repo->blocks,
	    st);
}

int
repo_check_commit(struct repo *repo, const struct repo_want *want,
    struct status *st)
{
	const struct commit_want commit = {
		.did = want->did,
		.did_len = want->did_len,
		.now = want->now,
		.signer = want->signer,
		.find_signer = want->find_signer,
		.ctx = want->ctx,
		.need_signer = want->need_signer,
	};

	return commit_check(&repo->commit, &commit, &repo->verified, st);
}

int
repo_open(struct repo *repo, struct car_input *in, const struct repo_want *want,
    struct status *st)
{
	memset(repo, 0, sizeof(*repo));
	repo->blocks.in = in;
	if (car_open(&repo->car, in, st) == -1 ||
	    read_blocks(repo, want, st) == -1 || read_commit(repo, st) == -1)
		return -1;
	return repo_check_commit(repo, want, st);
}

static bool
is_root(const struct repo *repo, const struct car_block *block)
{
	const struct cid *root = &repo->car.root, *cid = &block->cid;

	return cid->len == root->len &&
	    memcmp(cid->bytes, root->bytes, root->len) == 0;
}

int
repo_peek(struct repo *repo, struct car_input *in, struct status *st)
{
	uint8_t cid[CID_REPO_BYTES];
	struct car_block block;
	int n;

	memset(repo, 0, sizeof(*repo));
	if (car_open(&repo->car, in, st) == -1)
		return -1;
	while ((n = car_next(&repo->car, &block, st)) == 1)
		if (is_root(repo, &block))
			break;
	if (n == -1)
		return -1;
	if (n == 0 || !cid_is_repo(block.cid.bytes, block.cid.len))
		return status_set(st, STATUS_BAD_COMMIT, 0, "no commit");
	cid_of_block(cid, block.data, block.len);
	if (memcmp(cid, block.cid.bytes, sizeof(cid)) != 0)
		return status_set(st, STATUS_BAD_BLOCK, block.pos,
		    "the commit does not have the hash of its CID");
	repo->cid = block.cid;
	return commit_parse(&repo->commit, block.data, block.len, st);
}

/* Get the block of a link, from the CID itself or from the CAR. */
static int
find_block(struct repo *repo, const struct slice *link, const uint8_t **data,
    size_t *len, struct status *st)
{
	struct cid cid;

	if (!cid_is_repo(slice_bytes(link), link->len) &&
	    cid_parse(&cid, slice_bytes(link), link->len, st) != -1 &&
	    cid.hash == HASH_IDENTITY) {
		*data = cid.digest;
		*len = cid.digest_len;
		return 1;
	}
	return blocks_get(&repo->blocks, slice_bytes(link), link->len, data,
	    len, st);
}

int
repo_record_block(struct repo *repo, const struct slice *link,
    struct slice *block, struct status *st)
{
	char text[CID_MAX_TEXT];
	const uint8_t *data;
	size_t len;
	int n = find_block(repo, link, &data, &len, st);

	if (n == 1)
		*block = slice_make(data, len);
	if (n != 0)
		return n == 1 ? 0 : -1;
	len = cid_format(text, slice_bytes(link), link->len);
	return status_set(st, STATUS_MISSING_BLOCK, 0, "record %.*s is missing",
	    (int)len, text);
}

/* The purpose and state of one walk over the tree. */
struct walk {
	struct repo *repo;
	const struct repo_want *check;
	bool (*want)(void *ctx, const uint8_t *key, size_t len);
	int (*fn)(void *ctx, const struct repo_record *, struct status *);
	void *ctx;
	uint64_t node_bytes; /* read so far */
};

/* A tree names each of its nodes once, so it has at most as many as the CAR. A
 * tree that repeats a node is hostile; salvaging skips a node that fails its
 * check, but would check it at each repetition. */
static int
get_node(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct walk *walk = ctx;
	struct blocks *blocks = &walk->repo->blocks;
	int n = blocks_get(blocks, slice_bytes(link), link->len, data, len, st);

	if (n != 1)
		return n;
	walk->node_bytes += *len;
	if (walk->node_bytes > blocks->end)
		return status_set(st, STATUS_BAD_TREE, 0,
		    "tree that names nodes more than once");
	return 1;
}

static int
lose(struct walk *walk, struct status *st)
{
	walk->repo->lost++;
	if (walk->check->partial && st->code == STATUS_MISSING_BLOCK)
		return 0;
	return damage(walk->repo, walk->check, st);
}

static int
check_lost(void *ctx, struct status *st)
{
	return lose(ctx, st);
}

static int
check_record(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	struct walk *walk = ctx;
	struct slice block;

	if (repo_record_block(walk->repo, value, &block, st) == -1)
		return st->code == STATUS_MISSING_BLOCK ? lose(walk, st) : -1;
	if (walk->check->key != NULL)
		walk->check->key(walk->check->ctx, key, len);
	return 0;
}

static int
walk_tree(struct walk *walk, const struct mst_walk *w, struct status *st)
{
	const struct cid *data = &walk->repo->commit.data;
	struct slice root = slice_make(data->bytes, data->len);

	return mst_walk(w, &root, st);
}

int
repo_check(struct repo *repo, const struct repo_want *want, struct status *st)
{
	struct walk walk = { .repo = repo, .check = want };
	struct mst_walk w = {
		.ctx = &walk,
		.get = get_node,
		.record = check_record,
		.lost = check_lost,
	};

	blocks_mark(&repo->blocks);
	return walk_tree(&walk, &w, st);
}

static int
give_lost(void *ctx, struct status *st)
{
	(void)ctx;
	return status_fatal(st->code) ? -1 : 0;
}

static int
give_record(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	struct walk *walk = ctx;
	struct repo_record r = { key, len, slice_bytes(value), value->len, NULL,
		0 };
	int n;

	if (!walk->want(walk->ctx, key, len)) {
		blocks_skip(&walk->repo->blocks);
		return 0;
	}
	n = find_block(walk->repo, value, &r.block, &r.len, st);
	return n == 1 ? walk->fn(walk->ctx, &r, st) : n;
}

int
repo_walk(struct repo *repo,
    bool (*want)(void *ctx, const uint8_t *key, size_t len),
    int (*fn)(void *ctx, const struct repo_record *, struct status *),
    void *ctx, struct status *st)
{
	struct walk walk = {
		.repo = repo,
		.want = want,
		.fn = fn,
		.ctx = ctx,
	};
	struct mst_walk w = {
		.ctx = &walk,
		.get = get_node,
		.record = give_record,
		.lost = give_lost,
		.trusted = repo->lost == 0 && !repo->damaged,
	};

	blocks_rewind(&repo->blocks);
	return walk_tree(&walk, &w, st);
}

void
repo_free(struct repo *repo)
{
	blocks_free(&repo->blocks);
	memset(repo, 0, sizeof(*repo));
}
