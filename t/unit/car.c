/* The reader of CARs, with inputs that give a few bytes at a time. */
#include "config.h"

#include "libcar/repo/car.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

/* An input that gives a few bytes at a time, each time at another address, so
 * the reader must not keep a pointer to them. */
struct source {
	struct car_input in; /* first, because need() finds the source by it */
	const struct buf *all;
	uint8_t *now;
	size_t step;
	bool fails;
};

static int
need(struct car_input *in, uint64_t upto, struct status *st)
{
	struct source *s = (struct source *)in;
	uint64_t len = in->len;
	uint8_t *p;

	if (s->fails && in->len > 200)
		return status_set(st, STATUS_UNREADABLE, 5, "broken");
	while (len < upto && len < s->all->len)
		len += s->step;
	if (len > s->all->len)
		len = s->all->len;
	p = calloc(1, len);
	memcpy(p, s->all->data, len);
	free(s->now);
	in->data = s->now = p;
	in->len = len;
	return 0;
}

/* Sections, and what the reader must find in them. */

struct want {
	uint8_t cid[CID_REPO_BYTES];
	size_t pos, end;
	char data[300];
	size_t len;
};

#define V2_OFFSET 60

static struct want wants[20];

static void
make_car(struct buf *car)
{
	size_t i, n;

	cid_of_block(wants[0].cid, "root", 4);
	car_write_header(car, wants[0].cid, CID_REPO_BYTES);
	for (i = 0; i < 20; i++) {
		n = wants[i].len = i == 3 ? 0 : rnd() % 300;
		while (n > 0)
			wants[i].data[--n] = rnd();
		cid_of_block(wants[i].cid, wants[i].data, wants[i].len);
		wants[i].pos = car->len;
		car_write_block(car, wants[i].cid, CID_REPO_BYTES,
		    wants[i].data, wants[i].len);
		wants[i].end = car->len;
	}
}

static bool
is_block(const struct car_block *b, const struct want *w)
{
	return b->pos == w->pos && b->end == w->end &&
	    b->cid.len == CID_REPO_BYTES &&
	    memcmp(b->cid.bytes, w->cid, CID_REPO_BYTES) == 0 &&
	    b->len == w->len && memcmp(b->data, w->data, w->len) == 0;
}

/* The number of blocks that are read, and how the reading ends. */
static size_t
count_blocks(struct car_input *in, int *end, struct status *st)
{
	struct car_block b;
	struct car car;
	size_t n = 0;

	if ((*end = car_open(&car, in, st)) == -1)
		return 0;
	while ((*end = car_next(&car, &b, st)) == 1) {
		if (n >= 20 || !is_block(&b, &wants[n]))
			return 1000;
		n++;
	}
	return car.blocks == n ? n : 1000;
}

static void
test_steps(const struct buf *car)
{
	static const size_t steps[] = { 1, 2, 7, 36, 100, 1000, 1 << 20 };
	struct source s = { .all = car };
	struct status st;
	size_t i;
	int end;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		s.in.need = need;
		s.in.data = NULL;
		s.in.len = 0;
		s.step = steps[i];
		ok(count_blocks(&s.in, &end, &st) == 20 && end == 0,
		    "%zu bytes at a time", s.step);
	}
	s.in.len = 0;
	s.step = 50;
	s.fails = true;
	ok(count_blocks(&s.in, &end, &st) < 20 && end == -1 &&
		st.code == STATUS_UNREADABLE && st.pos == 5,
	    "an input that breaks");
	free(s.now);
}

static bool
is_boundary(size_t len)
{
	size_t i;

	for (i = 0; i < 20; i++)
		if (len == wants[i].pos || len == wants[i].end)
			return true;
	return false;
}

/* A CAR that is cut between two sections reads without error; one that is cut
 * elsewhere doesn't. */
static void
test_cut(const struct buf *car)
{
	struct car_input in = { .need = NULL };
	bool held = true;
	struct status st;
	uint8_t *p;
	size_t len, n;
	int end;

	for (len = 0; len < car->len; len++) {
		in.data = p = calloc(1, len);
		memcpy(p, car->data, len);
		in.len = len;
		st.code = STATUS_OK;
		n = count_blocks(&in, &end, &st);
		held = held && n < 20 &&
		    (is_boundary(len) ? end == 0 :
					end == -1 && st.code == STATUS_BAD_CAR);
		free(p);
	}
	ok(held, "cut at each byte");
}

/* With any byte changed, the reader ends, and within the input. */
static void
test_damage(const struct buf *car)
{
	struct car_input in = { .need = NULL };
	struct car_block b;
	struct status st;
	struct car reader;
	bool held = true;
	uint8_t *p;
	size_t i;
	int n;

	for (i = 0; i < car->len * 4; i++) {
		in.data = p = calloc(1, car->len);
		memcpy(p, car->data, car->len);
		in.len = car->len;
		p[i / 4] ^= 1 + rnd() % 255;
		n = car_open(&reader, &in, &st);
		if (n == 0)
			while ((n = car_next(&reader, &b, &st)) == 1)
				held = held && b.end > b.pos &&
				    b.end <= in.len &&
				    b.data + b.len == p + b.end;
		held = held &&
		    (n == 0 || st.code == STATUS_BAD_CAR ||
			st.code == STATUS_NOT_CAR ||
			st.code == STATUS_TOO_LARGE);
		free(p);
	}
	ok(held, "each byte changed");
}

static void
test_roots(void)
{
	struct car_input in = { .need = NULL };
	struct buf b = { .len = 0 };
	struct status st;
	struct car car;

	car_write_header(&b, NULL, 0);
	in.data = (uint8_t *)b.data;
	in.len = b.len;
	ok(car_open(&car, &in, &st) == 0 && car.root.len == 0, "no root");
	b.len = 0;
	car_write_header(&b, wants[7].cid, CID_REPO_BYTES);
	in.data = (uint8_t *)b.data;
	in.len = b.len;
	ok(car_open(&car, &in, &st) == 0, "a root");
	buf_free(&b);
	is_mem(car.root.bytes, car.root.len, wants[7].cid, CID_REPO_BYTES,
	    "it is the reader's own");
}

/* The same as a CARv2, with padding before and after the data. */
static void
make_v2(struct buf *v2, const struct buf *car)
{
	static const uint8_t pragma[] = "\x0a\xa1\x67version\x02";
	uint8_t header[40] = { 0x80 };

	header[16] = V2_OFFSET;
	header[24] = car->len & 0xff;
	header[25] = car->len >> 8;
	buf_put(v2, pragma, sizeof(pragma) - 1);
	buf_put(v2, header, sizeof(header));
	while (v2->len < V2_OFFSET)
		buf_putc(v2, 'x');
	buf_put(v2, car->data, car->len);
	buf_puts(v2, "padding and an index");
}

static void
move_wants(size_t by)
{
	size_t i;

	for (i = 0; i < 20; i++) {
		wants[i].pos += by;
		wants[i].end += by;
	}
}

static void
test_v2(const struct buf *car)
{
	struct buf v2 = { .len = 0 };

	make_v2(&v2, car);
	move_wants(V2_OFFSET);
	test_steps(&v2);
	test_damage(&v2);
	buf_free(&v2);
}

int
main(void)
{
	struct buf car = { .len = 0 };

	make_car(&car);
	test_steps(&car);
	test_cut(&car);
	test_damage(&car);
	test_roots();
	test_v2(&car);
	buf_free(&car);
	return done_testing();
}
