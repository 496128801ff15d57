#include "config.h"

#include "libcar/data/dagcbor.h"
#include "libcar/repo/mst_write_private.h"

/*
 * A node is {"e": [{"k": bytes, "p": int, "t": link or null, "v": link}, …],
 * "l": link or null}. A key omits the prefix that it shares with the previous
 * key.
 */

static size_t
common_prefix(const struct slice *a, const struct slice *b)
{
	size_t i = 0, n = a->len < b->len ? a->len : b->len;

	while (i < n && a->at[i] == b->at[i])
		i++;
	return i;
}

static void
write_link(struct buf *out, const struct slice *link)
{
	if (link->at == NULL)
		dagcbor_write_null(out);
	else
		dagcbor_write_link(out, slice_bytes(link), link->len);
}

void
mst_write_begin(struct buf *out, size_t entries)
{
	dagcbor_write_map(out, 2);
	dagcbor_write_text(out, "e", 1);
	dagcbor_write_array(out, entries);
}

void
mst_write_entry(struct buf *out, const struct slice *before,
    const struct slice *key, const struct slice *value,
    const struct slice *tree)
{
	size_t prefix = common_prefix(before, key);

	dagcbor_write_map(out, 4);
	dagcbor_write_text(out, "k", 1);
	dagcbor_write_bytes(out, key->at + prefix, key->len - prefix);
	dagcbor_write_text(out, "p", 1);
	dagcbor_write_uint(out, prefix);
	dagcbor_write_text(out, "t", 1);
	write_link(out, tree);
	dagcbor_write_text(out, "v", 1);
	write_link(out, value);
}

void
mst_write_end(struct buf *out, const struct slice *left)
{
	dagcbor_write_text(out, "l", 1);
	write_link(out, left);
}
