/* Look-ups of blocks by CID in a CAR whose blocks come in any order. */
#include "config.h"

#include <sodium.h>

#include "libcar/base/hash.h"
#include "libcar/repo/blocks.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* A CAR of blocks of all kinds, and what must be found in it. */

enum sort { REPO, RAW, BLAKE, LONG, IDENTITY, UNKNOWN, WRONG, SORTS };

struct want {
	uint8_t cid[CID_MAX_BYTES];
	size_t cid_len, len;
	char data[40];
	bool found;
};

#define WANTS 3000

static struct want wants[WANTS];
static size_t count;
static struct buf car;

static size_t
make_cid(uint8_t *cid, enum sort sort, const void *data, size_t len)
{
	cid[0] = 1;
	cid[1] = sort == REPO ? CID_DAG_CBOR : CID_RAW;
	switch (sort) {
	case BLAKE:
		memcpy(cid + 2, "\xa0\xe4\x02\x20", 4);
		crypto_generichash(cid + 6, 32, data, len, NULL, 0);
		return 38;
	case LONG:
		memcpy(cid + 2, "\x13\x40", 2);
		crypto_hash_sha512(cid + 4, data, len);
		return 68;
	case IDENTITY:
		cid[2] = 0;
		cid[3] = len;
		memcpy(cid + 4, data, len);
		return 4 + len;
	case UNKNOWN:
		cid[2] = 0x16;
		cid[3] = 32;
		hash_sha256(cid + 4, data, len);
		return 36;
	default:
		cid[2] = HASH_SHA2_256;
		cid[3] = 32;
		hash_sha256(cid + 4, data, len);
		cid[10] ^= sort == WRONG;
		return 36;
	}
}

static void
add_block(enum sort sort, unsigned number)
{
	struct want *w = &wants[count++];

	w->len = snprintf(w->data, sizeof(w->data), "%u", number);
	w->cid_len = make_cid(w->cid, sort, w->data, w->len);
	w->found = sort < IDENTITY;
	car_write_block(&car, w->cid, w->cid_len, w->data, w->len);
}

/* Read all of it. The result is the number of blocks whose hash is wrong. */
static size_t
read_car(struct blocks *b, struct car_input *in)
{
	struct car_block block;
	struct status st;
	struct car reader;
	size_t wrong = 0;

	memset(b, 0, sizeof(*b));
	in->data = (const uint8_t *)car.data;
	in->len = car.len;
	in->need = NULL;
	b->in = in;
	if (car_open(&reader, in, &st) == -1)
		return 1000;
	while (car_next(&reader, &block, &st) == 1)
		if (blocks_add(b, &block, &st) == -1)
			wrong += st.code == STATUS_BAD_BLOCK ? 1 : 1000;
	return wrong;
}

static bool
is_found(struct blocks *b, const struct want *w)
{
	const uint8_t *data;
	struct status st;
	size_t len;
	int n = blocks_get(b, w->cid, w->cid_len, &data, &len, &st);

	if (!w->found)
		return n == 0;
	return n == 1 && len == w->len && memcmp(data, w->data, len) == 0;
}

static void
begin(void)
{
	car.len = 0;
	count = 0;
	car_write_header(&car, NULL, 0);
}

/* In the CAR's order, backwards, at random, and missing blocks. */
static void
test_orders(const char *name, size_t want_wrong)
{
	struct want absent = { .cid_len = CID_REPO_BYTES };
	struct car_input in;
	struct blocks b;
	bool held;
	size_t i;

	is_int(read_car(&b, &in), want_wrong, "%s: wrong ones", name);
	for (held = true, i = 0; i < count; i++)
		held = held && is_found(&b, &wants[i]);
	ok(held, "%s: in order", name);
	for (i = count; i > 0; i--)
		held = held && is_found(&b, &wants[i - 1]);
	ok(held, "%s: backwards", name);
	for (i = 0; i < 3 * count; i++)
		held = held && is_found(&b, &wants[rnd() % count]);
	ok(held, "%s: at random", name);
	for (i = 0; i < 100; i++) {
		cid_of_block(absent.cid, &i, sizeof(i));
		held = held && is_found(&b, &absent);
	}
	ok(held, "%s: what isn't there", name);
	blocks_free(&b);
}

/* Repeated look-ups: some of them are skipped, some never succeed. */
static void
test_rewind(void)
{
	static size_t order[WANTS];
	struct car_input in;
	struct blocks b;
	bool held = true;
	size_t i, n = 0;
	int round;

	read_car(&b, &in);
	blocks_mark(&b);
	for (i = 0; i < count; i++)
		held = held && is_found(&b, &wants[order[i] = rnd() % count]);
	for (round = 0; round < 3; round++) {
		blocks_rewind(&b);
		for (i = 0; i < count; i++) {
			if (wants[order[i]].found && rnd() % 3 == 0) {
				blocks_skip(&b);
				n++;
			} else
				held = held && is_found(&b, &wants[order[i]]);
		}
		for (i = 0; i < 10; i++) { /* beyond the blocks before */
			blocks_skip(&b);
			held = held && is_found(&b, &wants[i]);
		}
	}
	ok(held && n > 0, "repeated, with gaps");
	blocks_mark(&b);
	for (i = 0; i < count; i++)
		held = held && is_found(&b, &wants[i]);
	blocks_rewind(&b);
	for (i = count; i > 0; i--) /* not the expected block */
		held = held && is_found(&b, &wants[i - 1]);
	ok(held, "repeated, but not");
	blocks_free(&b);
}

int
main(void)
{
	struct car_input in;
	struct blocks b;
	unsigned i;

	begin();
	read_car(&b, &in);
	wants[0].cid_len = make_cid(wants[0].cid, REPO, "", 0);
	wants[0].found = false;
	ok(is_found(&b, &wants[0]), "nothing in nothing");
	blocks_free(&b);

	begin();
	add_block(REPO, 1);
	test_orders("one", 0);
	begin();
	for (i = 0; i < 1000; i++)
		add_block(REPO, i);
	test_orders("a repo's", 0);
	test_rewind();
	begin();
	for (i = 0; i < 1000; i++)
		add_block(rnd() % WRONG, i);
	test_orders("of any sort", 0);
	test_rewind();
	begin();
	for (i = 0; i < 1000; i++)
		add_block(i % 100 == 7 ? WRONG : rnd() % WRONG, i);
	test_orders("with wrong ones", 10);
	test_rewind();
	begin();
	for (i = 0; i < 3000; i++)
		add_block(rnd() % WRONG, rnd() % 100);
	test_orders("many times", 0);
	test_rewind();
	buf_free(&car);
	return done_testing();
}
