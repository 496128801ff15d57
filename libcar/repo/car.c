#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/car.h"
#include "libcar/repo/car_guess.h"

/*
 * The reader asks its input for the bytes that it needs next, after checking a
 * length against its limit. It lends blocks in place. It reads the header as
 * strict DAG-CBOR, and copies the first root, because the input may move.
 *
 * A CARv2 is a CARv1 with a frame around it. The reader goes to the CARv1 and
 * ends where the frame says, without seeking, so that a pipe works. Positions
 * stay relative to the whole input.
 */

#define PRAGMA "\x0a\xa1\x67version\x02" /* the first bytes of a CARv2 */
#define PRAGMA_BYTES CAR_V2_HEAD
#define V2_BYTES (PRAGMA_BYTES + 40) /* pragma and CARv2 header */
#define V2_DATA_OFFSET (PRAGMA_BYTES + 16)
#define V2_DATA_SIZE (V2_DATA_OFFSET + 8)

#define ROOTS "\x65roots" /* the first key in a header's map */
#define ROOTS_BYTES 6

/* Get the bytes up to upto: 1, 0 if the CAR ends before, or -1. */
static inline int
have(const struct car *car, uint64_t upto, struct status *st)
{
	struct car_input *in = car->in;
	bool inside = upto <= car->end;

	if (!inside)
		upto = car->end;
	if (upto > in->len && in->need != NULL && in->need(in, upto, st) == -1)
		return -1;
	return inside && upto <= in->len;
}

/* The end of the CAR's bytes that have been read so far. */
static inline uint64_t
end_so_far(const struct car *car)
{
	return car->in->len < car->end ? car->in->len : car->end;
}

static int
cut(const struct car *car, const char *inside, struct status *st)
{
	return status_set(st, STATUS_BAD_CAR, car->pos,
	    "CAR is cut inside %s at byte %llu", inside,
	    (unsigned long long)end_so_far(car));
}

/* End the sections. An index may follow the data of a CARv2: skip it, so that
 * the pipe's writer can finish and damaged zstd is detected. */
static int
finish(const struct car *car, struct status *st)
{
	struct car_input *in = car->in;

	if (car->end == UINT64_MAX)
		return 0;
	if (in->len < car->end)
		return cut(car, "the data of a CARv2", st);
	if (in->skip != NULL)
		return in->skip(in, st);
	return in->need == NULL ? 0 : in->need(in, UINT64_MAX, st);
}

/* Read a length at car->pos: its bytes, 0 at the end of the input, or -1. */
static int
read_length(struct car *car, uint64_t *length, struct status *st)
{
	uint64_t left;
	int n;

	if (have(car, car->pos + VARINT_MAX_BYTES, st) == -1)
		return -1;
	if ((left = end_so_far(car) - car->pos) == 0)
		return finish(car, st);
	if (left > VARINT_MAX_BYTES)
		left = VARINT_MAX_BYTES;
	n = varint_parse(car->in->data + car->pos, left, length);
	if (n == 0)
		return cut(car, "a length", st);
	if (n == -1)
		return status_set(st, STATUS_BAD_CAR, car->pos,
		    "no length at byte %llu", (unsigned long long)car->pos);
	return n;
}

/* Take the first root, if there is one; every root must be a CID. */
static int
read_roots(struct car *car, struct dagcbor *d, struct status *st)
{
	struct dagcbor_item item;
	uint64_t i, n;

	if (dagcbor_next(d, &item, st) == -1)
		return -1;
	if (item.kind != DAGCBOR_ARRAY)
		return dagcbor_fail(d, "roots that are not a list", st);
	n = item.n;
	for (i = 0; i < n; i++) {
		if (dagcbor_next(d, &item, st) == -1)
			return -1;
		if (item.kind != DAGCBOR_LINK)
			return dagcbor_fail(d, "root that is not a link", st);
		if (dagcbor_check_link(d, &item, st) == -1)
			return -1;
		if (i > 0)
			continue;
		memcpy(car->root_bytes, item.bytes, item.n);
		if (cid_parse(&car->root, car->root_bytes, item.n, st) == -1)
			return -1;
	}
	return 0;
}

