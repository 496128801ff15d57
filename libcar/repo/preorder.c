#include "config.h"

#include <stdbool.h>

#include "libcar/base/buf.h"
#include "libcar/base/hash.h"
#include "libcar/base/set.h"
#include "libcar/repo/car.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/preorder.h"

/*
 * mst_walk() asks for nodes and gives records in exactly this order, so a block
 * is written when the walk first comes to it.
 *
 * Two keys may have the same record, and one block may be both a node and a
 * record. The caller, or a set of CIDs, knows what has been written.
 */

struct writer {
	const struct preorder *to;
	struct set written;
	struct buf out;
};

static int
flush(struct writer *w, struct status *st)
{
	int rc;

	if (w->out.failed)
		return status_no_memory(st);
	rc = w->to->put(w->to->ctx, w->out.data, w->out.len, st);
	w->out.len = 0;
	return rc;
}

/* 1, 0 if it is there already, or -1. */
static int
add(struct writer *w, const struct slice *cid, const uint8_t *block,
    struct status *st)
{
	int added;

	if (w->to->once != NULL)
		return w->to->once(w->to->ctx, cid, block);
	added = set_add(&w->written, cid->at, cid->len);
	return added == -1 ? status_no_memory(st) : added;
}

static int
write_once(struct writer *w, const struct slice *cid, const uint8_t *block,
    size_t len, struct status *st)
{
	int added = add(w, cid, block, st);

	if (added != 1)
		return added;
	car_write_block(&w->out, slice_bytes(cid), cid->len, block, len);
	return w->out.len < PREORDER_PIECE ? 0 : flush(w, st);
}

static int
get_node(void *ctx, const struct slice *cid, const uint8_t **block, size_t *len,
    struct status *st)
{
	struct writer *w = ctx;
	int n = w->to->get(w->to->ctx, cid, block, len, st);

	if (n == 1 && write_once(w, cid, *block, *len, st) == -1)
		return -1;
	return n;
}

/* Such a link is its own block, so the CAR needs no section for it. */
static bool
is_identity(const struct slice *link)
{
	struct status ignored;
	struct cid cid;

	return !cid_is_repo(slice_bytes(link), link->len) &&
	    cid_parse(&cid, slice_bytes(link), link->len, &ignored) != -1 &&
	    cid.hash == HASH_IDENTITY;
}

static int
write_record(void *ctx, const uint8_t *key, size_t key_len,
    const struct slice *link, struct status *st)
{
	struct writer *w = ctx;
	char text[CID_MAX_TEXT];
	const uint8_t *block;
	size_t len;
	int n;

	(void)key, (void)key_len;
	if (is_identity(link))
		return 0;
	if ((n = w->to->get(w->to->ctx, link, &block, &len, st)) == 1)
		return write_once(w, link, block, len, st);
	if (n == -1)
		return -1;
	len = cid_format(text, slice_bytes(link), link->len);
	return status_set(st, STATUS_MISSING_BLOCK, 0, "record %.*s is missing",
	    (int)len, text);
}

static int
write_tree(struct writer *w, const struct commit *c, struct status *st)
{
	const struct slice root = slice_make(c->data.bytes, c->data.len);
	const struct mst_walk walk = {
		.ctx = w,
		.get = get_node,
		.record = write_record,
	};

	return mst_walk(&walk, &root, st) == -1 ? -1 : flush(w, st);
}

int
preorder_write(const struct preorder *to, const struct slice *cid,
    const struct commit *c, struct status *st)
{
	struct writer w = { .to = to };
	int rc;

	car_write_header(&w.out, slice_bytes(cid), cid->len);
	rc = write_once(&w, cid, c->block, c->block_len, st);
	if (rc == 0)
		rc = write_tree(&w, c, st);
	set_free(&w.written);
	buf_free(&w.out);
	return rc;
}
