/*
 * mkhostile: write a CAR with one thing wrong to standard output.
 *
 * Usage: mkhostile attack [file]; without operands it lists the attacks. Most
 * of them make a repo of three records, com.example.aaa/1, com.example.bbb/2
 * and com.example.ccc/3, and add the fault that the name says. `record`, `key`
 * and `value` take the middle record's block, whole key or CID from standard
 * input. The did:key of the commit's signature is written to file.
 */
#include "config.h"

#include <secp256k1.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/car.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/keypair.h"
#include "libcar/repo/mst.h"
#include "t/lib/leaves.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define REV "3m4xqkxkcac2a"
#define MIB ((size_t)1 << 20)

struct link {
	uint8_t bytes[CID_MAX_BYTES];
	size_t len; /* 0: null */
};

/* An entry of a handmade node. */
struct entry {
	const char *key;
	size_t prefix;
	struct link tree, value;
};

static struct buf header, sections;
static const char *keyfile;

static void
die(const char *what)
{
	fprintf(stderr, "mkhostile: %s\n", what);
	exit(2);
}

/* Links */

static struct link
hash_link(unsigned codec, unsigned hash, const void *data, size_t len)
{
	struct link link = { { 1, codec }, 2 };
	uint8_t *p = link.bytes + 2;

	switch (hash) {
	case HASH_IDENTITY:
		*p++ = 0;
		*p++ = len;
		memcpy(p, data, len);
		p += len;
		break;
	case HASH_SHA2_256:
		memcpy(p, "\x12\x20", 2);
		hash_sha256(p + 2, data, len);
		p += 34;
		break;
	case HASH_SHA2_512:
		memcpy(p, "\x13\x40", 2);
		crypto_hash_sha512(p + 2, data, len);
		p += 66;
		break;
	case HASH_BLAKE2B_256:
		memcpy(p, "\xa0\xe4\x02\x20", 4);
		crypto_generichash(p + 4, 32, data, len, NULL, 0);
		p += 36;
		break;
	default: /* an unknown one */
		memcpy(p, "\x16\x20", 2);
		memset(p + 2, 7, 32);
		p += 34;
	}
	link.len = p - link.bytes;
	return link;
}

static struct link
v0_link(const void *data, size_t len)
{
	struct link link = { { 0x12, 0x20 }, 34 };

	hash_sha256(link.bytes + 2, data, len);
	return link;
}

static struct link
block_link(const void *data, size_t len)
{
	return hash_link(CID_DAG_CBOR, HASH_SHA2_256, data, len);
}

static const struct link null;

/* Blocks and sections */

static void
section(const struct link *link, const void *data, size_t len)
{
	car_write_block(&sections, link->bytes, link->len, data, len);
}

static struct link
add(const void *data, size_t len)
{
	struct link link = block_link(data, len);

	section(&link, data, len);
	return link;
}

static struct link
add_buf(struct buf *b)
{
	struct link link = add(b->data, b->len);

	buf_free(b);
	return link;
}

static void
text(struct buf *b, const char *s)
{
	dagcbor_write_text(b, s, strlen(s));
}

static void
put_link(struct buf *b, const struct link *link)
{
	if (link->len == 0)
		dagcbor_write_null(b);
	else
		dagcbor_write_link(b, link->bytes, link->len);
}

/* {"n": n} */
static struct link
record(unsigned n)
{
	struct buf b = { .len = 0 };

	dagcbor_write_map(&b, 1);
	text(&b, "n");
	dagcbor_write_uint(&b, n);
	return add_buf(&b);
}

/* Handmade nodes */

static void
put_entry(struct buf *b, const struct entry *e)
{
	size_t len = strlen(e->key) - e->prefix;

	dagcbor_write_map(b, 4);
	text(b, "k");
	dagcbor_write_bytes(b, e->key + e->prefix, len);
	text(b, "p");
	dagcbor_write_uint(b, e->prefix);
	text(b, "t");
	put_link(b, &e->tree);
	text(b, "v");
	put_link(b, &e->value);
}

static void
put_node(struct buf *b, const struct entry *e, size_t n, struct link left)
{
	dagcbor_write_map(b, 2);
	text(b, "e");
	dagcbor_write_array(b, n);
	for (; n > 0; n--, e++)
		put_entry(b, e);
	text(b, "l");
	put_link(b, &left);
}

static struct link
node(const struct entry *e, size_t n, struct link left)
{
	struct buf b = { .len = 0 };

	put_node(&b, e, n, left);
	return add_buf(&b);
}

/* Make com.example.<name>/<number> with the first number, from `at` on, that
 * gives this layer. */
static const char *
key_at(const char *name, unsigned at, unsigned layer)
{
	static char keys[16][64];
	static unsigned next;
	char *key = keys[next++ % 16];

	do
		snprintf(key, sizeof(keys[0]), "com.example.%s/%u", name, at++);
	while (mst_layer(key, strlen(key)) != layer);
	return key;
}

