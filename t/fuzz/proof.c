/* Proofs about a key, in nodes that link to each other: a part of the blocks
 * never proves what all of them refute, and what is cut out is a proof, each
 * block of which is needed. */
#include "config.h"

#include <string.h>

#include "libcar/base/buf.h"
#include "libcar/data/cid.h"
#include "libcar/repo/mst.h"
#include "libcar/repo/proof.h"
#include "libcar/repo/proof_cut.h"
#include "t/fuzz/fuzz.h"

#define DID "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
#define REV "3m5xqkxkcac2a"
#define NOW ((uint64_t)1 << 52)
#define MAX_BLOCKS 64
#define MAX_KEY 32
#define ALL UINT64_MAX

/*
 * The input is one byte, the length of the key; the key; eight bytes, which
 * choose the part; and blocks, each after its length in two bytes. The last one
 * is the root of the tree. The first byte of a link's digest names an earlier
 * block, and the digest becomes that of this block: so an input can change
 * without its hashes.
 */
struct input {
	struct slice key;
	uint64_t part;
	struct {
		uint8_t *data, cid[CID_REPO_BYTES];
		size_t len;
	} block[MAX_BLOCKS];
	size_t count;
	struct buf commit;
	uint8_t commit_cid[CID_REPO_BYTES];
};

/* Put the hashes of earlier blocks into the links. */
static void
link_blocks(struct input *in, uint8_t *data, size_t len)
{
	static const uint8_t head[4] = { 1, CID_DAG_CBOR, 0x12, 32 };
	size_t i;

	for (i = 0; i + CID_REPO_BYTES <= len; i++)
		if (memcmp(data + i, head, sizeof(head)) == 0 &&
		    data[i + 4] < in->count) {
			memcpy(data + i, in->block[data[i + 4]].cid,
			    CID_REPO_BYTES);
			i += CID_REPO_BYTES - 1;
		}
}

static void
read_block(struct input *in, const uint8_t *data, size_t len)
{
	uint8_t *own = calloc(1, len + 1);

	must(own != NULL);
	memcpy(own, data, len);
	link_blocks(in, own, len);
	cid_of_block(in->block[in->count].cid, own, len);
	in->block[in->count].data = own;
	in->block[in->count++].len = len;
}

static bool
read_input(struct input *in, const uint8_t *data, size_t len)
{
	static const uint8_t sig[KEY_SIGNATURE_BYTES]; /* nobody checks it */
	size_t n = len > 0 ? data[0] % MAX_KEY : 0;

	if (len < 1 + n + 8 + 2)
		return false;
	in->key = slice_make(data + 1, n);
	memcpy(&in->part, data + 1 + n, 8);
	data += 1 + n + 8;
	len -= 1 + n + 8;
	while (len >= 2 && in->count < MAX_BLOCKS) {
		n = (size_t)data[0] << 8 | data[1];
		n = n > len - 2 ? len - 2 : n;
		read_block(in, data + 2, n);
		data += 2 + n;
		len -= 2 + n;
	}
	commit_write(&in->commit, DID, REV, in->block[in->count - 1].cid, sig);
	cid_of_block(in->commit_cid, in->commit.data, in->commit.len);
	return true;
}

static void
write_part(const struct input *in, uint64_t part, struct buf *car)
{
	size_t i;

	car->len = 0;
	car_write_header(car, in->commit_cid, CID_REPO_BYTES);
	car_write_block(car, in->commit_cid, CID_REPO_BYTES, in->commit.data,
	    in->commit.len);
	for (i = 0; i < in->count; i++)
		if (part >> i & 1)
			car_write_block(car, in->block[i].cid, CID_REPO_BYTES,
			    in->block[i].data, in->block[i].len);
}

static enum proof_result
look(const struct buf *car, const struct slice *key)
{
	static const struct commit_want want = { .now = NOW };
	static struct proof p;
	struct proof_record record;
	struct status st;
	enum proof_result r = PROOF_FAILED;

	if (proof_open(&p, car->data, car->len, &want, &st) == 0) {
		r = proof_find(&p, key, &record, &st);
		must(r != PROOF_FAILED || st.msg[0] != '\0');
	}
	proof_free(&p);
	return r;
}

/* Does the whole tree have the key? */
struct member {
	const struct input *in;
	bool found;
};

static int
get(void *ctx, const struct slice *link, const uint8_t **data, size_t *len,
    struct status *st)
{
	const struct input *in = ((struct member *)ctx)->in;
	size_t i;

	(void)st;
	for (i = 0; i < in->count; i++)
		if (link->len == CID_REPO_BYTES &&
		    memcmp(link->at, in->block[i].cid, CID_REPO_BYTES) == 0) {
			*data = in->block[i].data;
			*len = in->block[i].len;
			return 1;
		}
	return 0;
}

static int
compare_key(void *ctx, const uint8_t *key, size_t len,
    const struct slice *value, struct status *st)
{
	struct member *m = ctx;

	(void)value;
	(void)st;
	m->found |= len == m->in->key.len &&
	    memcmp(key, m->in->key.at, len) == 0;
	return 0;
}

static void
check_member(const struct input *in, enum proof_result whole)
{
	struct member m = { in, false };
	const struct mst_walk walk = { .ctx = &m,
		.get = get,
		.record = compare_key };
	struct slice root = slice_make(in->block[in->count - 1].cid,
	    CID_REPO_BYTES);
	struct status st;

	if (mst_walk(&walk, &root, &st) == 0)
		must(whole == PROOF_FAILED ?
			m.found :
			m.found == (whole == PROOF_PRESENT));
}

/* Without any one of its blocks, a proof proves nothing. */
static void
check_needed(const struct buf *car, const struct slice *key)
{
	struct car_input in = { .data = (const uint8_t *)car->data,
		.len = car->len };
	struct buf less = { .len = 0 };
	struct car_block b;
	struct status st;
	struct car c;

	must(car_open(&c, &in, &st) == 0);
	while (car_next(&c, &b, &st) == 1) {
		less.len = 0;
		buf_put(&less, car->data, b.pos);
		buf_put(&less, car->data + b.end, car->len - b.end);
		must(look(&less, key) == PROOF_FAILED);
	}
	buf_free(&less);
}

static void
check_cut(const struct input *in, const struct buf *car,
    enum proof_result whole)
{
	struct car_input from = { .data = (const uint8_t *)car->data,
		.len = car->len };
	const struct repo_want want = { .now = NOW };
	static struct proof_cut cut;
	struct proof_record record;
	struct status st;
	struct repo repo;

	memset(&repo, 0, sizeof(repo));
	must(repo_open(&repo, &from, &want, &st) == 0);
	must(proof_cut_begin(&cut, &repo, &st) == 0);
	must(proof_cut_add(&cut, &in->key, &record, &st) == whole);
	if (whole != PROOF_FAILED) {
		must(look(&cut.car, &in->key) == whole);
		check_needed(&cut.car, &in->key);
	}
	proof_cut_free(&cut);
	repo_free(&repo);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input *in = calloc(1, sizeof(*in));
	struct buf car = { .len = 0 };
	enum proof_result whole, part;

	must(in != NULL);
	if (read_input(in, data, len)) {
		write_part(in, in->part, &car);
		part = look(&car, &in->key);
		write_part(in, ALL, &car);
		whole = look(&car, &in->key);
		must(part == PROOF_FAILED || part == whole);
		check_member(in, whole);
		check_cut(in, &car, whole);
	}
	while (in->count > 0)
		free(in->block[--in->count].data);
	buf_free(&in->commit);
	buf_free(&car);
	free(in);
	return 0;
}
