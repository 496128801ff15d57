#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/hash.h"
#include "libcar/repo/car_slice.h"

/*
 * The blocks are sorted: a slice has about ten, and sorting a hostile slice
 * with a hundred thousand costs no more than hashing it.
 */

static int
compare(const struct slice *a, const struct slice *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->at, b->at, a->len);
}

static int
by_cid(const void *left, const void *right)
{
	const struct car_slice_block *a = left, *b = right;

	return compare(&a->cid, &b->cid);
}

static int
add_block(struct car_slice *s, const struct car_block *b, struct status *st)
{
	char text[CID_MAX_TEXT];
	int n = hash_verify(b->cid.hash, b->cid.digest, b->cid.digest_len,
	    b->data, b->len);

	if (n == -1)
		return 0;
	if (n == 0)
		return status_set(st, STATUS_BAD_BLOCK, b->pos,
		    "block %.*s does not have its hash",
		    (int)cid_format(text, b->cid.bytes, b->cid.len), text);
	if (!ARRAY_GROW(s->blocks, s->count, s->room))
		return status_no_memory(st);
	s->blocks[s->count++] = (struct car_slice_block){
		slice_make(b->cid.bytes, b->cid.len),
		slice_make(b->data, b->len),
	};
	return 0;
}

int
car_slice_open(struct car_slice *s, const void *bytes, size_t len,
    struct status *st)
{
	struct car_input in = { .data = bytes, .len = len };
	struct car_block b;
	int n;

	s->count = 0;
	if (car_is_v2(bytes, len)) /* only a file may be one */
		return status_set(st, STATUS_BAD_CAR, 0,
		    "not a CAR of version 1: a CARv2");
	if (car_open(&s->car, &in, st) == -1)
		return -1;
	while ((n = car_next(&s->car, &b, st)) == 1)
		if (add_block(s, &b, st) == -1)
			return -1;
	s->car.in = NULL;
	if (n == 0 && s->count > 1)
		qsort(s->blocks, s->count, sizeof(*s->blocks), by_cid);
	return n;
}

int
car_slice_get(void *ctx, const struct slice *cid, const uint8_t **block,
    size_t *len, struct status *st)
{
	const struct car_slice *s = ctx;
	size_t low = 0, high = s->count, middle;
	int order;

	(void)st;
	while (low < high) {
		middle = (low + high) / 2;
		order = compare(cid, &s->blocks[middle].cid);
		if (order == 0) {
			*block = slice_bytes(&s->blocks[middle].data);
			*len = s->blocks[middle].data.len;
			return 1;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

void
car_slice_free(struct car_slice *s)
{
	free(s->blocks);
	memset(s, 0, sizeof(*s));
}