static size_t
common(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

static struct entry
entry(const char *key, const char *before, struct link tree)
{
	struct entry e = { key, before == NULL ? 0 : common(before, key), tree,
		record(1) };

	return e;
}

/* A node of one key. */
static struct link
leaf(const char *key, struct link left, struct link right)
{
	struct entry e = entry(key, NULL, right);

	return node(&e, 1, left);
}

/* Commits */

static void
sign(const struct buf *message, uint8_t *sig, bool high)
{
	static const uint8_t secret[32] = { 1, 2, 3 };
	struct keypair pair;
	char did_key[KEY_MAX_TEXT];
	struct status st;
	FILE *f;

	if (keypair_make(&pair, KEY_SECP256K1, secret, &st) == -1 ||
	    keypair_sign(&pair, message->data, message->len, sig, &st) == -1)
		die(st.msg);
	if (high &&
	    !secp256k1_ec_seckey_negate(secp256k1_context_static, sig + 32))
		die("no high S");
	key_format(did_key, &pair.key);
	if (keyfile == NULL)
		return;
	if ((f = fopen(keyfile, "w")) == NULL ||
	    fprintf(f, "%s\n", did_key) < 0 || fclose(f) != 0)
		die("can't write the key");
}

/* What differs from an ordinary commit. */
struct odd {
	const char *did, *rev;
	size_t rev_len;
	unsigned version, sig_len;
	bool no_version, no_did, no_rev, no_sig, no_data, no_prev;
	bool number_prev, link_prev, unknown, float_unknown, bad_sig, high_s;
	bool twice, data_raw;
};

static void
odd_tail(struct buf *b, const struct odd *o, const struct link *data)
{
	if (!o->no_data) {
		text(b, "data");
		put_link(b, data);
	}
	if (!o->no_prev) {
		text(b, "prev");
		if (o->number_prev)
			dagcbor_write_uint(b, 1);
		else
			put_link(b, o->link_prev ? data : &null);
	}
	if (o->unknown) {
		text(b, "stuff");
		dagcbor_write_array(b, 2);
		text(b, "x");
		dagcbor_write_map(b, 0);
	}
	if (o->float_unknown) {
		text(b, "stuff");
		buf_put(b, "\xfb\x3f\xf8\0\0\0\0\0\0", 9);
	}
	if (!o->no_version) {
		text(b, "version");
		dagcbor_write_uint(b, o->version == 0 ? 3 : o->version);
	}
}

static void
odd_map(struct buf *b, const struct odd *o, const struct link *data,
    const uint8_t *sig)
{
	dagcbor_write_map(b,
	    4 + (sig != NULL) - o->no_version - o->no_did - o->no_rev -
		o->no_data + !o->no_prev + o->unknown + o->twice +
		o->float_unknown);
	if (!o->no_did) {
		text(b, "did");
		text(b, o->did == NULL ? DID : o->did);
	}
	if (!o->no_rev) {
		text(b, "rev");
		dagcbor_write_text(b, o->rev == NULL ? REV : o->rev,
		    o->rev == NULL ? strlen(REV) : o->rev_len);
	}
	if (o->twice) {
		text(b, "rev");
		text(b, REV);
	}
	if (sig != NULL) {
		text(b, "sig");
		dagcbor_write_bytes(b, sig,
		    o->sig_len == 0 ? KEY_SIGNATURE_BYTES : o->sig_len);
	}
	odd_tail(b, o, data);
}

static void
head(const struct link *root)
{
	if (header.len == 0)
		car_write_header(&header, root->bytes, root->len);
}

static void
odd_commit(const struct odd *o, struct link data)
{
	uint8_t sig[KEY_SIGNATURE_BYTES + 1] = { 0 };
	struct buf b = { .len = 0 };
	struct link root;

	if (o->data_raw)
		data.bytes[1] = CID_RAW;
	odd_map(&b, o, &data, NULL);
	sign(&b, sig, o->high_s);
	sig[5] ^= o->bad_sig;
	b.len = 0;
	odd_map(&b, o, &data, o->no_sig ? NULL : sig);
	root = add_buf(&b);
	head(&root);
}

static void
commit(struct link data)
{
	static const struct odd none;

	odd_commit(&none, data);
}

/* A valid tree of three records; the caller gives the middle one. */

static int
put_block(void *ctx, const uint8_t *cid, const void *block, size_t len,
    struct status *st)
{
	(void)ctx;
	(void)st;
	car_write_block(&sections, cid, CID_REPO_BYTES, block, len);
	return 0;
}

static struct link
tree_of(const void *key, size_t key_len, struct link middle)
{
	static const char first[] = "com.example.aaa/1";
	static const char last[] = "com.example.ccc/3";
	struct link one = record(1), three = record(3), root;
	struct mst_leaf leaves[3] = {
		{ (const uint8_t *)first, 17, one.bytes, one.len },
		{ key, key_len, middle.bytes, middle.len },
		{ (const uint8_t *)last, 17, three.bytes, three.len },
	};
	struct status st;

	qsort(leaves, 3, sizeof(leaves[0]), by_key);
	root.len = CID_REPO_BYTES;
	if (mst_build(leaves, 3, put_block, NULL, root.bytes, &st) == -1)
		die(st.msg);
	return root;
}

static struct link
tree(struct link middle)
{
	return tree_of("com.example.bbb/2", 17, middle);
}

static struct link
plain_tree(void)
{
	return tree(record(2));
}

static void
plain(void)
{
	commit(plain_tree());
}

static void
slurp(struct buf *b)
{
	size_t n = 1;
	char *p;

	while (n > 0) {
		if ((p = buf_reserve(b, 1 << 16)) == NULL)
			die("no memory");
		b->len += n = fread(p, 1, 1 << 16, stdin);
	}
}

static void
given_record(void)
{
	struct buf b = { .len = 0 };

	slurp(&b);
	commit(tree(add_buf(&b)));
}

static void
given_key(void)
{
	struct buf b = { .len = 0 };

	slurp(&b);
	commit(tree_of(b.data, b.len, record(2)));
	buf_free(&b);
}

static void
given_value(void)
{
	struct buf b = { .len = 0 };
	struct link link;

	slurp(&b);
	if (b.len > sizeof(link.bytes))
		die("CID too long");
	memcpy(link.bytes, b.data, b.len);
	link.len = b.len;
	commit(tree(link));
	buf_free(&b);
}

/* Header and framing */

static void
raw_header(const char *bytes, size_t len)
{
	uint8_t n = len;

	buf_put(&header, &n, 1);
	buf_put(&header, bytes, len);
}

static void
varint_without_end(void)
{
	buf_put(&header, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	    12);
}

static void
header_of_1_gib(void)
{
	buf_put(&header, "\x80\x80\x80\x80\x04", 5);
	plain();
}

static void
header_of_2_63(void)
{
	buf_put(&header, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9);
	plain();
}

static void
header_of_nothing(void)
{
	buf_put(&header, "", 1);
	plain();
}

static void
header_no_roots(void)
{
	plain();
	header.len = 0;
	raw_header("\xa2\x65roots\x80\x67version\x01", 17);
}

static void
header_lacks_roots(void)
{
	raw_header("\xa1\x67version\x01", 10);
	plain();
}

static void
header_lacks_version(void)
{
	raw_header("\xa1\x65roots\x80", 8);
	plain();
}

static void
header_version_2(void)
{
	raw_header("\xa1\x67version\x02", 10);
	buf_put(&header, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	plain();
}

static void
header_unknown_key(void)
{
	raw_header("\xa3\x61"
		   "a\x01\x65roots\x80\x67version\x01",
	    20);
	plain();
}

static void
header_tail(void)
{
	raw_header("\xa2\x65roots\x80\x67version\x01\x01", 18);
	plain();
}

static void
header_no_map(void)
{
	raw_header("\x82\x01\x02", 3);
	plain();
}

static void
header_no_cbor(void)
{
	raw_header("\xa2\x65root", 6);
	plain();
}

static void
root_absent(void)
{
	struct link gone = block_link("gone", 4);

	head(&gone);
	plain();
}

static void
root_raw(void)
{
	struct link raw = hash_link(CID_RAW, HASH_SHA2_256, "x", 1);

	section(&raw, "x", 1);
	head(&raw);
	plain();
}

static void
root_identity(void)
{
	struct link link = hash_link(CID_DAG_CBOR, HASH_IDENTITY, "\xa0", 1);

	head(&link);
	plain();
}

static void
root_v0(void)
{
	struct link v0 = v0_link("x", 1);

	section(&v0, "x", 1);
	head(&v0);
	plain();
}

/* Two roots; the block of the second is missing. */
static void
two_roots(void)
{
	struct link gone = block_link("gone", 4);
	struct buf b = { .len = 0 }, old;

	plain();
	old = header;
	memset(&header, 0, sizeof(header));
	buf_put(&b, old.data + 2, 6); /* key roots */
	dagcbor_write_array(&b, 2);
	buf_put(&b, old.data + 9, 41); /* the link */
	put_link(&b, &gone);
	buf_put(&b, old.data + 50, 9); /* version */
	buf_putc(&header, b.len + 1);
	buf_putc(&header, '\xa2');
	buf_put(&header, b.data, b.len);
	buf_free(&b);
	buf_free(&old);
}

static void
bytes_after(const char *bytes, size_t len)
{
	plain();
	buf_put(&sections, bytes, len);
}

static void
section_varint_without_end(void)
{
	bytes_after("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11);
}

static void
section_varint_long(void)
{
	bytes_after("\xa5\x00\x01\x71\x12\x20", 6);
}

static void
section_of_2_63(void)
{
	bytes_after("\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9);
}

static void
section_of_nothing(void)
{
	bytes_after("", 1);
}

static void
section_no_cid(void)
{
	bytes_after("\x02\x01\x71", 3);
}

static void
section_long_cid(void)
{
	char bytes[130] = "\x80\x01\x01\x71\x12\x7c";

	bytes_after(bytes, sizeof(bytes));
}

static void
section_cid_v2(void)
{
	bytes_after("\x05\x02\x71\x00\x01\x01", 6);
}

static void
section_cut(void)
{
	bytes_after("\x30\x01\x71\x12\x20", 5);
}

static void
big_section(size_t len)
{
	char *data = calloc(1, len);

	plain();
	add(data, len);
	free(data);
}

static void
section_of_2_mib(void)
{
	big_section(2 * MIB - CID_REPO_BYTES);
}

static void
section_too_large(void)
{
	big_section(2 * MIB - CID_REPO_BYTES + 1);
}

static void
block_bad_hash(void)
{
	struct link link = block_link("a", 1);

	plain();
	section(&link, "b", 1);
}

static void
block_bad_hash_blake(void)
{
	struct link link = hash_link(CID_RAW, HASH_BLAKE2B_256, "a", 1);

	plain();
	section(&link, "b", 1);
}

static void
block_bad_identity(void)
{
	struct link link = hash_link(CID_RAW, HASH_IDENTITY, "a", 1);

	plain();
	section(&link, "b", 1);
}

/* Not hostile: all kinds of blocks to which nothing links. */
static void
unlinked(void)
{
	static const unsigned hashes[] = { HASH_IDENTITY, HASH_SHA2_256,
		HASH_SHA2_512, HASH_BLAKE2B_256, 0x16 };
	struct link link;
	size_t i;

	for (i = 0; i < 5; i++) {
		link = hash_link(CID_RAW, hashes[i], "x", 1);
		section(&link, "x", 1);
	}
	link = v0_link("x", 1);
	section(&link, "x", 1);
	add("", 0);
	plain();
}

/* Trees */

static void
subtree_twice(void)
{
	const char *low = key_at("m", 0, 0), *top = key_at("n", 0, 1);
	struct link sub = leaf(low, null, null);

	commit(leaf(top, sub, sub));
}

static void
two_entries(const char *a, const char *b, size_t prefix)
{
	struct entry e[2] = { entry(a, NULL, null), entry(b, a, null) };

	e[1].prefix = prefix;
	commit(node(e, 2, null));
}

static void
prefix_too_long(void)
{
	struct entry e[2] = {
		entry(key_at("m", 0, 0), NULL, null),
		{ "com.example.m/123456789012345", 28, null, record(2) },
	};

	commit(node(e, 2, null));
}

static void
prefix_not_longest(void)
{
	const char *a = key_at("m", 0, 0), *b = key_at("n", 0, 0);

	two_entries(a, b, common(a, b) - 1);
}

static void
prefix_of_the_first(void)
{
	struct entry e = entry(key_at("m", 0, 0), NULL, null);

	e.prefix = 3;
	commit(node(&e, 1, null));
}

static void
keys_out_of_order(void)
{
	const char *a = key_at("n", 0, 0), *b = key_at("m", 0, 0);

	two_entries(a, b, common(a, b));
}

static void
key_twice(void)
{
	const char *a = key_at("m", 0, 0);

	two_entries(a, a, strlen(a));
}

static void
key_before_its_prefix(void)
{
	const char *a = key_at("mm", 10, 0);

	two_entries(a, "com.example.m", 13);
}

static void
key_empty(void)
{
	two_entries("", key_at("m", 0, 0), 0);
}

static void
key_of_8193(void)
{
	static char key[8194];

	memset(key, 'a', 8193);
	do
		key[8192]++;
	while (mst_layer(key, 8193) != 0);
	commit(leaf(key, null, null));
}

/* A left subtree whose key is greater than the entry's, and similar. */
static void
left_too_high(void)
{
	commit(
	    leaf(key_at("m", 0, 1), leaf(key_at("n", 0, 0), null, null), null));
}

static void
right_too_low(void)
{
	commit(
	    leaf(key_at("m", 0, 1), null, leaf(key_at("l", 0, 0), null, null)));
}

static void
middle_too_high(void)
{
	const char *a = key_at("m", 0, 1), *b = key_at("n", 0, 1);
	struct link sub = leaf(key_at("o", 0, 0), null, null);
	struct entry e[2] = { entry(a, NULL, sub), entry(b, a, null) };

	commit(node(e, 2, null));
}

static void
middle_too_low(void)
{
	const char *a = key_at("m", 0, 1), *b = key_at("n", 0, 1);
	struct link sub = leaf(key_at("l", 0, 0), null, null);
	struct entry e[2] = { entry(a, NULL, sub), entry(b, a, null) };

	commit(node(e, 2, null));
}

/* Two layers down: only the grandparent's next key is less than the key. */
static void
deep_too_high(void)
{
	struct link low = leaf(key_at("p", 0, 0), null, null);
	struct link mid = leaf(key_at("m", 0, 1), null, low);

	commit(leaf(key_at("n", 0, 2), mid, null));
}

/* The same key in a node and in its subtree. */
static void
key_of_the_parent(void)
{
	const char *a = key_at("m", 0, 1), *b = key_at("m", 0, 0);
	struct entry e[2] = { entry(b, NULL, null), entry(a, b, null) };
	struct link sub;

	if (strcmp(a, b) < 0) {
		e[0] = entry(a, NULL, null);
		e[1] = entry(b, a, null);
	}
	sub = node(e, 2, null);
	commit(leaf(a, null, sub));
}

static void
key_of_another_layer(void)
{
	const char *a = key_at("m", 0, 1), *b = key_at("n", 0, 0);

	two_entries(a, b, common(a, b));
}

static void
child_of_another_layer(void)
{
	commit(
	    leaf(key_at("n", 0, 1), leaf(key_at("m", 0, 1), null, null), null));
}

static void
child_above(void)
{
	commit(
	    leaf(key_at("n", 0, 1), leaf(key_at("m", 0, 2), null, null), null));
}

/* Layer 2 to layer 0 without the empty node between. */
static void
empty_node_missing(void)
{
	commit(
	    leaf(key_at("n", 0, 2), leaf(key_at("m", 0, 0), null, null), null));
}

/* Not hostile: the same with the empty node. */
static void
empty_node_between(void)
{
	struct link low = leaf(key_at("m", 0, 0), null, null);

	commit(leaf(key_at("n", 0, 2), node(NULL, 0, low), null));
}

static void
empty_root(void)
{
	commit(node(NULL, 0, leaf(key_at("m", 0, 0), null, null)));
}

static void
empty_leaf(void)
{
	commit(leaf(key_at("m", 0, 1), node(NULL, 0, null), null));
}

static void
empty_node_two_deep(void)
{
	struct link none = node(NULL, 0, null);

	commit(leaf(key_at("m", 0, 2), null, node(NULL, 0, none)));
}

static void
below_layer_0_left(void)
{
	commit(
	    leaf(key_at("n", 0, 0), leaf(key_at("m", 0, 0), null, null), null));
}

static void
below_layer_0_right(void)
{
	commit(
	    leaf(key_at("m", 0, 0), null, leaf(key_at("n", 0, 0), null, null)));
}

/* Empty nodes below layer 0. */
static void
below_layer_0_empty(void)
{
	struct link low = leaf(key_at("m", 0, 0), null, null);

	commit(
	    leaf(key_at("n", 0, 1), node(NULL, 0, node(NULL, 0, low)), null));
}

static void
node_link_of(unsigned codec, unsigned hash)
{
	struct buf b = { .len = 0 };
	struct entry e = entry(key_at("m", 0, 0), NULL, null);
	struct link link;

	put_node(&b, &e, 1, null);
	link = hash_link(codec, hash, b.data, b.len);
	section(&link, b.data, b.len);
	buf_free(&b);
	commit(leaf(key_at("n", 0, 1), link, null));
}

static void
node_link_raw(void)
{
	node_link_of(CID_RAW, HASH_SHA2_256);
}

static void
node_link_sha2_512(void)
{
	node_link_of(CID_DAG_CBOR, HASH_SHA2_512);
}

static void
node_link_identity(void)
{
	struct link link = hash_link(CID_DAG_CBOR, HASH_IDENTITY,
	    "\xa2\x61"
	    "e\x80\x61l\xf6",
	    7);

	commit(leaf(key_at("n", 0, 1), link, null));
}

static void
node_absent(void)
{
	commit(leaf(key_at("n", 0, 1), block_link("gone", 4), null));
}

static void
root_node_absent(void)
{
	commit(block_link("gone", 4));
}

static void
record_absent(void)
{
	commit(tree(block_link("gone", 4)));
}

static void
record_of_unknown_hash(void)
{
	struct link link = hash_link(CID_RAW, 0x16, "x", 1);

	section(&link, "x", 1);
	commit(tree(link));
}

static void
value_null(void)
{
	struct entry e = { key_at("m", 0, 0), 0, null, null };

	commit(node(&e, 1, null));
}

/* A node of one key in which some bytes are replaced. */
static void
edited_node(const char *from, size_t from_len, const char *to, size_t to_len)
{
	struct entry e = entry(key_at("m", 0, 0), NULL, null);
	struct buf b = { .len = 0 }, c = { .len = 0 };
	char *at;

	put_node(&b, &e, 1, null);
	if ((at = memmem(b.data, b.len, from, from_len)) == NULL)
		die("nothing to edit");
	buf_put(&c, b.data, at - b.data);
	buf_put(&c, to, to_len);
	buf_put(&c, at + from_len, b.data + b.len - at - from_len);
	buf_free(&b);
	commit(add_buf(&c));
}

static void
node_lacks_l(void)
{
	edited_node("\x61l\xf6", 3, "", 0);
}

static void
node_extra_field(void)
{
	edited_node("\x61l\xf6", 3, "\x61l\xf6\x61z\xf6", 6);
}

static void
node_lacks_t(void)
{
	edited_node("\x61t\xf6", 3, "", 0);
}

static void
node_key_text(void)
{
	edited_node("\x61k\x4f", 3, "\x61k\x6f", 3);
}

static void
node_long_head(void)
{
	edited_node("\x61k\x4f", 3, "\x61k\x58\x0f", 4);
}

static void
node_prefix_negative(void)
{
	edited_node("\x61p\x00", 3, "\x61p\x20", 3);
}

static void
node_prefix_2_32(void)
{
	edited_node("\x61p\x00", 3, "\x61p\x1b\0\0\0\1\0\0\0\0", 11);
}

static void
node_many_entries(void)
{
	edited_node("\x61"
		    "e\x81",
	    3,
	    "\x61"
	    "e\x9a\xff\xff\xff\xff",
	    7);
}

static void
node_indefinite(void)
{
	edited_node("\x61"
		    "e\x81",
	    3,
	    "\x61"
	    "e\x9f",
	    3);
}

static void
node_link_cut(void)
{
	edited_node("\xd8\x2a\x58\x25\x00", 5, "\xd8\x2a\x58\x24\x00", 5);
}

static void
node_no_map(void)
{
	commit(add("\x80", 1));
}

static void
node_is_a_record(void)
{
	commit(record(1));
}

static void
node_of_nothing(void)
{
	commit(add("", 0));
}

static void
node_of_6_mb(void)
{
	size_t n = 6 * MIB / 50, i;
	struct entry *e = calloc(n, sizeof(*e));
	char(*keys)[24] = calloc(n, sizeof(*keys));
	struct link value = record(1);

	for (i = 0; i < n; i++) {
		snprintf(keys[i], sizeof(keys[0]), "com.example.a/%09zu", i);
		e[i].key = keys[i];
		e[i].prefix = i == 0 ? 0 : common(keys[i - 1], keys[i]);
		e[i].value = value;
	}
	commit(node(e, n, null));
	free(e);
	free(keys);
}

/* Collections of one record each, whose names together fill a line. */
static void
many_collections(void)
{
	size_t n = 50000, i, len;
	struct mst_leaf *leaves = calloc(n, sizeof(*leaves));
	char(*keys)[320] = calloc(n, sizeof(*keys));
	struct link value = record(1), root;
	struct status st;

	for (i = 0; i < n; i++) {
		memset(keys[i], 'a', 316);
		for (len = 63; len < 252; len += 64)
			keys[i][len] = '.';
		keys[i][252] = '.';
		snprintf(keys[i] + 253, 7, "n%05zu", i);
		keys[i][259] = 'x';
		memcpy(keys[i] + 316, "/1", 2);
		leaves[i].key = (const uint8_t *)keys[i];
		leaves[i].key_len = 318;
		leaves[i].cid = value.bytes;
		leaves[i].cid_len = value.len;
	}
	root.len = CID_REPO_BYTES;
	if (mst_build(leaves, n, put_block, NULL, root.bytes, &st) == -1)
		die(st.msg);
	commit(root);
	free(leaves);
	free(keys);
}

/* Commits */

#define ODD(name, ...) \
	static void name(void) \
	{ \
		static const struct odd odd = { __VA_ARGS__ }; \
		odd_commit(&odd, plain_tree()); \
	}

ODD(commit_rev_2100, .rev = "5f6jdaqhmk22a", .rev_len = 13)
ODD(commit_rev_no_tid, .rev = "2026-01-01\x1b[2J", .rev_len = 14)
ODD(commit_rev_nul, .rev = "3m4xqk\0kcac2a", .rev_len = 13)
ODD(commit_rev_empty, .rev = "", .rev_len = 0)
ODD(commit_rev_bad_utf8, .rev = "\xff\xfe\x9b", .rev_len = 3)
ODD(commit_lacks_rev, .no_rev = true)
ODD(commit_lacks_did, .no_did = true)
ODD(commit_lacks_data, .no_data = true)
ODD(commit_lacks_version, .no_version = true)
ODD(commit_lacks_sig, .no_sig = true)
ODD(commit_lacks_prev, .no_prev = true)
ODD(commit_bad_did, .did = "did:plc:\xc3\xa4/../../x")
ODD(commit_version_1, .version = 1)
ODD(commit_version_4, .version = 4)
ODD(commit_v2, .version = 2)
ODD(commit_v2_no_prev, .version = 2, .no_prev = true)
ODD(commit_v2_no_rev, .version = 2, .no_rev = true)
ODD(commit_prev_link, .link_prev = true)
ODD(commit_prev_number, .number_prev = true)
ODD(commit_sig_63, .sig_len = 63)
ODD(commit_sig_65, .sig_len = 65)
ODD(commit_bad_sig, .bad_sig = true)
ODD(commit_high_s, .high_s = true)
ODD(commit_unknown_field, .unknown = true)
ODD(commit_float, .float_unknown = true)
ODD(commit_field_twice, .twice = true)
ODD(commit_data_raw, .data_raw = true)

static void
commit_no_map(void)
{
	struct link root = add("\x83\x01\x02\x03", 4);

	plain_tree();
	head(&root);
}

/* A block that isn't exactly one value. */
static void
commit_tail(void)
{
	struct buf b = { .len = 0 };
	uint8_t sig[KEY_SIGNATURE_BYTES] = { 0 };
	struct link data = plain_tree(), root;

	commit_write(&b, DID, REV, data.bytes, sig);
	buf_putc(&b, '\xf6');
	root = add_buf(&b);
	head(&root);
}

/* Valid but unusual records */

static void
value_of(unsigned codec, unsigned hash)
{
	static const char block[] = "\xa1\x61n\x18\x2a"; /* {"n":42} */
	struct link link = hash_link(codec, hash, block, 5);

	if (hash != HASH_IDENTITY)
		section(&link, block, 5);
	commit(tree(link));
}

static void
value_raw(void)
{
	value_of(CID_RAW, HASH_SHA2_256);
}

static void
value_sha2_512(void)
{
	value_of(CID_DAG_CBOR, HASH_SHA2_512);
}

static void
value_blake2b_256(void)
{
	value_of(CID_DAG_CBOR, HASH_BLAKE2B_256);
}

static void
value_identity(void)
{
	value_of(CID_DAG_CBOR, HASH_IDENTITY);
}

/* A link whose CID is as long as those of the repo's own links. */
static void
value_identity_32(void)
{
	static const char block[] = "\xa1\x61n\x78\x1b"
				    "abcdefghijklmnopqrstuvwxyz0";
	struct link link = hash_link(CID_DAG_CBOR, HASH_IDENTITY, block, 32);

	commit(tree(link));
}

static void
value_v0(void)
{
	static const char block[] = "\xa1\x61n\x18\x2a";
	struct link link = v0_link(block, 5);

	section(&link, block, 5);
	commit(tree(link));
}

/* The middle record's block is also the node below. */
static void
value_is_a_node(void)
{
	struct link sub = leaf(key_at("m", 0, 0), null, null);
	struct entry e = { key_at("l", 0, 1), 0, sub, sub };

	commit(node(&e, 1, null));
}

static void
value_is_the_same(void)
{
	commit(tree(record(1)));
}

static const struct {
	const char *name;
	void (*make)(void);
} attacks[] = {
	{ "plain", plain },
	{ "record", given_record },
	{ "key", given_key },
	{ "value", given_value },
	{ "varint-without-end", varint_without_end },
	{ "header-of-1-gib", header_of_1_gib },
	{ "header-of-2-63", header_of_2_63 },
	{ "header-of-nothing", header_of_nothing },
	{ "header-no-roots", header_no_roots },
	{ "header-lacks-roots", header_lacks_roots },
	{ "header-lacks-version", header_lacks_version },
	{ "header-version-2", header_version_2 },
	{ "header-unknown-key", header_unknown_key },
	{ "header-tail", header_tail },
	{ "header-no-map", header_no_map },
	{ "header-no-cbor", header_no_cbor },
	{ "root-absent", root_absent },
	{ "root-raw", root_raw },
	{ "root-identity", root_identity },
	{ "root-v0", root_v0 },
	{ "two-roots", two_roots },
	{ "section-varint-without-end", section_varint_without_end },
	{ "section-varint-long", section_varint_long },
	{ "section-of-2-63", section_of_2_63 },
	{ "section-of-nothing", section_of_nothing },
	{ "section-no-cid", section_no_cid },
	{ "section-long-cid", section_long_cid },
	{ "section-cid-v2", section_cid_v2 },
	{ "section-cut", section_cut },
	{ "section-of-2-mib", section_of_2_mib },
	{ "section-too-large", section_too_large },
	{ "block-bad-hash", block_bad_hash },
	{ "block-bad-hash-blake", block_bad_hash_blake },
	{ "block-bad-identity", block_bad_identity },
	{ "unlinked", unlinked },
	{ "subtree-twice", subtree_twice },
	{ "prefix-too-long", prefix_too_long },
	{ "prefix-not-longest", prefix_not_longest },
	{ "prefix-of-the-first", prefix_of_the_first },
	{ "keys-out-of-order", keys_out_of_order },
	{ "key-twice", key_twice },
	{ "key-before-its-prefix", key_before_its_prefix },
	{ "key-empty", key_empty },
	{ "key-of-8193", key_of_8193 },
	{ "left-too-high", left_too_high },
	{ "right-too-low", right_too_low },
	{ "middle-too-high", middle_too_high },
	{ "middle-too-low", middle_too_low },
	{ "deep-too-high", deep_too_high },
	{ "key-of-the-parent", key_of_the_parent },
	{ "key-of-another-layer", key_of_another_layer },
	{ "child-of-another-layer", child_of_another_layer },
	{ "child-above", child_above },
	{ "empty-node-missing", empty_node_missing },
	{ "empty-node-between", empty_node_between },
	{ "empty-root", empty_root },
	{ "empty-leaf", empty_leaf },
	{ "empty-node-two-deep", empty_node_two_deep },
	{ "below-layer-0-left", below_layer_0_left },
	{ "below-layer-0-right", below_layer_0_right },
	{ "below-layer-0-empty", below_layer_0_empty },
	{ "node-link-raw", node_link_raw },
	{ "node-link-sha2-512", node_link_sha2_512 },
	{ "node-link-identity", node_link_identity },
	{ "node-absent", node_absent },
	{ "root-node-absent", root_node_absent },
	{ "record-absent", record_absent },
	{ "record-of-unknown-hash", record_of_unknown_hash },
	{ "value-null", value_null },
	{ "node-lacks-l", node_lacks_l },
	{ "node-extra-field", node_extra_field },
	{ "node-lacks-t", node_lacks_t },
	{ "node-key-text", node_key_text },
	{ "node-long-head", node_long_head },
	{ "node-prefix-negative", node_prefix_negative },
	{ "node-prefix-2-32", node_prefix_2_32 },
	{ "node-many-entries", node_many_entries },
	{ "node-indefinite", node_indefinite },
	{ "node-link-cut", node_link_cut },
	{ "node-no-map", node_no_map },
	{ "node-is-a-record", node_is_a_record },
	{ "node-of-nothing", node_of_nothing },
	{ "node-of-6-mb", node_of_6_mb },
	{ "many-collections", many_collections },
	{ "commit-rev-2100", commit_rev_2100 },
	{ "commit-rev-no-tid", commit_rev_no_tid },
	{ "commit-rev-nul", commit_rev_nul },
	{ "commit-rev-empty", commit_rev_empty },
	{ "commit-rev-bad-utf8", commit_rev_bad_utf8 },
	{ "commit-lacks-rev", commit_lacks_rev },
	{ "commit-lacks-did", commit_lacks_did },
	{ "commit-lacks-data", commit_lacks_data },
	{ "commit-lacks-version", commit_lacks_version },
	{ "commit-lacks-sig", commit_lacks_sig },
	{ "commit-lacks-prev", commit_lacks_prev },
	{ "commit-bad-did", commit_bad_did },
	{ "commit-version-1", commit_version_1 },
	{ "commit-version-4", commit_version_4 },
	{ "commit-v2", commit_v2 },
	{ "commit-v2-no-prev", commit_v2_no_prev },
	{ "commit-v2-no-rev", commit_v2_no_rev },
	{ "commit-prev-link", commit_prev_link },
	{ "commit-prev-number", commit_prev_number },
	{ "commit-sig-63", commit_sig_63 },
	{ "commit-sig-65", commit_sig_65 },
	{ "commit-bad-sig", commit_bad_sig },
	{ "commit-high-s", commit_high_s },
	{ "commit-unknown-field", commit_unknown_field },
	{ "commit-float", commit_float },
	{ "commit-field-twice", commit_field_twice },
	{ "commit-data-raw", commit_data_raw },
	{ "commit-no-map", commit_no_map },
	{ "commit-tail", commit_tail },
	{ "value-raw", value_raw },
	{ "value-sha2-512", value_sha2_512 },
	{ "value-blake2b-256", value_blake2b_256 },
	{ "value-identity", value_identity },
	{ "value-identity-32", value_identity_32 },
	{ "value-v0", value_v0 },
	{ "value-is-a-node", value_is_a_node },
	{ "value-is-the-same", value_is_the_same },
};

#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static void
put_out(const struct buf *b)
{
	if (b->failed ||
	    (b->len > 0 && fwrite(b->data, 1, b->len, stdout) != b->len))
		die("can't write");
}

int
main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		for (i = 0; i < ATTACKS; i++)
			puts(attacks[i].name);
		return 0;
	}
	keyfile = argc > 2 ? argv[2] : NULL;
	for (i = 0; i < ATTACKS; i++)
		if (strcmp(attacks[i].name, argv[1]) == 0)
			break;
	if (i == ATTACKS)
		die("no such attack");
	attacks[i].make();
	put_out(&header);
	put_out(&sections);
	if (fflush(stdout) != 0)
		die("can't write");
	buf_free(&header);
	buf_free(&sections);
	return 0;
}