static int
read_version(struct dagcbor *d, struct status *st)
{
	struct dagcbor_item item;

	if (dagcbor_next(d, &item, st) == -1)
		return -1;
	if (item.kind == DAGCBOR_UINT && item.n == 1)
		return 0;
	if (item.kind == DAGCBOR_UINT)
		return status_set(st, STATUS_BAD_CAR, 0,
		    "CAR of version %llu, want 1", (unsigned long long)item.n);
	return dagcbor_fail(d, "version that is not a number", st);
}

static bool
is_text(const struct dagcbor_item *item, const char *text)
{
	return item->kind == DAGCBOR_TEXT && item->n == strlen(text) &&
	    memcmp(item->bytes, text, item->n) == 0;
}

static int
parse_header(struct car *car, struct dagcbor *d, struct status *st)
{
	struct dagcbor_item map, key = { .bytes = NULL };
	bool version = false;
	uint64_t i;
	int rc = 0;

	if (dagcbor_next(d, &map, st) == -1)
		return -1;
	if (map.kind != DAGCBOR_MAP)
		return dagcbor_fail(d, "no map", st);
	for (i = 0; i < map.n && rc == 0; i++) {
		if (dagcbor_next_key(d, &key, st) == -1)
			return -1;
		if (is_text(&key, "roots"))
			rc = read_roots(car, d, st);
		else if (is_text(&key, "version"))
			rc = read_version(d, st), version = true;
		else
			return dagcbor_fail(d, "unknown key", st);
	}
	if (rc == 0 && !version)
		return dagcbor_fail(d, "no version", st);
	if (rc == 0 && d->at != d->end)
		return dagcbor_fail(d, "bytes after the map", st);
	return rc;
}

static int
read_header(struct car *car, struct status *st)
{
	struct dagcbor d;
	uint64_t length;
	int n;

	if ((n = read_length(car, &length, st)) == -1)
		return -1;
	if (n == 0)
		return status_set(st, STATUS_BAD_CAR, 0, "not a CAR: empty");
	if (length == 0 || length > CAR_MAX_HEADER)
		return status_set(st, STATUS_BAD_CAR, 0,
		    "not a CAR: header of %llu bytes, at most %d",
		    (unsigned long long)length, CAR_MAX_HEADER);
	car->pos += n;
	if ((n = have(car, car->pos + length, st)) <= 0)
		return n == -1 ? -1 : cut(car, "its header", st);
	dagcbor_open(&d, car->in->data + car->pos, length);
	if (parse_header(car, &d, st) == -1) {
		if (st->code == STATUS_BAD_RECORD) {
			st->code = STATUS_BAD_CAR;
			status_prefix(st, "CAR header: ");
		}
		return -1;
	}
	car->pos += length;
	return 0;
}

static uint64_t
little_endian(const uint8_t *p)
{
	uint64_t n = 0;
	int i;

	for (i = 7; i >= 0; i--)
		n = n << 8 | p[i];
	return n;
}

bool
car_is_v2(const void *head, size_t len)
{
	return len >= PRAGMA_BYTES && memcmp(head, PRAGMA, PRAGMA_BYTES) == 0;
}

/* Go to the data of a CARv2. Its characteristics and its index only repeat what
 * the data says. https://ipld.io/specs/transport/car/carv2/ */
static int
enter_v2(struct car *car, struct status *st)
{
	uint64_t offset, size;
	int n;

	if ((n = have(car, PRAGMA_BYTES, st)) <= 0)
		return n;
	if (memcmp(car->in->data, PRAGMA, PRAGMA_BYTES) != 0)
		return 0;
	if ((n = have(car, V2_BYTES, st)) <= 0)
		return n == -1 ? -1 : cut(car, "the header of a CARv2", st);
	offset = little_endian(car->in->data + V2_DATA_OFFSET);
	size = little_endian(car->in->data + V2_DATA_SIZE);
	if (offset < V2_BYTES || size == 0 || size >= UINT64_MAX - offset)
		return status_set(st, STATUS_BAD_CAR, 0,
		    "CARv2 whose data has %llu bytes from byte %llu",
		    (unsigned long long)size, (unsigned long long)offset);
	if ((n = have(car, offset, st)) <= 0)
		return n == -1 ? -1 : cut(car, "the padding of a CARv2", st);
	car->pos = offset;
	car->end = offset + size;
	return 0;
}

