#include "config.h"

#include <string.h>

#include "libcar/stream/proofs.h"
#include "libcar/stream/write.h"

/*
 * A proof that was cut is read again as its receiver will read it. So the
 * result in its line is what the proof proves, whatever the rest of the repo
 * contains; the tree of the repo isn't walked.
 */

static int
find_signer(void *ctx, const struct commit *c, const struct key **key,
    struct status *st)
{
	struct proofs *p = ctx;

	(void)st;
	*key = keyring_find(p->keys, c->did, c->did_len);
	return 0;
}

int
proofs_open(struct proofs *p, struct car_input *in, const struct slice *did,
    uint64_t now, struct status *st)
{
	const struct repo_want want = {
		.did = did->at,
		.did_len = did->len,
		.now = now,
		.find_signer = find_signer,
		.need_signer = p->require_signature,
		.ctx = p,
	};

	p->commit = &p->repo.commit;
	return repo_open(&p->repo, in, &want, st);
}

/* The key in the tree. */
static int
make_path(struct proofs *p, const struct proofs_key *key, struct slice *path,
    struct status *st)
{
	p->path.len = 0;
	buf_put(&p->path, key->collection.at, key->collection.len);
	buf_putc(&p->path, '/');
	buf_put(&p->path, key->rkey.at, key->rkey.len);
	if (p->path.failed)
		return status_no_memory(st);
	*path = slice_make(p->path.data, p->path.len);
	return 0;
}

/* Append the line of the proof that was read; blocks may be nothing. */
static int
write_line(struct proofs *p, const struct proofs_key *key,
    const struct slice *path, bool verified, const struct slice *blocks,
    struct status *st)
{
	const struct commit *c = &p->proof.commit;
	struct stream_proof line = {
		.did = slice_make(c->did, c->did_len),
		.rev = slice_make(c->rev, c->rev_len),
		.collection = key->collection,
		.rkey = key->rkey,
		.signature = slice_of(verified ? "verified" : "unchecked"),
		.blocks = *blocks,
	};
	struct proof_record record;
	char cid[CID_MAX_TEXT];
	enum proof_result result = proof_find(&p->proof, path, &record, st);

	if (result == PROOF_FAILED)
		return -1;
	line.result = slice_of(result == PROOF_PRESENT ? "present" : "absent");
	if (result == PROOF_PRESENT)
		line.cid = slice_make(cid,
		    cid_format(cid, slice_bytes(&record.cid), record.cid.len));
	return stream_write_proof(p->out, &line, NULL, st);
}

int
proofs_cut(struct proofs *p, const struct proofs_key *key, uint64_t now,
    struct status *st)
{
	const struct commit_want any = { .now = now };
	struct proof_record record;
	struct slice path, blocks;

	if (make_path(p, key, &path, st) == -1 ||
	    proof_cut_begin(&p->cut, &p->repo, st) == -1 ||
	    proof_cut_add(&p->cut, &path, &record, st) == PROOF_FAILED)
		return -1;
	blocks = slice_make(p->cut.car.data, p->cut.car.len);
	if (proof_open(&p->proof, blocks.at, blocks.len, &any, st) == -1)
		return -1;
	return write_line(p, key, &path, p->repo.verified, &blocks, st);
}

void
proofs_close(struct proofs *p)
{
	p->commit = NULL;
	repo_free(&p->repo);
}

int
proofs_read(struct proofs *p, const void *car, size_t len,
    const struct slice *did, uint64_t now, struct status *st)
{
	const struct commit_want want = {
		.did = did->at,
		.did_len = did->len,
		.now = now,
		.find_signer = find_signer,
		.need_signer = true,
		.ctx = p,
	};

	p->commit = &p->proof.commit;
	return proof_open(&p->proof, car, len, &want, st);
}

int
proofs_check(struct proofs *p, const struct proofs_key *key, struct status *st)
{
	const struct slice nothing = { NULL, 0 };
	struct slice path;

	if (make_path(p, key, &path, st) == -1)
		return -1;
	return write_line(p, key, &path, p->proof.verified, &nothing, st);
}

/* The rev for an error: the job's, or that of the account's commit. */
static struct slice
find_rev(const struct proofs *p, const struct proofs_key *key)
{
	const struct commit *c = p->commit;
	struct slice did;

	if (key->rev.at != NULL || c == NULL || c->did == NULL)
		return key->rev;
	did = slice_make(c->did, c->did_len);
	if (!slice_equal(&did, &key->did))
		return key->rev;
	return stream_text(slice_make(c->rev, c->rev_len));
}

/* The source says to at-load that the line doesn't belong to a whole repo. */
void
proofs_error(struct proofs *p, const struct proofs_key *key, const char *input,
    uint64_t now, const struct status *why)
{
	struct stream_error e = {
		.program = slice_of(p->program),
		.input = slice_of(input),
		.at = now,
	};

	if (key->did.at != NULL) {
		e.did = key->did;
		e.rev = find_rev(p, key);
		e.collection = key->collection;
		e.rkey = key->rkey;
		e.source = slice_of("part");
	}
	stream_write_error(p->out, &e, why, NULL);
}

void
proofs_free(struct proofs *p)
{
	repo_free(&p->repo);
	proof_cut_free(&p->cut);
	proof_free(&p->proof);
	buf_free(&p->path);
}
