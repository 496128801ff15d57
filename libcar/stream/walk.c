#include "config.h"

#include <string.h>

#include "libcar/stream/walk.h"
#include "libcar/stream/write.h"

/*
 * The tree's check also counts the keys, because the commit line, which comes
 * first, says how many records there are. So the records are read only when all
 * of them are known to be present.
 *
 * With `stream`, the first walk writes the records itself, as long as the CAR
 * is in pre-order. Where the order ends, the repo is verified in the usual way,
 * and the second walk skips the keys that the first one has written.
 */

void
walk_begin(struct walk *w, const struct job *job, uint64_t now)
{
	w->job = job;
	w->given = w->skipped = 0;
	w->begun = false;
	memset(&w->repo, 0, sizeof(w->repo));
	emit_begin(&w->emit, w->program, w->filter, now);
}

/* The signer must have the job's key, even if the keyring has another key. */
static int
find_signer(void *ctx, const struct commit *c, const struct key **key,
    struct status *st)
{
	struct walk *w = ctx;

	if (w->job == NULL || w->job->key.at == NULL) {
		*key = keyring_find(w->keys, c->did, c->did_len);
		return 0;
	}
	if (key_parse(&w->key, w->job->key.at, w->job->key.len, st) == -1)
		return status_prefix(st, "the job's key: ");
	*key = &w->key;
	return 0;
}

static void
tell_block(void *ctx, uint64_t end)
{
	struct walk *w = ctx;

	if (w->block != NULL)
		w->block(w->ctx, end);
}

static void
count_key(void *ctx, const uint8_t *key, size_t len)
{
	struct walk *w = ctx;

	emit_count(&w->emit, key, len);
}

static struct repo_want
make_want(struct walk *w)
{
	struct repo_want want = {
		.now = w->emit.now,
		.partial = w->partial,
		.salvage = w->salvage,
		.find_signer = find_signer,
		.need_signer = w->require_signature,
		.block = tell_block,
		.key = count_key,
		.ctx = w,
	};

	if (w->job != NULL) {
		want.did = w->job->did.at;
		want.did_len = w->job->did.len;
	}
	return want;
}

/* Does this JSON string have exactly this text between its quotes? */
static bool
is_string_of(const struct slice *json, const char *text, size_t len)
{
	return json->len == len + 2 && json->at[0] == '"' &&
	    memcmp(json->at + 1, text, len) == 0;
}

/*
 * Does the database already have all requested collections of this commit? The
 * job says what it has. On errors, say no: the full check then reports them.
 */
static bool
is_loaded(struct walk *w, struct car_input *in)
{
	const struct repo_want want = make_want(w);
	const struct commit *c = &w->repo.commit;
	struct slice rev, patterns;
	struct status st;

	if (w->job == NULL || w->partial)
		return false;
	rev = job_get_json(w->job, "loadedRev");
	patterns = job_get_json(w->job, "loadedFilter");
	if (rev.at == NULL || !filter_is_within(w->filter, &patterns) ||
	    repo_peek(&w->repo, in, &st) == -1)
		return false;
	return is_string_of(&rev, c->rev, c->rev_len) &&
	    repo_check_commit(&w->repo, &want, &st) == 0;
}

static int
verify(struct walk *w, struct car_input *in, struct status *st)
{
	const struct repo_want want = make_want(w);

	if (repo_open(&w->repo, in, &want, st) == -1)
		return -1;
	return repo_check(&w->repo, &want, st);
}

/* Skip what the stream gave before its order ended. */
static bool
want_key(void *ctx, const uint8_t *key, size_t len)
{
	struct walk *w = ctx;

	if (w->skipped < w->given) {
		w->skipped++;
		return false;
	}
	return emit_wants(&w->emit, key, len);
}

static int
give_record(void *ctx, const struct repo_record *r, struct status *st)
{
	struct walk *w = ctx;
	uint64_t errors = w->emit.errors;

	if (emit_record(&w->emit, &w->out->buf, r, st) == -1)
		return -1;
	if (w->record != NULL)
		w->record(w->ctx, r, w->emit.errors > errors ? st : NULL);
	return ndjson_out_line(w->out, st);
}

