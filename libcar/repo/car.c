#include "config.h"

#include <string.h>

#include "libcar/base/varint.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/car.h"

/*
 * The reader asks its input for as many bytes as it needs next, and checks a
 * length against its limit before it asks for so many. Blocks are lent where
 * they lie. The header is read as strict DAG-CBOR, and its first root copied,
 * because the input may move.
 */

/* Have bytes up to upto; 1, 0 if the input ends before, -1. */
static inline int
have(struct car_input *in, uint64_t upto, struct status *st)
{
	if (upto <= in->len)
		return 1;
	if (in->need != NULL && in->need(in, upto, st) == -1)
		return -1;
	return upto <= in->len;
}

static int
cut(const struct car *car, const char *inside, struct status *st)
{
	return status_set(st, STATUS_BAD_CAR, car->pos,
	    "CAR is cut inside %s at byte %llu", inside,
	    (unsigned long long)car->in->len);
}

/* A length at car->pos: its bytes, 0 at the end of the input, or -1. */
static int
read_length(struct car *car, uint64_t *length, struct status *st)
{
	uint64_t left;
	int n;

	if (have(car->in, car->pos + VARINT_MAX_BYTES, st) == -1)
		return -1;
	if ((left = car->in->len - car->pos) == 0)
		return 0;
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

/* The first of the roots, if there is one; every one is a CID. */
static int
read_roots(struct car *car, struct dagcbor *d, struct status *st)
{
	struct dagcbor_item item;
	uint64_t i, n;

	if (dagcbor_next(d, &item, st) == -1)
		return -1;
	if (item.kind != DAGCBOR_ARRAY)
		return dagcbor_fail(d, "roots that are no list", st);
	n = item.n;
	for (i = 0; i < n; i++) {
		if (dagcbor_next(d, &item, st) == -1)
			return -1;
		if (item.kind != DAGCBOR_LINK)
			return dagcbor_fail(d, "root that is no link", st);
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
	return dagcbor_fail(d, "version that is no number", st);
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
	struct car_input *in = car->in;
	struct dagcbor d;
	uint64_t length;
	int n;

	if ((n = read_length(car, &length, st)) == -1)
		return -1;
	if (n == 0)
		return status_set(st, STATUS_BAD_CAR, 0, "no CAR: empty");
	if (length == 0 || length > CAR_MAX_HEADER)
		return status_set(st, STATUS_BAD_CAR, 0,
		    "no CAR: header of %llu bytes, at most %d",
		    (unsigned long long)length, CAR_MAX_HEADER);
	car->pos = n;
	if ((n = have(in, car->pos + length, st)) <= 0)
		return n == -1 ? -1 : cut(car, "its header", st);
	dagcbor_open(&d, in->data + car->pos, length);
	if (parse_header(car, &d, st) == -1) {
		if (st->code == STATUS_BAD_RECORD) {
			st->code = STATUS_BAD_CAR;
			status_prefix(st, "no CAR header: ");
		}
		return -1;
	}
	car->pos += length;
	return 0;
}

/* What is often taken for a CAR, by its first bytes. */
static const char *
other_format(const struct car_input *in)
{
	static const struct {
		const char *name, *magic;
	} formats[] = {
		{ "gzip", "\x1f\x8b" },
		{ "xz",
		    "\xfd"
		    "7zXZ" },
		{ "JSON", "{\"" },
		{ "a DID", "did:" },
	};
	size_t i, len;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		len = strlen(formats[i].magic);
		if (in->len >= len &&
		    memcmp(in->data, formats[i].magic, len) == 0)
			return formats[i].name;
	}
	return NULL;
}

int
car_open(struct car *car, struct car_input *in, struct status *st)
{
	const char *format;

	memset(car, 0, sizeof(*car));
	car->in = in;
	if (read_header(car, st) == 0)
		return 0;
	if (st->code == STATUS_BAD_CAR && (format = other_format(in)) != NULL)
		return status_set(st, STATUS_BAD_CAR, 0,
		    "no CAR: it begins like %s", format);
	return -1;
}

int
car_next(struct car *car, struct car_block *b, struct status *st)
{
	struct car_input *in = car->in;
	uint64_t length, end;
	int n;

	if ((n = read_length(car, &length, st)) <= 0)
		return n;
	if (length == 0)
		return status_set(st, STATUS_BAD_CAR, car->pos,
		    "section of no bytes at byte %llu",
		    (unsigned long long)car->pos);
	if (length > CAR_MAX_BLOCK)
		return status_set(st, STATUS_TOO_LARGE, car->pos,
		    "section of %llu bytes at byte %llu, at most %d",
		    (unsigned long long)length, (unsigned long long)car->pos,
		    CAR_MAX_BLOCK);
	b->pos = car->pos;
	end = car->pos + n + length;
	if ((n = have(in, end, st)) <= 0)
		return n == -1 ? -1 : cut(car, "a block", st);
	b->data = in->data + (end - length);
	if ((n = cid_parse(&b->cid, b->data, length, st)) == -1) {
		st->code = STATUS_BAD_CAR;
		st->pos = car->pos;
		return status_prefix(st,
		    "section at byte %llu: ", (unsigned long long)car->pos);
	}
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
