/* Nodes that link to each other, read by the walk and by the cursor. Both
 * return the same records and losses, and what is skipped is where the cursor
 * said. */
#include "config.h"

#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/data/cid.h"
#include "libcar/repo/mst.h"
#include "t/fuzz/fuzz.h"

#define MAX_NODES 64
#define MAX_GETS 1000 /* nodes may link to others again and again */

/* The input is nodes, each after its length in two bytes; the first one is the
 * root. The first byte of a link's digest chooses the node, so that an input
 * can change without its hashes. A node that doesn't exist is lost. */
struct nodes {
	struct {
		const uint8_t *data;
		size_t len;
	} node[MAX_NODES];
	size_t count, gets;
	struct buf notes; /* what was returned, in order */
};

static void
read_nodes(struct nodes *n, const uint8_t *data, size_t len)
{
	size_t size;

	while (len >= 2 && n->count < MAX_NODES) {
		size = data[0] << 8 | data[1];
		data += 2;
		len -= 2;
		if (size > len)
			size = len;
		n->node[n->count].data = data;
		n->node[n->count++].len = size;
		data += size;
		len -= size;
	}
}

static int
get(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct nodes *n = ctx;
	size_t i = (uint8_t)link->at[4];

	if (++n->gets > MAX_GETS)
		return status_set(st, STATUS_TOO_LARGE, 0, "enough");
	if (i >= n->count)
		return 0;
	*data = n->node[i].data;
	*len = n->node[i].len;
	return 1;
}

static void
note(struct nodes *n, const void *bytes, size_t len, const char *after)
{
	buf_put(&n->notes, bytes, len);
	buf_puts(&n->notes, after);
}

static int
note_record(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	(void)st;
	note(ctx, key, len, ": ");
	note(ctx, value->at, value->len, "\n");
	return 0;
}

static int
note_lost(void *ctx, struct status *st)
{
	note(ctx, st->msg, strlen(st->msg), "\n");
	return 0;
}

static void
walk(struct nodes *n, const struct slice *root)
{
	struct mst_walk w = {
		.ctx = n,
		.get = get,
		.record = note_record,
		.lost = note_lost,
	};
	struct status st;

	if (mst_walk(&w, root, &st) == -1)
		note_lost(n, &st);
}

/* The same with the cursor, as far as it can continue. It announces each
 * subtree before it requests its node. */
static void
go_over(struct nodes *n, const struct slice *root, bool subtrees)
{
	struct mst_cursor c = { .ctx = n, .get = get, .subtrees = subtrees };
	enum mst_step step = MST_SUBTREE;
	struct mst_item item;
	struct status st;
	size_t told = 0;

	mst_cursor_open(&c, root);
	while (step != MST_FAILED &&
	    (step = mst_cursor_next(&c, &item, &st)) != MST_END) {
		told += step == MST_SUBTREE;
		must(told == (!subtrees ? 0 : n->gets + (step == MST_SUBTREE)));
		if (step == MST_RECORD)
			note_record(n, item.key, item.key_len, &item.link, &st);
		else if (step != MST_SUBTREE)
			note_lost(n, &st);
	}
	mst_cursor_close(&c);
}

static int
compare(const struct buf *a, const uint8_t *key, size_t len)
{
	int order = memcmp(a->data, key, a->len < len ? a->len : len);

	return order != 0 ? order : (a->len > len) - (a->len < len);
}

/* Skip the subtrees that a bit of `how` selects. Keys still rise, and after a
 * skipped subtree comes the announced key, or the end. */
static void
skip(struct nodes *n, const struct slice *root, unsigned how)
{
	struct mst_cursor c = { .ctx = n, .get = get, .subtrees = true };
	struct buf last = { .len = 0 }, bound = { .len = 0 };
	bool skipped = false;
	enum mst_step step;
	struct mst_item item;
	struct status st;

	mst_cursor_open(&c, root);
	while ((step = mst_cursor_next(&c, &item, &st)) != MST_FAILED) {
		must(
		    !skipped || step == (bound.len > 0 ? MST_RECORD : MST_END));
		if (step == MST_END)
			break;
		must(item.key == NULL || last.len == 0 ||
		    compare(&last, item.key, item.key_len) < 0);
		must(!skipped || compare(&bound, item.key, item.key_len) == 0);
		skipped = step == MST_LOST ||
		    (step == MST_SUBTREE && how >> item.layer % 8 & 1);
		bound.len = 0;
		if (step == MST_RECORD)
			last.len = 0;
		if (item.key != NULL)
			buf_put(step == MST_RECORD ? &last : &bound, item.key,
			    item.key_len);
		if (skipped)
			mst_cursor_skip(&c);
	}
	mst_cursor_close(&c);
	buf_free(&last);
	buf_free(&bound);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t link[CID_REPO_BYTES] = { 1, CID_DAG_CBOR, 0x12,
		32 };
	struct slice root = slice_make(link, sizeof(link));
	struct nodes *n = calloc(1, sizeof(*n));
	struct buf want;
	int subtrees;

	if (n == NULL || len == 0)
		goto out;
	read_nodes(n, data + 1, len - 1);
	walk(n, &root);
	want = n->notes;
	for (subtrees = 0; subtrees < 2; subtrees++) {
		memset(&n->notes, 0, sizeof(n->notes));
		n->gets = 0;
		go_over(n, &root, subtrees);
		must(n->notes.len == want.len && !want.failed &&
		    (want.len == 0 ||
			memcmp(n->notes.data, want.data, want.len) == 0));
		buf_free(&n->notes);
	}
	buf_free(&want);
	n->gets = 0;
	skip(n, &root, data[0]);
out:
	free(n);
	return 0;
}