/* Write no end if the file changed while it was read. */
static int
write_end(struct walk *w, const struct car_file *file,
    struct stream_number lost, struct status *st)
{
	if (car_file_changed(file))
		return status_set(st, STATUS_UNREADABLE, 0,
		    "the file was changed while it was read");
	return emit_end(&w->emit, &w->out->buf, lost, st);
}

/* Write the lines of a verified repo; no end for a damaged one. */
static int
write_lines(struct walk *w, const struct car_file *file, struct status *st)
{
	struct repo *repo = &w->repo;
	bool part = w->partial || repo->damaged;
	struct stream_number lost = { part, (int64_t)repo->lost };

	if ((w->begun ?
		    emit_recounted(&w->emit, &repo->commit, st) :
		    emit_commit(&w->emit, &w->out->buf, repo, repo->verified,
			lost, part ? "part" : "car", st)) == -1 ||
	    repo_walk(repo, want_key, give_record, w, st) == -1)
		return -1;
	w->record_errors |= w->emit.errors > 0;
	if (repo->damaged) {
		*st = repo->why;
		return -1;
	}
	return write_end(w, file, lost, st);
}

static int
begin_stream(void *ctx, struct status *st)
{
	const struct stream_number none = { .known = false };
	struct walk *w = ctx;

	w->emit.early = w->begun = true;
	return emit_commit(&w->emit, &w->out->buf, &w->repo, w->repo.verified,
	    none, "car", st);
}

static int
stream_record(void *ctx, const struct repo_record *r, struct status *st)
{
	struct walk *w = ctx;

	w->given++;
	return emit_early_wants(&w->emit, r->key, r->key_len) ?
	    give_record(w, r, st) :
	    0;
}

static enum repo_stream_end
stream(struct walk *w, struct car_file *file, struct status *st)
{
	const struct stream_number none = { .known = false };
	const struct repo_want want = make_want(w);
	enum repo_stream_end end;

	w->in_order.begin = begin_stream;
	w->in_order.record = stream_record;
	w->in_order.ctx = w;
	end = repo_stream_walk(&w->in_order, &w->repo, car_file_input(file),
	    &want, st);
	w->record_errors |= w->emit.errors > 0;
	if (end != REPO_STREAM_COMPLETE)
		return end;
	w->looked = true;
	return write_end(w, file, none, st) == 0 ? end : REPO_STREAM_FAILED;
}

/* Walk the repo after its whole tree is checked. */
static int
walk_verified(struct walk *w, struct car_file *file, struct status *st)
{
	emit_recount(&w->emit);
	if (verify(w, car_file_input(file), st) == -1)
		return -1;
	w->looked = true;
	return write_lines(w, file, st);
}

int
walk_repo(struct walk *w, struct car_file *file, struct status *st)
{
	enum repo_stream_end end;

	if (is_loaded(w, car_file_input(file))) {
		w->unchanged = true;
		return emit_unchanged(&w->emit, &w->out->buf, &w->repo.commit,
		    st);
	}
	end = w->stream ? stream(w, file, st) : REPO_STREAM_UNORDERED;
	if (end == REPO_STREAM_UNORDERED)
		return walk_verified(w, file, st);
	return end == REPO_STREAM_COMPLETE ? 0 : -1;
}

void
walk_error(struct walk *w, const char *input, const struct status *why)
{
	const struct commit *c = &w->repo.commit;
	struct stream_error e = {
		.program = slice_of(w->program),
		.did = stream_text(slice_make(c->did, c->did_len)),
		.input = slice_of(input),
		.at = w->emit.now,
		.partial = { w->repo.damaged, (int64_t)w->repo.lost },
	};

	/* The rev of another account says nothing about the job's account. */
	if (why->code != STATUS_WRONG_DID)
		e.rev = stream_text(slice_make(c->rev, c->rev_len));
	if (w->job != NULL && w->job->did.at != NULL)
		e.did = stream_text(w->job->did);
	stream_write_error(&w->out->buf, &e, why, w->job);
}

void
walk_end(struct walk *w)
{
	repo_free(&w->repo);
	w->job = NULL;
}

void
walk_free(struct walk *w)
{
	emit_free(&w->emit);
	repo_stream_free(&w->in_order);
	memset(w, 0, sizeof(*w));
}
