#include "config.h"

#include "libcar/base/hash.h"
#include "libcar/base/set.h"
#include "libcar/repo/diff.h"
#include "libcar/repo/since.h"

/*
 * The comparison of both trees reads each node of the new tree that isn't part
 * of a common subtree, so the function that finds blocks for it writes them,
 * as in proof_cut.c. A node that both trees have at different places is written
 * although it needn't be.
 */

struct since {
	struct buf *out;
	struct repo *old, *new;
	struct set written; /* CIDs */
	size_t max;         /* length of `out` */
};

static int
add_block(struct since *s, const struct slice *cid, const void *block,
    size_t len, struct status *st)
{
	int fresh = set_add(&s->written, cid->at, cid->len);

	if (fresh == -1)
		return status_no_memory(st);
	if (fresh == 0)
		return 0;
	car_write_block(s->out, slice_bytes(cid), cid->len, block, len);
	if (s->out->failed)
		return status_no_memory(st);
	return s->out->len <= s->max ?
	    0 :
	    status_set(st, STATUS_TOO_LARGE, 0,
		"a difference of more than %zu bytes", s->max);
}

static int
get_old(void *ctx, const struct slice *cid, const uint8_t **block, size_t *len,
    struct status *st)
{
	struct since *s = ctx;

	return blocks_get(&s->old->blocks, slice_bytes(cid), cid->len, block,
	    len, st);
}

static int
get_new(void *ctx, const struct slice *cid, const uint8_t **block, size_t *len,
    struct status *st)
{
	struct since *s = ctx;
	int n = blocks_get(&s->new->blocks, slice_bytes(cid), cid->len, block,
	    len, st);

	if (n != 1)
		return n;
	return add_block(s, cid, *block, *len, st) == -1 ? -1 : 1;
}

/* A record whose CID contains it has no block. */
static int
add_record(struct since *s, const struct slice *cid, struct status *st)
{
	struct slice block;
	struct cid parsed;

	if (cid_parse(&parsed, slice_bytes(cid), cid->len, st) != -1 &&
	    parsed.hash == HASH_IDENTITY)
		return 0;
	return repo_record_block(s->new, cid, &block, st) == -1 ?
	    -1 :
	    add_block(s, cid, block.at, block.len, st);
}

static int
add_changes(struct since *s, struct diff *d, struct status *st)
{
	struct diff_change change;
	int n;

	while ((n = diff_next(d, &change, st)) == 1)
		if (change.after.at != NULL &&
		    add_record(s, &change.after, st) == -1)
			return -1;
	return n;
}

static struct slice
root_of(const struct repo *repo)
{
	return slice_make(repo->commit.data.bytes, repo->commit.data.len);
}

int
since_write(struct buf *out, struct repo *old, struct repo *new, size_t max,
    struct status *st)
{
	struct since s = { .out = out, .old = old, .new = new, .max = max };
	struct diff diff = { .ctx = &s };
	struct slice commit = slice_make(new->cid.bytes, new->cid.len),
		     old_root = root_of(old), new_root = root_of(new);
	int rc;

	diff.old.cursor.ctx = diff.new.cursor.ctx = &s;
	diff.old.cursor.get = get_old;
	diff.new.cursor.get = get_new;
	since_write_none(out, new->cid.bytes, new->cid.len);
	rc = add_block(&s, &commit, new->commit.block, new->commit.block_len,
	    st);
	if (rc == 0) {
		diff_open(&diff, &old_root, &new_root);
		rc = add_changes(&s, &diff, st);
		diff_close(&diff);
	}
	set_free(&s.written);
	return rc;
}

void
since_write_none(struct buf *out, const uint8_t *cid, size_t len)
{
	car_write_header(out, cid, len);
}
