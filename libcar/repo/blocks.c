#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "libcar/base/array.h"
#include "libcar/base/hash.h"
#include "libcar/base/varint.h"
#include "libcar/repo/blocks.h"

/*
 * A look-up first tries the block that it predicts; the first wrong prediction
 * builds the index, from the sections in the CAR.
 *
 * A slot is a position in 40 bits below 24 bits of the CID's hash, 0 if empty.
 * There are five thirds as many slots as blocks. The hash chooses the first
 * slot; on a collision the block goes into the next free slot. Each CAR has
 * another hash, so nobody can make a CAR whose blocks all collide.
 */
#define POSITION_BITS 40
#define POSITION_MASK (((uint64_t)1 << POSITION_BITS) - 1)

#define BAD_LUCK 8 /* wrong guesses before guessing stops */

static int
leave_out(struct blocks *b, uint64_t pos, struct status *st)
{
	if (!ARRAY_GROW(b->gaps, b->gap_count, b->gap_room))
		return status_no_memory(st);
	b->gaps[b->gap_count++] = pos;
	return 0;
}

int
blocks_add(struct blocks *b, const struct car_block *block, struct status *st)
{
	if (b->end == 0)
		b->start = b->next = block->pos;
	b->end = block->end;
	b->count++;
	if (car_verify_block(block, st) == 0)
		return 0;
	leave_out(b, block->pos, st); /* no memory replaces the status */
	return -1;
}

/* A link of a repo ends in bytes of its digest, which are random enough; other
 * CIDs with the same digest may differ only at their beginning. */
static uint64_t
hash_cid(const struct blocks *b, const uint8_t *cid, size_t len)
{
	uint64_t hash;

	if (cid_is_repo(cid, len)) {
		memcpy(&hash, cid + len - sizeof(hash), sizeof(hash));
		return hash * b->seed[0];
	}
	return hash_keyed((const uint8_t *)b->seed, cid, len);
}

/* Can the CAR have a verified block of this CID? An identity CID is its own
 * block. */
static bool
is_kept(const uint8_t *p, size_t len, size_t *cid_len)
{
	struct status ignored;
	struct cid cid;

	*cid_len = CID_REPO_BYTES;
	if (len >= CID_REPO_BYTES && cid_is_repo(p, CID_REPO_BYTES))
		return true;
	if (cid_parse(&cid, p, len, &ignored) == -1)
		return false;
	*cid_len = cid.len;
	return cid.hash != HASH_IDENTITY && hash_known(cid.hash);
}

/* Compare by hash. There are fewer than 2^32 slots. */
static size_t
first_slot(const struct blocks *b, uint64_t hash)
{
	return (hash >> 32) * b->slot_count >> 32;
}

/* The section at a position that was read before. Nearly all lengths take one
 * or two bytes. If the file has changed since, the section is empty and at the
 * end. */
static inline const uint8_t *
section(const struct blocks *b, uint64_t pos, size_t *len)
{
	const uint8_t *p = b->in->data + pos;
	uint64_t length = 0;
	int n = 1;

	if (p[0] < 0x80)
		length = p[0];
	else if (p[1] < 0x80) {
		length = (p[0] & 0x7f) | p[1] << 7;
		n = 2;
	} else
		n = varint_parse(p, VARINT_MAX_BYTES, &length);
	if (n < 1 || length > b->end - pos - n) {
		*len = 0;
		return b->in->data + b->end;
	}
	*len = length;
	return p + n;
}

static inline bool
is_at(const struct blocks *b, uint64_t pos, const uint8_t *cid, size_t cid_len,
    const uint8_t **data, size_t *len)
{
	const uint8_t *p = section(b, pos, len);

	if (*len < cid_len || memcmp(p, cid, cid_len) != 0)
		return false;
	*data = p + cid_len;
	*len -= cid_len;
	return true;
}