/* Guess what the input is instead of a CAR. This may read more of it. */
static void
guess(struct car_input *in, struct status *st)
{
	struct status ignored;

	if (st->code != STATUS_BAD_CAR)
		return;
	if (in->need != NULL)
		in->need(in, CAR_GUESS_BYTES, &ignored);
	car_guess(in->data, in->len, st);
}

int
car_open(struct car *car, struct car_input *in, struct status *st)
{
	memset(car, 0, sizeof(*car));
	car->in = in;
	car->end = UINT64_MAX;
	if (enter_v2(car, st) == 0 && read_header(car, st) == 0)
		return 0;
	guess(in, st);
	return -1;
}

/* Is it the header of a CAR or of a CARv2, without its length? */
static bool
is_header(const uint8_t *data, size_t len)
{
	return (len > ROOTS_BYTES &&
		   memcmp(data + 1, ROOTS, ROOTS_BYTES) == 0) ||
	    (len == PRAGMA_BYTES - 1 && memcmp(data, &PRAGMA[1], len) == 0);
}

/* The section isn't a block. Often, cat(1) has joined two CARs. */
static int
bad_section(const struct car *car, const uint8_t *data, size_t len,
    struct status *st)
{
	st->code = STATUS_BAD_CAR;
	st->pos = car->pos;
	if (is_header(data, len))
		return status_set(st, STATUS_BAD_CAR, car->pos,
		    "another CAR begins at byte %llu; want one in a file",
		    (unsigned long long)car->pos);
	return status_prefix(st,
	    "section at byte %llu: ", (unsigned long long)car->pos);
}

int
car_next(struct car *car, struct car_block *b, struct status *st)
{
	uint64_t length, end;
	int n;

	if ((n = read_length(car, &length, st)) <= 0)
		return n;
	if (length == 0)
		return status_set(st, STATUS_BAD_CAR, car->pos,
		    "empty section at byte %llu", (unsigned long long)car->pos);
	if (length > CAR_MAX_BLOCK)
		return status_set(st, STATUS_TOO_LARGE, car->pos,
		    "section of %llu bytes at byte %llu, at most %d",
		    (unsigned long long)length, (unsigned long long)car->pos,
		    CAR_MAX_BLOCK);
	b->pos = car->pos;
	end = car->pos + n + length;
	if ((n = have(car, end, st)) <= 0)
		return n == -1 ? -1 : cut(car, "a block", st);
	b->data = car->in->data + (end - length);
	if ((n = cid_parse(&b->cid, b->data, length, st)) == -1)
		return bad_section(car, b->data, length, st);
	b->data += n;
	b->len = length - n;
	car->pos = b->end = end;
	car->blocks++;
	return 1;
}

static void
write_varint(struct buf *out, uint64_t n)
{
	uint8_t bytes[VARINT_MAX_BYTES];

	buf_put(out, bytes, varint_format(bytes, n));
}

int
car_verify_block(const struct car_block *block, struct status *st)
{
	const struct cid *cid = &block->cid;
	char text[CID_MAX_TEXT];

	if (hash_verify(cid->hash, cid->digest, cid->digest_len, block->data,
		block->len) != 0)
		return 0;
	return status_set(st, STATUS_BAD_BLOCK, block->pos,
	    "block %.*s at byte %llu does not have its hash",
	    (int)cid_format(text, cid->bytes, cid->len), text,
	    (unsigned long long)block->pos);
}

void
car_write_header(struct buf *out, const uint8_t *root, size_t len)
{
	struct buf header = { .len = 0 };

	dagcbor_write_map(&header, 2);
	dagcbor_write_text(&header, "roots", 5);
	dagcbor_write_array(&header, len > 0);
	if (len > 0)
		dagcbor_write_link(&header, root, len);
	dagcbor_write_text(&header, "version", 7);
	dagcbor_write_uint(&header, 1);
	out->failed |= header.failed;
	write_varint(out, header.len);
	buf_put(out, header.data, header.len);
	buf_free(&header);
}

void
car_write_block(struct buf *out, const uint8_t *cid, size_t cid_len,
    const void *data, size_t len)
{
	write_varint(out, cid_len + len);
	buf_put(out, cid, cid_len);
	buf_put(out, data, len);
}
