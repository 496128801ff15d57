#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/net/xrpc.h"
#include "libcar/store/blob_fetch.h"

/*
 * Thousands of downloads may wait while few are under way. So the file, with
 * its long path, is allocated only when an attempt begins.
 *
 * While a worker waits for the disk, the request keeps its place in http's
 * windows, which limit the number of files that wait.
 */

/* A file being written. While its job runs, only the job uses it and
 * fetch->file. */
struct blob_fetch_part {
	struct aside aside;
	struct hash_stream hash;
	struct workers_job job;
	bool unkept; /* storing it failed */
	struct status why;
};

static void
drop_part(struct blob_fetch *f)
{
	if (f->part == NULL)
		return;
	aside_close(&f->part->aside);
	hash_stream_free(&f->part->hash);
	free(f->part);
	f->part = NULL;
}

static int
restart(struct http_request *r, struct status *st)
{
	struct blob_fetch *f = r->ctx;

	drop_part(f);
	if ((f->part = calloc(1, sizeof(*f->part))) == NULL)
		return status_no_memory(st);
	return blob_file_create(&f->part->aside, f->dir, f->cid, st);
}

/* Keep nothing while the request waits for another attempt. */
static void
release(struct http_request *r)
{
	drop_part(r->ctx);
}

static int
take_data(struct http_request *r, const void *data, size_t len,
    struct status *st)
{
	struct blob_fetch *f = r->ctx;

	hash_stream_update(&f->part->hash, data, len);
	if (aside_write(&f->part->aside, data, len, st) == 0)
		return 0;
	return status_prefix(st, "%s: ", f->dir);
}

static int
check_hash(struct blob_fetch *f, struct status *st)
{
	uint8_t digest[32];
	const uint8_t *want = f->cid + sizeof(f->cid) - sizeof(digest);

	if (hash_stream_final(&f->part->hash, digest) == -1)
		return status_no_memory(st);
	if (memcmp(digest, want, sizeof(digest)) == 0)
		return 0;
	return status_set(st, STATUS_BAD_BLOCK, 0,
	    "%s: %llu bytes that don't have the hash of the CID",
	    f->request.url.data, (unsigned long long)f->request.received);
}

/* Nothing proves the type. Keep it if it can be one. */
static void
take_type(struct blob_fetch *f)
{
	const char *p = f->request.type;
	size_t len = p == NULL ? 0 : strlen(p), i;

	f->type.len = 0;
	for (i = 0; i < len; i++)
		if (p[i] < ' ' || p[i] > '~')
			return;
	if (len <= BLOB_FETCH_MAX_TYPE)
		buf_put(&f->type, p, len);
}

static int
check_blob(struct http_request *r, struct status *st)
{
	struct blob_fetch *f = r->ctx;

	if (xrpc_judge(r, st) == -1 || check_hash(f, st) == -1)
		return -1;
	take_type(f);
	if (f->file == NULL)
		f->file = calloc(1, sizeof(*f->file));
	return f->file == NULL || f->type.failed ? status_no_memory(st) : 0;
}

/* In a worker */
static void
run(struct workers_job *job)
{
	struct blob_fetch *f = job->ctx;

	f->part->unkept = blob_file_keep(&f->part->aside, f->file, f->dir,
			      f->cid, &f->part->why) == -1;
}

/* In the loop's thread. If the program is about to end because of a fatal
 * error, don't report the same error again. */
static void
ran(struct workers_job *job)
{
	struct blob_fetch *f = job->ctx;

	if (f->part->unkept && workers_are_finished(f->workers))
		return;
	http_worked(f->http, &f->request, NULL);
}

static void
work(struct http_request *r)
{
	struct blob_fetch *f = r->ctx;

	f->part->job = (struct workers_job){
		.run = run,
		.done = ran,
		.ctx = f,
		.large = r->received >= WORKERS_LARGE,
	};
	workers_begin(f->workers, &f->part->job);
}

static void
got_blob(struct http_request *r, struct status *why)
{
	struct blob_fetch *f = r->ctx;
	struct status st;

	if (why == NULL && f->part->unkept) {
		st = f->part->why;
		why = &st;
	}
	drop_part(f);
	f->done(f, why);
}

void
blob_fetch_start(struct blob_fetch *f)
{
	char text[CID_MAX_TEXT + 1];
	const struct xrpc_call call = {
		.method = "com.atproto.sync.getBlob",
		.parameters = { { "did", f->did }, { "cid", text } },
		.max_bytes = f->max_size,
		.restart = restart,
		.release = release,
		.data = take_data,
		.check = check_blob,
		.work = work,
		.done = got_blob,
		.ctx = f,
	};

	text[cid_format(text, f->cid, sizeof(f->cid))] = '\0';
	xrpc_start(f->http, &f->request, f->host, &call);
}

void
blob_fetch_free(struct blob_fetch *f)
{
	drop_part(f);
	free(f->file);
	buf_free(&f->type);
	http_free(&f->request);
	memset(f, 0, sizeof(*f));
}
