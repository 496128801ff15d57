#include "config.h"

#include <cbor.h>
#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/syntax.h"

/*
 * libcbor's streaming decoder reads one item at a time and calls a function
 * that stores it. Then the rules of DAG-CBOR are checked. libcbor also accepts
 * heads that aren't the shortest; the number of bytes that it read reveals
 * them. This builds no tree. Only dagcbor_skip() recurses, to a limited depth.
 */

#define TAG_LINK 42

void
dagcbor_open(struct dagcbor *d, const void *data, size_t len)
{
	d->start = d->at = data;
	d->end = d->start + len;
}

int
dagcbor_fail(const struct dagcbor *d, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_RECORD, d->at - d->start,
	    "DAG-CBOR: %s at byte %zu", what, (size_t)(d->at - d->start));
}

/* The length of the shortest head with this number. */
static size_t
head_len(uint64_t n)
{
	if (n < 24)
		return 1;
	if (n <= UINT8_MAX)
		return 2;
	if (n <= UINT16_MAX)
		return 3;
	return n <= UINT32_MAX ? 5 : 9;
}

/* libcbor's callbacks: store the item. */
struct token {
	struct dagcbor_item *item;
	bool tag;
	const char *refused; /* what DAG-CBOR doesn't allow */
};

static void
number(void *ctx, enum dagcbor_kind kind, uint64_t n)
{
	struct token *t = ctx;

	t->item->kind = kind;
	t->item->n = n;
}

static void
refuse(void *ctx, const char *what)
{
	struct token *t = ctx;

	t->refused = what;
}

#define ON_NUMBER(name, type, kind) \
	static void name(void *ctx, type n) \
	{ \
		number(ctx, kind, n); \
	}

ON_NUMBER(on_uint8, uint8_t, DAGCBOR_UINT)
ON_NUMBER(on_uint16, uint16_t, DAGCBOR_UINT)
ON_NUMBER(on_uint32, uint32_t, DAGCBOR_UINT)
ON_NUMBER(on_uint64, uint64_t, DAGCBOR_UINT)
ON_NUMBER(on_negint8, uint8_t, DAGCBOR_NEGINT)
ON_NUMBER(on_negint16, uint16_t, DAGCBOR_NEGINT)
ON_NUMBER(on_negint32, uint32_t, DAGCBOR_NEGINT)
ON_NUMBER(on_negint64, uint64_t, DAGCBOR_NEGINT)
ON_NUMBER(on_array, size_t, DAGCBOR_ARRAY)
ON_NUMBER(on_map, size_t, DAGCBOR_MAP)

static void
on_null(void *ctx)
{
	number(ctx, DAGCBOR_NULL, 0);
}

static void
on_bool(void *ctx, bool value)
{
	number(ctx, value ? DAGCBOR_TRUE : DAGCBOR_FALSE, 0);
}

static void
on_bytes(void *ctx, cbor_data data, size_t len)
{
	struct token *t = ctx;

	number(ctx, DAGCBOR_BYTES, len);
	t->item->bytes = data;
}

static void
on_text(void *ctx, cbor_data data, size_t len)
{
	struct token *t = ctx;

	number(ctx, DAGCBOR_TEXT, len);
	t->item->bytes = data;
}

static void
on_tag(void *ctx, uint64_t tag)
{
	struct token *t = ctx;

	t->tag = true;
	t->item->n = tag;
}

static void
on_indefinite(void *ctx)
{
	refuse(ctx, "indefinite length");
}

static void
on_float(void *ctx, float value)
{
	(void)value;
	refuse(ctx, "float");
}

static void
on_double(void *ctx, double value)
{
	(void)value;
	refuse(ctx, "float");
}

static void
on_undefined(void *ctx)
{
	refuse(ctx, "undefined");
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negint8,
	.negint16 = on_negint16,
	.negint32 = on_negint32,
	.negint64 = on_negint64,
	.byte_string = on_bytes,
	.byte_string_start = on_indefinite,
	.string = on_text,
	.string_start = on_indefinite,
	.array_start = on_array,
	.indef_array_start = on_indefinite,
	.map_start = on_map,
	.indef_map_start = on_indefinite,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_undefined,
	.null = on_null,
	.boolean = on_bool,
	.indef_break = on_indefinite,
};

static int
check_head(const struct dagcbor *d, const struct token *t, size_t read,
    struct status *st)
{
	const struct dagcbor_item *item = t->item;
	size_t want = head_len(item->n);

	if (t->refused != NULL)
		return dagcbor_fail(d, t->refused, st);
	if (!t->tag &&
	    (item->kind == DAGCBOR_BYTES || item->kind == DAGCBOR_TEXT))
		want += item->n;
	if (read != want)
		return dagcbor_fail(d, "head that isn't the shortest", st);
	if (t->tag)
		return 0;
	if ((item->kind == DAGCBOR_ARRAY || item->kind == DAGCBOR_MAP) &&
	    item->n > DAGCBOR_MAX_ENTRIES)
		return dagcbor_fail(d, "container with too many entries", st);
	if (item->kind <= DAGCBOR_NEGINT && item->n > INT64_MAX)
		return dagcbor_fail(d, "integer beyond 64 signed bits", st);
	return 0;
}

static int
next_link(struct dagcbor *d, struct dagcbor_item *item, struct status *st)
{
	if (item->n != TAG_LINK)
		return dagcbor_fail(d, "tag other than 42", st);
	if (d->at < d->end && d->at[0] >> 5 != 2)
		return dagcbor_fail(d, "tag 42 without bytes", st);
	if (dagcbor_next(d, item, st) == -1)
		return -1;
	if (item->n < 2 || item->bytes[0] != 0)
		return dagcbor_fail(d, "link without its leading zero", st);
	item->kind = DAGCBOR_LINK;
	item->bytes++;
	item->n--;
	return 0;
}

