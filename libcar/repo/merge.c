#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/repo/merge.h"
#include "libcar/repo/preorder.h"

/*
 * Each CAR has its own index (blocks.h), and a look-up asks one after the
 * other. Usually there are two or three, and one of them has nearly all blocks
 * in the order in which they are needed, which blocks.c predicts.
 *
 * A block that was written is known by its place, because the index of a CAR
 * finds each CID at one place. That takes a third of the time of a set of CIDs.
 */

/* Two blocks begin at least so far apart: a section has a length and a CID, and
 * the shortest CID that a look-up can find has 34 bytes. */
#define STRETCH 32

/* Remember the first damage, and go on with what is intact. */
static int
damage(struct merge_part *part, const struct status *st)
{
	if (status_fatal(st->code))
		return -1;
	if (!part->damaged)
		part->why = *st;
	part->damaged = true;
	return 0;
}

static int
read_blocks(struct merge_part *part, struct car *car, struct status *st)
{
	struct car_block block;
	int n;

	while ((n = car_next(car, &block, st)) == 1)
		if (blocks_add(&part->blocks, &block, st) == -1 &&
		    damage(part, st) == -1)
			return -1;
	return n == 0 ? 0 : damage(part, st);
}

int
merge_add(struct merge *m, struct car_input *in, uint8_t *root_bytes,
    size_t *root_len, struct status *st)
{
	struct merge_part *part;
	struct car car;

	if (m->count == MERGE_MAX_CARS)
		return status_set(st, STATUS_TOO_LARGE, 0, "more than %d CARs",
		    MERGE_MAX_CARS);
	if (!ARRAY_GROW(m->parts, m->count, m->room))
		return status_no_memory(st);
	if (car_open(&car, in, st) == -1)
		return -1;
	part = &m->parts[m->count++];
	memset(part, 0, sizeof(*part));
	part->blocks.in = in;
	*root_len = car.root.len;
	memcpy(root_bytes, car.root_bytes, car.root.len);
	return read_blocks(part, &car, st);
}

static int
get_block(void *ctx, const struct slice *cid, const uint8_t **block,
    size_t *len, struct status *st)
{
	struct merge *m = ctx;
	int n = 0;
	size_t i;

	for (i = 0; i < m->count && n == 0; i++) {
		n = blocks_get(&m->parts[i].blocks, slice_bytes(cid), cid->len,
		    block, len, st);
		m->parts[i].used += n == 1;
	}
	return n;
}

int
merge_open(struct merge *m, const struct slice *root,
    const struct repo_want *want, struct status *st)
{
	struct repo *repo = &m->repo;
	const uint8_t *block;
	size_t len;
	int n;

	memset(repo, 0, sizeof(*repo));
	if (!cid_is_repo(slice_bytes(root), root->len))
		return status_set(st, STATUS_BAD_COMMIT, 0,
		    "the root is not a dag-cbor sha2-256 link");
	if ((n = get_block(m, root, &block, &len, st)) == -1)
		return -1;
	if (n == 0)
		return status_set(st, STATUS_MISSING_BLOCK, 0,
		    "the commit is missing");
	/* The block follows its CID, and stays as long as its CAR. */
	if (cid_parse(&repo->cid, block - CID_REPO_BYTES, CID_REPO_BYTES, st) ==
		-1 ||
	    commit_parse(&repo->commit, block, len, st) == -1)
		return -1;
	return repo_check_commit(repo, want, st);
}

static bool
is_first(struct merge *m, const uint8_t *block)
{
	struct merge_part *part = m->parts;
	uint64_t at;
	uint8_t bit;
	bool first;

	while (block < part->blocks.in->data ||
	    block > part->blocks.in->data + part->blocks.end)
		part++;
	at = (uint64_t)(block - part->blocks.in->data) / STRETCH;
	bit = 1 << at % 8;
	first = (part->written[at / 8] & bit) == 0;
	part->written[at / 8] |= bit;
	return first;
}

/* Nothing is written yet, and each CID has one place. */
static int
prepare(struct merge *m, struct status *st)
{
	struct merge_part *part;
	size_t i;

	for (i = 0; i < m->count; i++) {
		part = &m->parts[i];
		free(part->written);
		part->written = calloc(part->blocks.end / STRETCH / 8 + 1, 1);
		if (part->written == NULL)
			return status_no_memory(st);
		if (blocks_index(&part->blocks, st) == -1)
			return -1;
	}
	return 0;
}

/* The caller's sink, beside our look-up. */
struct output {
	struct merge *merge;
	int (*put)(void *ctx, const void *bytes, size_t len, struct status *);
	void *ctx;
};

static int
get_for(void *ctx, const struct slice *cid, const uint8_t **block, size_t *len,
    struct status *st)
{
	const struct output *out = ctx;

	return get_block(out->merge, cid, block, len, st);
}

static int
put_to(void *ctx, const void *bytes, size_t len, struct status *st)
{
	const struct output *out = ctx;

	return out->put(out->ctx, bytes, len, st);
}

static bool
is_first_for(void *ctx, const struct slice *cid, const uint8_t *block)
{
	const struct output *out = ctx;

	(void)cid;
	return is_first(out->merge, block);
}

int
merge_write(struct merge *m,
    int (*put)(void *ctx, const void *bytes, size_t len, struct status *),
    void *ctx, struct status *st)
{
	struct output out = { m, put, ctx };
	const struct preorder to = {
		.ctx = &out,
		.get = get_for,
		.put = put_to,
		.once = is_first_for,
	};
	const struct slice root = slice_make(m->repo.cid.bytes,
	    m->repo.cid.len);

	if (prepare(m, st) == -1)
		return -1;
	return preorder_write(&to, &root, &m->repo.commit, st);
}

void
merge_free(struct merge *m)
{
	size_t i;

	for (i = 0; i < m->count; i++) {
		blocks_free(&m->parts[i].blocks);
		free(m->parts[i].written);
	}
	free(m->parts);
	memset(m, 0, sizeof(*m));
}