/* The slot of this CID: the slot of its first block, or a free one. */
static uint64_t *
find_slot(const struct blocks *b, const uint8_t *cid, size_t cid_len,
    uint64_t *tag, const uint8_t **data, size_t *len)
{
	uint64_t hash = hash_cid(b, cid, cid_len), *slot;

	*tag = hash << POSITION_BITS;
	slot = &b->slots[first_slot(b, hash)];
	while (*slot != 0 &&
	    ((*slot ^ *tag) >> POSITION_BITS != 0 ||
		!is_at(b, *slot & POSITION_MASK, cid, cid_len, data, len)))
		if (++slot == b->slots + b->slot_count)
			slot = b->slots;
	return slot;
}

static void
index_section(struct blocks *b, uint64_t pos, const uint8_t *p, size_t len)
{
	const uint8_t *data;
	uint64_t *slot, tag;
	size_t cid_len;

	if (!is_kept(p, len, &cid_len))
		return;
	slot = find_slot(b, p, cid_len, &tag, &data, &len);
	if (*slot == 0)
		*slot = tag | pos;
	else
		b->repeats = true;
}

static int
build_index(struct blocks *b, struct status *st)
{
	uint64_t pos = b->start;
	const uint8_t *p;
	size_t len, gap = 0;

	b->slot_count = b->count / 3 * 5 + 16;
	b->slots = calloc(b->slot_count, sizeof(*b->slots));
	if (b->slots == NULL)
		return status_set(st, STATUS_SYSTEM, 0,
		    "no memory for an index of %zu blocks", b->count);
	randombytes_buf(b->seed, sizeof(b->seed));
	b->seed[0] |= 1;
	while (pos < b->end) {
		p = section(b, pos, &len);
		if (gap < b->gap_count && b->gaps[gap] == pos)
			gap++;
		else
			index_section(b, pos, p, len);
		pos = p + len - b->in->data;
	}
	return 0;
}

int
blocks_index(struct blocks *b, struct status *st)
{
	return b->slots == NULL ? build_index(b, st) : 0;
}

static int
search(struct blocks *b, const uint8_t *cid, size_t cid_len,
    const uint8_t **data, size_t *len, uint64_t *pos, struct status *st)
{
	uint64_t tag;

	if (blocks_index(b, st) == -1)
		return -1;
	*pos = *find_slot(b, cid, cid_len, &tag, data, len) & POSITION_MASK;
	return *pos != 0;
}

/* The probable position of the next look-up's block; 0 if unknown. It reduces
 * the time of a second walk of a shuffled CAR to 0.9. */
static uint64_t
foresee(struct blocks *b)
{
	if (b->replay && b->trail_at < b->trail_len)
		return b->trail[b->trail_at++];
	if (b->luck < -BAD_LUCK || b->gap_count > 0 || b->repeats ||
	    b->next >= b->end)
		return 0;
	return b->next;
}

int
blocks_get(struct blocks *b, const uint8_t *cid, size_t cid_len,
    const uint8_t **data, size_t *len, struct status *st)
{
	uint64_t pos;
	size_t ignored;
	int n;

	if (!is_kept(cid, cid_len, &ignored))
		return 0;
	pos = foresee(b);
	if (pos != 0 && is_at(b, pos, cid, cid_len, data, len))
		b->luck += b->luck < BAD_LUCK;
	else {
		b->luck -= pos != 0;
		n = search(b, cid, cid_len, data, len, &pos, st);
		if (n != 1)
			return n;
	}
	b->next = *data + *len - b->in->data;
	if (b->trail != NULL && !b->replay && b->trail_len < b->count)
		b->trail[b->trail_len++] = pos;
	return 1;
}

void
blocks_mark(struct blocks *b)
{
	b->trail_len = 0;
	b->replay = false;
	if (b->trail == NULL)
		b->trail = malloc((b->count + 1) * sizeof(*b->trail));
}

void
blocks_rewind(struct blocks *b)
{
	b->trail_at = 0;
	b->replay = b->trail != NULL;
}

void
blocks_skip(struct blocks *b)
{
	b->trail_at++;
}

void
blocks_free(struct blocks *b)
{
	free(b->gaps);
	free(b->trail);
	free(b->slots);
	memset(b, 0, sizeof(*b));
}
