#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/repo/mst.h"

/*
 * One node as bytes. Its form leaves no choice, so it is read as fixed bytes
 * with holes, and not by the DAG-CBOR reader, which is the oracle in
 * t/fuzz/mst.c: {"e": [{"k": bytes, "p": int, "t": link or null, "v": link},
 * …], "l": link or null}. Opening a node checks its whole form, so reading the
 * entries can't fail later.
 */

#define NULL_LINK 0xf6

unsigned
mst_layer(const void *key, size_t len)
{
	uint8_t digest[32];
	unsigned i = 0;

	hash_sha256(digest, key, len);
	while (i < sizeof(digest) && digest[i] == 0)
		i++;
	if (i == sizeof(digest))
		return MST_LAYERS - 1;
	return i * 4 + __builtin_clz((unsigned)digest[i] << 24) / 2;
}

/* In CBOR, `a` is the head of a text of one byte. */
#define MAP_2 "\xa2"
#define MAP_4 "\xa4"

static int
bad_form(const struct mst_node *n, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_TREE, n->at - n->start,
	    "node: %s at byte %zu", what, (size_t)(n->at - n->start));
}

static inline bool
take(struct mst_node *n, const char *bytes, size_t len)
{
	if ((size_t)(n->end - n->at) < len || memcmp(n->at, bytes, len) != 0)
		return false;
	n->at += len;
	return true;
}

/* Take a shortest head of this major type with a number of at most 32 bits. */
static inline bool
take_head(struct mst_node *n, unsigned major, uint64_t *value)
{
	size_t left = n->end - n->at, len, i;
	const uint8_t *p = n->at;
	unsigned info;

	if (left == 0 || p[0] >> 5 != major)
		return false;
	info = p[0] & 31;
	*value = info;
	if (info < 24) {
		n->at++;
		return true;
	}
	len = info == 24 ? 1 : info == 25 ? 2 : info == 26 ? 4 : left;
	if (left <= len)
		return false;
	for (i = 1, *value = 0; i <= len; i++)
		*value = *value << 8 | p[i];
	n->at += 1 + len;
	return *value >= (len == 1 ? 24u : len == 2 ? 256u : 65536u);
}

/* The bytes before the digest in a link to a node: tag 42, 37 bytes, a zero,
 * and the head of a dag-cbor sha2-256 CID. Comparing them at once makes reading
 * a node a seventh faster. */
#define LINK_HEAD "\xd8\x2a\x58\x25\x00"
#define CID_HEAD "\x01\x71\x12\x20"

static inline bool
take_repo_link(struct mst_node *n, struct slice *link)
{
	const size_t head = sizeof(LINK_HEAD) - 1;

	if ((size_t)(n->end - n->at) < head + CID_REPO_BYTES ||
	    memcmp(n->at, LINK_HEAD CID_HEAD, sizeof(LINK_HEAD CID_HEAD) - 1) !=
		0)
		return false;
	link->at = (const char *)n->at + head;
	link->len = CID_REPO_BYTES;
	n->at += head + CID_REPO_BYTES;
	return true;
}

static inline bool
take_node_link(struct mst_node *n, struct slice *link)
{
	link->at = NULL;
	link->len = 0;
	if (n->at < n->end && *n->at == NULL_LINK) {
		n->at++;
		return true;
	}
	if (take_repo_link(n, link))
		return true;
	/* If only the CID is wrong, the message names the CID's byte. */
	take(n, LINK_HEAD, sizeof(LINK_HEAD) - 1);
	return false;
}

/* Take tag 42 and any CID. */
static inline bool
take_value_link(struct mst_node *n, struct slice *link)
{
	struct status ignored;
	struct cid cid;
	uint64_t len;

	if (take_repo_link(n, link))
		return true;
	if (!take(n, "\xd8\x2a", 2) || !take_head(n, 2, &len) || len < 2 ||
	    len > CID_MAX_BYTES + 1 || (uint64_t)(n->end - n->at) < len ||
	    n->at[0] != 0)
		return false;
	link->at = (const char *)n->at + 1;
	link->len = len - 1;
	n->at += len;
	return cid_parse(&cid, slice_bytes(link), link->len, &ignored) ==
	    (int)link->len;
}

static inline const char *
take_entry(struct mst_node *n, struct mst_entry *e)
{
	uint64_t len, prefix;

	if (!take(n, MAP_4 "ak", 3) || !take_head(n, 2, &len) ||
	    (uint64_t)(n->end - n->at) < len)
		return "want an entry and its k";
	e->suffix = n->at;
	e->suffix_len = len;
	n->at += len;
	if (!take(n, "ap", 2) || !take_head(n, 0, &prefix))
		return "want an entry's p";
	e->prefix = prefix;
	if (!take(n, "at", 2) || !take_node_link(n, &e->tree))
		return "want an entry's t";
	if (!take(n, "av", 2) || !take_value_link(n, &e->value))
		return "want an entry's v";
	return NULL;
}

int
mst_node_open(struct mst_node *n, const void *block, size_t len,
    struct status *st)
{
	const uint8_t *first;
	struct mst_entry e;
	const char *wrong;
	uint64_t i;

	n->start = n->at = block;
	n->end = n->start + len;
	if (!take(n, MAP_2 "ae", 3) || !take_head(n, 4, &n->entries))
		return bad_form(n, "want a map with e", st);
	first = n->at;
	for (i = 0; i < n->entries; i++)
		if ((wrong = take_entry(n, &e)) != NULL)
			return bad_form(n, wrong, st);
	if (!take(n, "al", 2) || !take_node_link(n, &n->left))
		return bad_form(n, "want l", st);
	if (n->at != n->end)
		return bad_form(n, "bytes after the map", st);
	n->at = first;
	n->entries_left = n->entries;
	return 0;
}

bool
mst_node_next(struct mst_node *n, struct mst_entry *e)
{
	if (n->entries_left == 0)
		return false;
	n->entries_left--;
	return take_entry(n, e) == NULL;
}
