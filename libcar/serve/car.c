#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/repo/proof_cut.h"
#include "libcar/repo/since.h"
#include "libcar/serve/car.h"
#include "libcar/store/archive_repo.h"
#include "libcar/store/archive_stream.h"

/*
 * The ETag of a whole repo is the CID of its commit, which stands for all of
 * its content, but not for the order of its blocks: two archives may send
 * different bytes for it. So it is only compared with this server's own.
 */

static struct archive
archive_of(const struct serve_context *c)
{
	return (struct archive){
		.dir = c->setup->archive,
		.tmp = c->setup->tmp,
	};
}

static void
unavailable(struct serve_answer *a, const struct slice *did)
{
	serve_answer_error(a, 400, "RepoUnavailable",
	    "The archive has no repo of %.*s", (int)did->len, did->at);
}

/* The whole repo */

static ssize_t
read_stream(void *arg, uint64_t pos, char *out, size_t max, struct status *st)
{
	(void)pos;
	return archive_stream_read(arg, out, max, st);
}

static void
close_stream(void *arg)
{
	archive_stream_close(arg);
}

static void
send_whole(const struct archive *archive, struct serve_answer *a,
    const struct slice *did)
{
	struct archive_stream *s;
	struct archive_car car;
	struct status st = { 0 };
	struct slice head;
	uint64_t size;
	int got = archive_stream_open(&s, archive, did->at, did->len, &car,
	    &st);

	if (got == -1)
		serve_answer_unreadable(a, &st);
	else if (got == 0)
		unavailable(a, did);
	else {
		size = archive_stream_size(s);
		a->source = (struct serve_source){ read_stream, close_stream, s,
			size == ARCHIVE_STREAM_SIZE_UNKNOWN ?
			    SERVE_SIZE_UNKNOWN :
			    size };
		head = slice_of(car.head);
		serve_answer_etag(a, &head);
	}
}

/* What is newer than a rev */

/* Write the difference: 1; 0: it is too large; or -1. */
static int
write_since(struct buf *out, const struct archive *archive,
    const struct slice *did, struct archive_repo *old, uint64_t now,
    struct status *st)
{
	struct archive_repo new;
	int got = archive_repo_open(&new, archive, did->at, did->len, NULL, now,
	    st);

	if (got != 1)
		return got;
	got = since_write(out, &old->repo, &new.repo, SERVE_CAR_MAX_SINCE,
		  st) == 0 ?
	    1 :
	    -1;
	if (got == -1 && st->code == STATUS_TOO_LARGE)
		got = 0;
	archive_repo_close(&new);
	return got;
}

/* Nothing is newer: a CAR that only names the commit. */
static int
write_none(struct buf *out, const struct archive_car *car, struct status *st)
{
	uint8_t cid[CID_MAX_BYTES];
	int n = cid_from_text(cid, car->head, strlen(car->head), st);

	if (n == -1)
		return -1;
	since_write_none(out, cid, (size_t)n);
	return 1;
}

/* 1; 0: the archive doesn't have the CAR of this rev; or -1. */
static int
send_changes(const struct archive *archive, struct serve_answer *a,
    const struct slice *did, const char *since, uint64_t now, struct status *st)
{
	struct archive_repo old;
	int got = archive_repo_open(&old, archive, did->at, did->len, since,
	    now, st);

	if (got != 1)
		return got;
	got = write_since(&a->body, archive, did, &old, now, st);
	archive_repo_close(&old);
	return got;
}

/* 1; 0: there is no difference to send, or too many repos are being read; or
 * -1. */
static int
send_since(struct serve_context *c, const struct archive *archive,
    struct serve_answer *a, const struct slice *did, const char *since,
    struct status *st)
{
	struct archive_car car;
	int got = archive_find(archive, did->at, did->len, NULL, &car, st);

	if (got != 1)
		return got;
	if (strcmp(since, car.rev) >= 0)
		return write_none(&a->body, &car, st);
	if (!serve_gate_enter(c->repos))
		return 0;
	got = send_changes(archive, a, did, since, c->now_us, st);
	serve_gate_leave(c->repos);
	return got;
}

void
serve_car_repo(struct serve_context *c, struct serve_answer *a,
    const struct slice *did, const struct slice *since)
{
	const struct archive archive = archive_of(c);
	char rev[SYNTAX_TID_LEN + 1] = "";
	struct status st = { 0 };
	int got = 0;

	if (since->at != NULL) {
		memcpy(rev, since->at, SYNTAX_TID_LEN);
		got = send_since(c, &archive, a, did, rev, &st);
	}
	a->type = SERVE_CAR_TYPE;
	if (got == 1)
		return;
	/* A whole repo is an answer to `since`, too. */
	buf_free(&a->body);
	send_whole(&archive, a, did);
}

/* A record */

static int
cut(struct serve_answer *a, struct repo *repo, const struct slice *key,
    struct status *st)
{
	struct proof_cut proof = { .repo = NULL };
	struct proof_record record;
	int rc = -1;

	if (proof_cut_begin(&proof, repo, st) == 0 &&
	    proof_cut_add(&proof, key, &record, st) != PROOF_FAILED) {
		buf_put(&a->body, proof.car.data, proof.car.len);
		a->body.failed |= proof.car.failed;
		rc = 0;
	}
	proof_cut_free(&proof);
	return rc;
}

static void
send_record(struct serve_context *c, struct serve_answer *a,
    const struct slice *did, const struct slice *key)
{
	const struct archive archive = archive_of(c);
	struct archive_repo repo;
	struct status st = { 0 };
	int got = archive_repo_open(&repo, &archive, did->at, did->len, NULL,
	    c->now_us, &st);

	if (got == 0)
		unavailable(a, did);
	if (got != 1) {
		if (got == -1)
			serve_answer_unreadable(a, &st);
		return;
	}
	a->type = SERVE_CAR_TYPE;
	if (cut(a, &repo.repo, key, &st) == -1)
		serve_answer_unreadable(a, &st);
	archive_repo_close(&repo);
}

void
serve_car_record(struct serve_context *c, struct serve_answer *a,
    const struct slice *did, const struct slice *key)
{
	const struct slice second = slice_of("1");

	/* To a client, 429 isn't a failed attempt, as 503 would be. */
	if (!serve_gate_enter(c->repos)) {
		serve_answer_error(a, 429, NULL,
		    "Too many repos are being read");
		serve_answer_header(a, "Retry-After", &second);
		return;
	}
	send_record(c, a, did, key);
	serve_gate_leave(c->repos);
}