int
dagcbor_next(struct dagcbor *d, struct dagcbor_item *item, struct status *st)
{
	struct token t = { item, false, NULL };
	struct cbor_decoder_result r;

	r = cbor_stream_decode(d->at, d->end - d->at, &callbacks, &t);
	if (r.status == CBOR_DECODER_NEDATA)
		return dagcbor_fail(d, "value is cut", st);
	if (r.status == CBOR_DECODER_ERROR)
		return dagcbor_fail(d, "malformed value", st);
	if (check_head(d, &t, r.read, st) == -1)
		return -1;
	d->at += r.read;
	return t.tag ? next_link(d, item, st) : 0;
}

/* Read the next key of a map; it must sort after the previous one (bytes NULL:
 * none). */
int
dagcbor_next_key(struct dagcbor *d, struct dagcbor_item *key, struct status *st)
{
	struct dagcbor_item before = *key;
	int order;

	if (dagcbor_next(d, key, st) == -1)
		return -1;
	if (key->kind != DAGCBOR_TEXT)
		return dagcbor_fail(d, "key that isn't text", st);
	if (key->n > DAGCBOR_MAX_KEY)
		return dagcbor_fail(d, "key of too many bytes", st);
	if (before.bytes == NULL || key->n > before.n)
		return 0;
	order = key->n < before.n ? -1 :
				    memcmp(key->bytes, before.bytes, key->n);
	if (order == 0)
		return dagcbor_fail(d, "key that comes twice", st);
	return order > 0 ? 0 : dagcbor_fail(d, "keys out of order", st);
}

int
dagcbor_check_link(const struct dagcbor *d, const struct dagcbor_item *item,
    struct status *st)
{
	struct cid cid;

	if (item->n > CID_MAX_BYTES ||
	    cid_parse(&cid, item->bytes, item->n, st) != (int)item->n)
		return dagcbor_fail(d, "link that is not a CID", st);
	return 0;
}

static int
skip_key(struct dagcbor *d, struct dagcbor_item *key, struct status *st)
{
	if (dagcbor_next_key(d, key, st) == -1)
		return -1;
	if (!syntax_is_utf8((const char *)key->bytes, key->n))
		return dagcbor_fail(d, "key that isn't UTF-8", st);
	return 0;
}

static int
skip_value(struct dagcbor *d, unsigned depth, struct status *st)
{
	struct dagcbor_item item, key = { .bytes = NULL };
	uint64_t i;

	if (dagcbor_next(d, &item, st) == -1)
		return -1;
	if (item.kind == DAGCBOR_TEXT &&
	    !syntax_is_utf8((const char *)item.bytes, item.n))
		return dagcbor_fail(d, "text that isn't UTF-8", st);
	if (item.kind == DAGCBOR_LINK)
		return dagcbor_check_link(d, &item, st);
	if (item.kind != DAGCBOR_ARRAY && item.kind != DAGCBOR_MAP)
		return 0;
	if (depth == DAGCBOR_MAX_DEPTH)
		return dagcbor_fail(d, "nested too deeply", st);
	for (i = 0; i < item.n; i++) {
		if (item.kind == DAGCBOR_MAP && skip_key(d, &key, st) == -1)
			return -1;
		if (skip_value(d, depth + 1, st) == -1)
			return -1;
	}
	return 0;
}

int
dagcbor_skip(struct dagcbor *d, struct status *st)
{
	return skip_value(d, 0, st);
}

static void
write_head(struct buf *out, unsigned major, uint64_t n)
{
	size_t len = head_len(n), i;
	char head[9];

	if (n < 24) {
		buf_putc(out, (char)(major << 5 | n));
		return;
	}
	if (n <= UINT8_MAX) {
		head[0] = (char)(major << 5 | 24);
		head[1] = (char)n;
		buf_put(out, head, 2);
		return;
	}
	head[0] = major << 5 | (len == 3 ? 25 : len == 5 ? 26 : 27);
	for (i = len - 1; i > 0; i--, n >>= 8)
		head[i] = n;
	buf_put(out, head, len);
}

void
dagcbor_write_uint(struct buf *out, uint64_t n)
{
	write_head(out, 0, n);
}

void
dagcbor_write_negint(struct buf *out, uint64_t n)
{
	write_head(out, 1, n);
}

void
dagcbor_write_bytes(struct buf *out, const void *bytes, size_t len)
{
	write_head(out, 2, len);
	buf_put(out, bytes, len);
}

void
dagcbor_write_text(struct buf *out, const void *text, size_t len)
{
	write_head(out, 3, len);
	buf_put(out, text, len);
}

void
dagcbor_write_array(struct buf *out, uint64_t entries)
{
	write_head(out, 4, entries);
}

void
dagcbor_write_map(struct buf *out, uint64_t entries)
{
	write_head(out, 5, entries);
}

void
dagcbor_write_link(struct buf *out, const uint8_t *cid, size_t len)
{
	write_head(out, 6, TAG_LINK);
	write_head(out, 2, len + 1);
	buf_putc(out, '\0');
	buf_put(out, cid, len);
}

void
dagcbor_write_bool(struct buf *out, bool value)
{
	buf_putc(out, value ? '\xf5' : '\xf4');
}

void
dagcbor_write_null(struct buf *out)
{
	buf_putc(out, '\xf6');
}
