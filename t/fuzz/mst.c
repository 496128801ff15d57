/* A block as a node: if it is valid, its parts make the same block. */
#include "config.h"

#include <string.h>

#include "libcar/data/dagcbor.h"
#include "libcar/repo/mst.h"
#include "t/fuzz/fuzz.h"

static void
write_link(struct buf *b, const struct slice *link)
{
	if (link->at == NULL)
		dagcbor_write_null(b);
	else
		dagcbor_write_link(b, slice_bytes(link), link->len);
}

static void
write_entry(struct buf *b, const struct mst_entry *e)
{
	dagcbor_write_map(b, 4);
	dagcbor_write_text(b, "k", 1);
	dagcbor_write_bytes(b, e->suffix, e->suffix_len);
	dagcbor_write_text(b, "p", 1);
	dagcbor_write_uint(b, e->prefix);
	dagcbor_write_text(b, "t", 1);
	write_link(b, &e->tree);
	dagcbor_write_text(b, "v", 1);
	write_link(b, &e->value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf b = { .len = 0 };
	struct mst_node node;
	struct mst_entry e;
	struct status st;
	struct dagcbor d;
	uint64_t n = 0;

	if (mst_node_open(&node, data, len, &st) == -1)
		return 0;
	dagcbor_open(&d, data, len);
	must(dagcbor_skip(&d, &st) == 0 && d.at == d.end);
	dagcbor_write_map(&b, 2);
	dagcbor_write_text(&b, "e", 1);
	dagcbor_write_array(&b, node.entries);
	for (; mst_node_next(&node, &e); n++)
		write_entry(&b, &e);
	dagcbor_write_text(&b, "l", 1);
	write_link(&b, &node.left);
	must(n == node.entries && b.len == len &&
	    memcmp(b.data, data, len) == 0);
	buf_free(&b);
	return 0;
}
