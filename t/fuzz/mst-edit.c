/* Edit nodes that link to each other. Whatever they are, an edit ends, and a
 * key that is put and removed again leaves the tree as it was. */
#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/mst_edit.h"
#include "t/fuzz/fuzz.h"

#define MAX_NODES 64
#define MAX_GETS 1000 /* nodes may link to others again and again */
#define MAX_KEY 64

/* The input is a number of keys, each after its length; then nodes, each after
 * its length in two bytes. The first node is the root; the first byte of a
 * link's digest chooses the node. */
struct input {
	const uint8_t *at, *end;
	struct {
		const uint8_t *data;
		size_t len;
	} node[MAX_NODES];
	size_t count, gets;
};

static struct slice
take(struct input *in, size_t n)
{
	size_t left = in->end - in->at;
	struct slice s = { (const char *)in->at, n < left ? n : left };

	in->at += s.len;
	return s;
}

static unsigned
take_byte(struct input *in)
{
	return in->at < in->end ? *in->at++ : 0;
}

static void
read_nodes(struct input *in)
{
	struct slice node;
	size_t size;

	while (in->end - in->at >= 2 && in->count < MAX_NODES) {
		size = take_byte(in) << 8;
		node = take(in, size | take_byte(in));
		in->node[in->count].data = (const uint8_t *)node.at;
		in->node[in->count++].len = node.len;
	}
}

static int
get(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	struct input *in = ctx;
	size_t i = (uint8_t)link->at[4];

	if (++in->gets > MAX_GETS)
		return status_set(st, STATUS_TOO_LARGE, 0, "enough");
	if (i >= in->count)
		return 0;
	*data = in->node[i].data;
	*len = in->node[i].len;
	return 1;
}

static const uint8_t value[CID_REPO_BYTES] = { 1, CID_DAG_CBOR, 0x12, 32, 7 };

/* Put a key and remove it, or the other way round. False: the tree is lost. */
static bool
turn(struct mst_edit *e, const struct slice *key)
{
	const struct slice link = slice_make(value, sizeof(value));
	struct slice had, before;
	enum mst_edit_result r;
	struct status st;

	if ((r = mst_edit_get(e, key, &had, &st)) == MST_EDIT_FAILED)
		return false;
	if (r == MST_EDIT_ABSENT)
		return mst_edit_put(e, key, &link, NULL, &st) !=
		    MST_EDIT_FAILED &&
		    mst_edit_remove(e, key, NULL, &st) != MST_EDIT_FAILED;
	if (mst_edit_remove(e, key, &before, &st) == MST_EDIT_FAILED ||
	    mst_edit_put(e, key, &had, NULL, &st) == MST_EDIT_FAILED)
		return false;
	must(before.at == had.at && before.len == had.len);
	return true;
}

/* The links in the input aren't hashes, so the first turn makes them hashes. */
static bool
try(struct mst_edit *e, const struct slice *key)
{
	uint8_t root[CID_REPO_BYTES], again[CID_REPO_BYTES];
	struct status st;

	if (!turn(e, key))
		return false;
	must(mst_edit_root(e, root, NULL, NULL, &st) == 0);
	must(turn(e, key));
	must(mst_edit_root(e, again, NULL, NULL, &st) == 0);
	must(memcmp(root, again, sizeof(root)) == 0);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t link[CID_REPO_BYTES] = { 1, CID_DAG_CBOR, 0x12,
		32 };
	struct slice root = slice_make(link, sizeof(link)), keys[16];
	struct input *in = calloc(1, sizeof(*in));
	struct mst_edit e = { .ctx = in, .get = get };
	size_t n, i;

	if (in == NULL)
		return 0;
	in->at = data;
	in->end = data + len;
	n = take_byte(in) % 16;
	for (i = 0; i < n; i++)
		keys[i] = take(in, take_byte(in) % MAX_KEY + 1);
	read_nodes(in);
	mst_edit_open(&e, &root);
	for (i = 0; i < n; i++)
		if (keys[i].len > 0 && !try(&e, &keys[i]))
			break;
	mst_edit_close(&e);
	free(in);
	return 0;
}
