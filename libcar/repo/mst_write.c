#include "config.h"

#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/mst_write_private.h"

/*
 * A node is {"e": [{"k": bytes, "p": int, "t": link or null, "v": link}, …],
 * "l": link or null}. A key omits the prefix that it shares with the previous
 * key. In CBOR, `a` is the head of a text of one byte.
 */

static size_t
common_prefix(const struct slice *a, const struct slice *b)
{
	size_t i = 0, n = a->len < b->len ? a->len : b->len;

	while (i < n && a->at[i] == b->at[i])
		i++;
	return i;
}

/* What is fixed is copied as one piece: writing each item of CBOR alone made
 * at-firehose 1.1 times as slow. The sizes are constants, so that the compiler
 * copies without a call. */
#define LINK_HEAD "\xd8\x2a\x58\x25\x00" /* of a link to CID_REPO_BYTES */
#define MAP_2 "\xa2"
#define MAP_4 "\xa4"

static void
write_link(struct buf *out, const struct slice *link)
{
	if (link->at == NULL)
		dagcbor_write_null(out);
	else if (link->len == CID_REPO_BYTES) {
		buf_put(out, LINK_HEAD, sizeof(LINK_HEAD) - 1);
		buf_put(out, link->at, CID_REPO_BYTES);
	} else
		dagcbor_write_link(out, slice_bytes(link), link->len);
}

void
mst_write_begin(struct buf *out, size_t entries)
{
	buf_put(out, MAP_2 "ae", 3);
	dagcbor_write_array(out, entries);
}

void
mst_write_entry(struct buf *out, const struct slice *before,
    const struct slice *key, const struct slice *value,
    const struct slice *tree)
{
	size_t prefix = common_prefix(before, key);

	buf_put(out, MAP_4 "ak", 3);
	dagcbor_write_bytes(out, key->at + prefix, key->len - prefix);
	buf_put(out, "ap", 2);
	dagcbor_write_uint(out, prefix);
	buf_put(out, "at", 2);
	write_link(out, tree);
	buf_put(out, "av", 2);
	write_link(out, value);
}

void
mst_write_end(struct buf *out, const struct slice *left)
{
	buf_put(out, "al", 2);
	write_link(out, left);
}
