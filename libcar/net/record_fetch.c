#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/clock.h"
#include "libcar/data/dagjson.h"
#include "libcar/net/record_fetch.h"
#include "libcar/net/xrpc.h"
#include "libcar/repo/proof.h"

/*
 * The whole answer is in memory, because a proof is small, and its blocks may
 * come in any order.
 */

#define NOT_FOUND "RecordNotFound"

static int
take_present(struct record_fetch *f, const struct proof_record *r,
    struct status *st)
{
	f->record.len = 0;
	f->cid[cid_format(f->cid, slice_bytes(&r->cid), r->cid.len)] = '\0';
	return dagjson_from_block(&f->record, r->block.at, r->block.len, st);
}

static int
take_absent(struct record_fetch *f, struct status *st)
{
	f->absent = true;
	status_set(st, STATUS_NOT_FOUND, 0,
	    "the repo has no such record at rev %s", f->rev);
	status_call(st, NOT_FOUND, strlen(NOT_FOUND));
	return -1;
}

static int
find(struct record_fetch *f, struct proof *proof, struct status *st)
{
	struct proof_record record;
	struct buf key = { .len = 0 };
	struct slice path;
	int rc = -1;

	buf_puts(&key, f->collection);
	buf_putc(&key, '/');
	buf_puts(&key, f->rkey);
	path = slice_make(key.data, key.len);
	if (key.failed)
		rc = status_no_memory(st);
	else
		switch (proof_find(proof, &path, &record, st)) {
		case PROOF_PRESENT:
			rc = take_present(f, &record, st);
			break;
		case PROOF_ABSENT:
			rc = take_absent(f, st);
			break;
		case PROOF_FAILED:
			break;
		}
	buf_free(&key);
	return rc;
}

static int
open_proof(struct record_fetch *f, struct proof *proof, struct status *st)
{
	struct key key;
	const struct commit_want want = {
		.did = f->did,
		.did_len = strlen(f->did),
		.now = clock_wall_ms() * 1000,
		.signer = f->key != NULL ? &key : NULL,
	};

	if (f->key != NULL && key_parse(&key, f->key, strlen(f->key), st) == -1)
		return status_prefix(st, "the job's key: ");
	if (proof_open(proof, f->request.body.data, f->request.body.len, &want,
		st) == -1)
		return -1;
	memcpy(f->rev, proof->commit.rev, SYNTAX_TID_LEN);
	f->rev[SYNTAX_TID_LEN] = '\0';
	return 0;
}

static int
check_proof(struct record_fetch *f, struct status *st)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	int rc;

	if (proof == NULL)
		return status_no_memory(st);
	rc = open_proof(f, proof, st);
	if (rc == 0)
		rc = find(f, proof, st);
	proof_free(proof);
	free(proof);
	if (rc == -1 && !status_fatal(st->code))
		status_prefix(st, "%s: ", f->request.url.data);
	return rc;
}

/* A host that only says that it has no such record has proved nothing. */
static int
check(struct http_request *r, struct status *st)
{
	struct record_fetch *f = r->ctx;

	if (xrpc_judge(r, st) == 0)
		return check_proof(f, st);
	if (strcmp(st->name, NOT_FOUND) == 0)
		return status_set(st, STATUS_UNPROVED, 0,
		    "%s: the host says " NOT_FOUND ", without a proof",
		    r->url.data);
	return -1;
}

static void
done(struct http_request *r, struct status *why)
{
	struct record_fetch *f = r->ctx;

	buf_free(&r->body);
	f->done(f, why);
}

void
record_fetch_start(struct record_fetch *f, struct http *http)
{
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getRecord",
		.parameters = { { "did", f->did },
		    { "collection", f->collection }, { "rkey", f->rkey } },
		.max_bytes = RECORD_FETCH_MAX_BYTES,
		.check = check,
		.done = done,
		.ctx = f,
	};

	/* Another host may have answered before. */
	f->absent = false;
	f->rev[0] = '\0';
	xrpc_start(http, &f->request, f->host, &call);
}

void
record_fetch_free(struct record_fetch *f)
{
	buf_free(&f->record);
	http_free(&f->request);
	memset(f, 0, sizeof(*f));
}
