#include "config.h"

#include <string.h>
#include <unistd.h>

#include "libcar/base/basen.h"
#include "libcar/cli/environment.h"
#include "libcar/cli/input.h"
#include "libcar/cli/message.h"
#include "libcar/cli/output.h"
#include "libcar/cli/proof_jobs.h"
#include "libcar/data/object.h"
#include "libcar/store/archive.h"

/*
 * The records of a stream come account by account. So the repo of the last job
 * stays open, and is read once for all the jobs that follow it.
 */

static void
close_repo(struct proof_jobs *j)
{
	proofs_close(j->proofs);
	car_file_close(j->file);
	if (j->file != NULL)
		close(j->fd);
	j->file = NULL;
	j->open = false;
}

/* Find and open the account's CAR. */
static int
open_archived(struct proof_jobs *j, const struct slice *did, struct status *st)
{
	const struct archive archive = { .dir = j->directory,
		.tmp = cli_tmpdir() };
	struct archive_car car;
	int found;

	found = archive_find(&archive, did->at, did->len, NULL, &car, st);
	if (found == 0)
		return status_set(st, STATUS_UNREADABLE, 0,
		    "the archive has no CAR of this account");
	if (found == -1 || (j->fd = cli_open(car.path, true, st)) == -1)
		return -1;
	j->file = car_file_open(j->fd, NULL, 0, cli_tmpdir(), st);
	if (j->file == NULL) {
		close(j->fd);
		return -1;
	}
	return proofs_open(j->proofs, car_file_input(j->file), did, cli_now(),
	    st);
}

/* Is the account's repo open? If not, the status says why. */
static int
need_repo(struct proof_jobs *j, const struct slice *did, struct status *st)
{
	if (j->did.len != did->len ||
	    memcmp(j->did.data, did->at, did->len) != 0) {
		close_repo(j);
		j->did.len = 0;
		buf_put(&j->did, did->at, did->len);
		if (j->did.failed)
			return status_no_memory(st);
		j->open = open_archived(j, did, &j->why) == 0;
	}
	if (!j->open)
		*st = j->why;
	return j->open ? 0 : -1;
}

static int
cut(struct proof_jobs *j, const struct proofs_key *key, struct status *st)
{
	if (need_repo(j, &key->did, st) == -1)
		return -1;
	return proofs_cut(j->proofs, key, cli_now(), st);
}

/* Decode {"$bytes": "..."}. */
static int
read_blocks(struct proof_jobs *j, struct slice *bytes, struct status *st)
{
	struct slice json = job_get_json(&j->job, "blocks"), text;
	struct object object = { .text = NULL };
	ssize_t n = -1;

	if (json.at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "no blocks");
	if (object_open(&object, json.at, json.len, st) == -1)
		return -1;
	text = object_get(&object, "$bytes");
	j->bytes.len = 0;
	if (text.at != NULL && buf_reserve(&j->bytes, text.len + 1) != NULL)
		n = base64_parse((uint8_t *)j->bytes.data, j->bytes.cap,
		    text.at, text.len);
	object_free(&object);
	if (j->bytes.failed)
		return status_no_memory(st);
	if (n == -1)
		return status_set(st, STATUS_BAD_LINE, 0,
		    "blocks is not bytes");
	*bytes = slice_make(j->bytes.data, n);
	return 0;
}

static int
check(struct proof_jobs *j, const struct proofs_key *key, struct status *st)
{
	struct slice bytes = { NULL, 0 };

	if (read_blocks(j, &bytes, st) == -1 ||
	    proofs_read(j->proofs, bytes.at, bytes.len, &key->did, cli_now(),
		st) == -1)
		return -1;
	return proofs_check(j->proofs, key, st);
}

static int
read_key(struct proof_jobs *j, struct proofs_key *key, struct status *st)
{
	if (job_check(&j->job, st) == -1)
		return -1;
	key->did = j->job.did;
	key->rev = job_rev(&j->job);
	key->collection = job_get(&j->job, "collection");
	key->rkey = job_get(&j->job, "rkey");
	if (key->did.at != NULL && key->collection.at != NULL &&
	    key->rkey.at != NULL)
		return 0;
	return status_set(st, STATUS_BAD_LINE, 0, "no %s",
	    key->did.at == NULL            ? "did" :
		key->collection.at == NULL ? "collection" :
					     "rkey");
}

/* Write the one result of a job. */
static int
answer(struct line_inputs *in, struct proof_jobs *j, struct status *st)
{
	struct proofs_key key;

	if (read_key(j, &key, st) == -1)
		return -1;
	if ((j->check ? check(j, &key, st) : cut(j, &key, st)) == 0)
		return 0;
	if (status_fatal(st->code) || st->code == STATUS_BAD_LINE)
		return -1;
	in->failed++;
	if (!cli_quiet)
		cli_warn("%.*s/%.*s/%.*s: %s", (int)key.did.len, key.did.at,
		    (int)key.collection.len, key.collection.at,
		    (int)key.rkey.len, key.rkey.at, st->msg);
	proofs_error(j->proofs, &key, NULL, cli_now(), st);
	return 0;
}

int
proof_jobs_take(struct line_inputs *in, const char *text, size_t len,
    struct status *st)
{
	struct proof_jobs *j = in->ctx;

	if (job_is_for_none(&j->job, text, len, st))
		return -1;
	if (!job_is(&j->job, j->check ? "proof" : "record")) {
		cli_output_copy(in->out, text, len);
		return 0;
	}
	if (answer(in, j, st) == -1)
		return -1;
	cli_output_line(in->out);
	return 0;
}

void
proof_jobs_free(struct proof_jobs *j)
{
	close_repo(j);
	job_free(&j->job);
	buf_free(&j->did);
	buf_free(&j->bytes);
}
