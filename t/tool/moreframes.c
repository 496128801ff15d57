/*
 * moreframes: write frames of one account again for many accounts. Making so
 * many commits from repos would take ten times as long.
 *
 *	moreframes accounts <frames
 *
 * Each account writes the first frame, then each the second, and so on, with
 * ascending seqs. A commit gets the other DID, so it has another CID. The
 * records and the tree stay the same. The signatures are wrong for the other
 * accounts: use no keys. The DID of the frames must be a did:plc.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/base/buf.h"
#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/repo/car_slice.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/frame.h"
#include "libcar/repo/frame_span.h"

#define METHOD "did:plc:"
#define DID_BYTES 32
#define SEQ \
	"\x63" \
	"seq"
#define MAX_PLACES 8

/* A frame, and the places in it that differ between accounts. */
struct frame_form {
	uint8_t *bytes;
	size_t len;
	uint8_t *dids[2], *cids[MAX_PLACES];
	size_t ndids, ncids;
	uint8_t *block; /* the commit's; NULL: none */
	size_t block_len;
	size_t seq, after_seq; /* its number */
};

static void
fail(const char *what)
{
	fprintf(stderr, "moreframes: %s\n", what);
	exit(2);
}

static void
check(int rc, const struct status *st)
{
	if (rc == -1)
		fail(st->msg);
}

static void
add_did(struct frame_form *f, const char *at, size_t len)
{
	if (len != DID_BYTES || memcmp(at, METHOD, strlen(METHOD)) != 0)
		fail("a DID that isn't a did:plc");
	f->dids[f->ndids++] = f->bytes + (at - (const char *)f->bytes);
}

/* Find the CID of the commit wherever it is, and the DID in the commit. */
static void
find_commit(struct frame_form *f, const struct frame *frame)
{
	static struct car_slice slice;
	struct slice root;
	struct commit c;
	struct status st;
	const uint8_t *block, *at, *end = f->bytes + f->len;
	size_t len;

	check(car_slice_open(&slice, frame->blocks.at, frame->blocks.len, &st),
	    &st);
	root = slice_make(slice.car.root.bytes, slice.car.root.len);
	if (car_slice_get(&slice, &root, &block, &len, &st) != 1)
		fail("a commit that isn't in its message");
	check(commit_parse(&c, block, len, &st), &st);
	add_did(f, c.did, c.did_len);
	f->block = f->bytes + (block - f->bytes);
	f->block_len = len;
	for (at = f->bytes; f->ncids < MAX_PLACES; at += root.len) {
		at = memmem(at, (size_t)(end - at), root.at, root.len);
		if (at == NULL)
			return;
		f->cids[f->ncids++] = f->bytes + (at - f->bytes);
	}
}

static void
find_seq(struct frame_form *f, const struct slice *blocks)
{
	const uint8_t *at = f->bytes, *end = f->bytes + f->len;
	const uint8_t *car = (const uint8_t *)blocks->at;
	const size_t name = strlen(SEQ);
	unsigned info;

	while ((at = memmem(at, (size_t)(end - at), SEQ, name)) != NULL &&
	    car != NULL && at >= car && at < car + blocks->len)
		at += name;
	if (at == NULL)
		fail("a frame without seq");
	f->seq = (size_t)(at + name - f->bytes);
	info = f->bytes[f->seq] & 31;
	f->after_seq = f->seq + 1 + (info < 24 ? 0 : (size_t)1 << (info - 24));
}

static struct frame_form
read_frame(const void *bytes, size_t len)
{
	static struct frame frame;
	struct frame_form f = { .bytes = malloc(len), .len = len };
	struct status st;

	if (f.bytes == NULL)
		fail("no memory");
	memcpy(f.bytes, bytes, len);
	check(frame_parse(&frame, f.bytes, len, &st), &st);
	add_did(&f, frame.did.at, frame.did.len);
	if (frame.blocks.at != NULL)
		find_commit(&f, &frame);
	find_seq(&f, &frame.blocks);
	return f;
}

static void
set_account(struct frame_form *f, unsigned account)
{
	uint8_t cid[CID_REPO_BYTES];
	char did[DID_BYTES + 1];
	size_t i, n = account;

	memcpy(did, METHOD, strlen(METHOD));
	for (i = DID_BYTES; i-- > strlen(METHOD); n /= 26)
		did[i] = (char)('a' + n % 26);
	for (i = 0; i < f->ndids; i++)
		memcpy(f->dids[i], did, DID_BYTES);
	if (f->block == NULL)
		return;
	cid_of_block(cid, f->block, f->block_len);
	for (i = 0; i < f->ncids; i++)
		memcpy(f->cids[i], cid, sizeof(cid));
}

static void
write_frame(const struct frame_form *f, uint64_t seq)
{
	static struct buf head;

	head.len = 0;
	dagcbor_write_uint(&head, seq);
	fwrite(f->bytes, 1, f->seq, stdout);
	fwrite(head.data, 1, head.len, stdout);
	fwrite(f->bytes + f->after_seq, 1, f->len - f->after_seq, stdout);
}

static void
read_all(struct buf *to)
{
	size_t n = 1;
	char *p;

	for (; n > 0 && (p = buf_reserve(to, 1 << 20)) != NULL; to->len += n)
		n = fread(p, 1, 1 << 20, stdin);
}

int
main(int argc, char **argv)
{
	unsigned accounts = argc == 2 ? (unsigned)atol(argv[1]) : 0, i;
	struct frame_form *forms = NULL;
	struct buf file = { .len = 0 };
	struct frame_span span;
	struct status st;
	size_t at, n = 0, room = 0, k;
	uint64_t seq = 1;

	if (accounts == 0)
		fail("usage: moreframes accounts <frames");
	read_all(&file);
	for (at = 0; at < file.len; at += span.at) {
		span = (struct frame_span){ .at = 0 };
		if (frame_span(&span, file.data + at, file.len - at, &st) !=
			1 ||
		    !ARRAY_GROW(forms, n, room))
			fail("a frame that is cut");
		forms[n++] = read_frame(file.data + at, span.at);
	}
	for (k = 0; k < n; k++)
		for (i = 0; i < accounts; i++) {
			set_account(&forms[k], i);
			write_frame(&forms[k], seq++);
		}
	for (k = 0; k < n; k++)
		free(forms[k].bytes);
	free(forms);
	buf_free(&file);
	return fflush(stdout) == EOF ? 2 : 0;
}
