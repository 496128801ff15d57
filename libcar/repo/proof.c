#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/repo/mst_find.h"
#include "libcar/repo/proof.h"

/*
 * The blocks have their hashes, so a proof can only lack blocks, or be of
 * another repo or another rev. A missing block is never taken as absence: every
 * missing block becomes STATUS_UNPROVED.
 */

static int
unproved(struct status *st)
{
	if (st->code == STATUS_MISSING_BLOCK)
		st->code = STATUS_UNPROVED;
	return -1;
}

int
proof_open(struct proof *p, const void *car, size_t len,
    const struct commit_want *want, struct status *st)
{
	memset(&p->commit, 0, sizeof(p->commit));
	memset(&p->cid, 0, sizeof(p->cid));
	p->verified = false;
	if (len > PROOF_MAX_BYTES)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "a proof of %zu bytes, at most %d", len, PROOF_MAX_BYTES);
	if (car_slice_open(&p->slice, car, len, st) == -1)
		return -1;
	p->cid = p->slice.car.root;
	if (commit_find(&p->commit, &p->cid, car_slice_get, &p->slice, st) ==
	    -1)
		return unproved(st);
	return commit_check(&p->commit, want, &p->verified, st);
}

/* Find the record's block; an identity CID is its own block. */
static enum proof_result
find_record(struct proof *p, struct proof_record *r, struct status *st)
{
	char text[CID_MAX_TEXT];
	const uint8_t *block;
	struct cid cid;
	size_t len;

	if (car_slice_get(&p->slice, &r->cid, &block, &len, st) == 1) {
		r->block = slice_make(block, len);
		return PROOF_PRESENT;
	}
	if (cid_parse(&cid, slice_bytes(&r->cid), r->cid.len, st) != -1 &&
	    cid.hash == HASH_IDENTITY) {
		r->block = slice_make(cid.digest, cid.digest_len);
		return PROOF_PRESENT;
	}
	len = cid_format(text, slice_bytes(&r->cid), r->cid.len);
	status_set(st, STATUS_UNPROVED, 0, "record %.*s is missing", (int)len,
	    text);
	return PROOF_FAILED;
}

enum proof_result
proof_find(struct proof *p, const struct slice *key, struct proof_record *r,
    struct status *st)
{
	const struct cid *data = &p->commit.data;
	struct slice root = slice_make(data->bytes, data->len);

	p->cursor.ctx = &p->slice;
	p->cursor.get = car_slice_get;
	switch (mst_find(&p->cursor, &root, key, &r->cid, st)) {
	case MST_FIND_PRESENT:
		return find_record(p, r, st);
	case MST_FIND_ABSENT:
		return PROOF_ABSENT;
	default:
		unproved(st);
		return PROOF_FAILED;
	}
}

void
proof_free(struct proof *p)
{
	car_slice_free(&p->slice);
	mst_cursor_close(&p->cursor);
	memset(p, 0, sizeof(*p));
}
