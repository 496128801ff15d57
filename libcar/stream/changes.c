#include "config.h"

#include <string.h>

#include "libcar/stream/changes.h"
#include "libcar/stream/write.h"

/*
 * A change has the new repo's rev, whichever commit in between made it. So
 * at-load, which takes a live commit for complete if all its keys came, moves
 * an account from the old rev to the new one.
 *
 * Only the new repo's signature is checked: the account may have changed its
 * key since the old commit, and nothing of the old repo is written but CIDs.
 */

void
changes_begin(struct changes *c, uint64_t now)
{
	memset(c->repos, 0, sizeof(c->repos));
	memset(c->files, 0, sizeof(c->files));
	memset(c->revs, 0, sizeof(c->revs));
	c->did = NULL;
	c->ops = 0;
	c->failed = CHANGES_NEW;
	emit_begin(&c->emit, c->program, c->filter, now);
}

static void
tell_block(void *ctx, uint64_t end)
{
	struct changes *c = ctx;

	if (c->block != NULL)
		c->block(c->ctx, end);
}

static int
find_signer(void *ctx, const struct commit *commit, const struct key **key,
    struct status *st)
{
	struct changes *c = ctx;

	(void)st;
	*key = keyring_find(c->keys, commit->did, commit->did_len);
	return 0;
}

/* The name of a file may promise a rev. */
static int
check_rev(const struct changes *c, enum changes_side side, struct status *st)
{
	const struct commit *commit = &c->repos[side].commit;
	const char *want = c->revs[side];
	struct slice rev = slice_make(commit->rev, commit->rev_len);

	if (want == NULL || slice_is(&rev, want))
		return 0;
	return status_set(st, STATUS_BAD_REV, 0, "a CAR of rev %.*s, want %s",
	    (int)rev.len, rev.at, want);
}

int
changes_open(struct changes *c, enum changes_side side, struct car_file *file,
    struct status *st)
{
	const struct commit *old = &c->repos[CHANGES_OLD].commit;
	struct repo_want want = {
		.did = c->did,
		.did_len = c->did != NULL ? strlen(c->did) : 0,
		.now = c->emit.now,
		.block = tell_block,
		.ctx = c,
	};

	if (c->did == NULL && side == CHANGES_NEW) {
		want.did = old->did;
		want.did_len = old->did_len;
	}
	if (side == CHANGES_NEW) {
		want.find_signer = find_signer;
		want.need_signer = c->require_signature;
	}
	c->failed = side;
	c->files[side] = file;
	if (repo_open(&c->repos[side], car_file_input(file), &want, st) == -1)
		return -1;
	return check_rev(c, side, st);
}

static bool
has_old(const struct changes *c)
{
	return c->files[CHANGES_OLD] != NULL;
}

static bool
same_commit(const struct changes *c)
{
	const struct cid *old = &c->repos[CHANGES_OLD].cid;
	const struct cid *new = &c->repos[CHANGES_NEW].cid;

	return has_old(c) &&
	    old->len == new->len &&memcmp(old->bytes, new->bytes, old->len) ==
	    0;
}

static struct slice
rev_of(const struct changes *c, enum changes_side side)
{
	const struct commit *commit = &c->repos[side].commit;

	return slice_make(commit->rev, commit->rev_len);
}

/* A database keeps the later version of a record, so it can't go back. */
static int
check_order(struct changes *c, struct status *st)
{
	struct slice old = rev_of(c, CHANGES_OLD), new = rev_of(c, CHANGES_NEW);

	if (!has_old(c) || same_commit(c) || slice_compare(&old, &new) < 0)
		return 0;
	c->failed = CHANGES_NEW;
	if (slice_equal(&old, &new))
		return status_set(st, STATUS_BAD_REV, 0,
		    "two different commits have rev %.*s", (int)new.len,
		    new.at);
	return status_set(st, STATUS_BAD_REV, 0,
	    "rev %.*s is earlier than the old repo's, %.*s", (int)new.len,
	    new.at, (int)old.len, old.at);
}

static int
check_trees(struct changes *c, struct status *st)
{
	c->compare.old = has_old(c) ? &c->repos[CHANGES_OLD] : NULL;
	c->compare.new = &c->repos[CHANGES_NEW];
	if (compare_check(&c->compare, st) == 0)
		return 0;
	c->failed = c->compare.failed == &c->repos[CHANGES_OLD] ? CHANGES_OLD :
								  CHANGES_NEW;
	return -1;
}

static int
check_files(struct changes *c, struct status *st)
{
	int i;

	for (i = 0; i < CHANGES_SIDES; i++) {
		if (c->files[i] == NULL || !car_file_changed(c->files[i]))
			continue;
		c->failed = i;
		return status_set(st, STATUS_UNREADABLE, 0,
		    "the file was changed while it was read");
	}
	return 0;
}

static const char *const actions[] = {
	[CHANGE_CREATE] = "create",
	[CHANGE_UPDATE] = "update",
	[CHANGE_DELETE] = "delete",
};

static int
count(struct changes *c, enum change_counts_action action, struct status *st)
{
	const struct emit_collection *now = &c->emit.now_in;
	struct slice nsid = { NULL, 0 };

	c->ops++;
	if (now->nsid)
		nsid = slice_make(now->name.data, now->name.len);
	return change_counts_add(&c->counts, &nsid, action, st);
}

static int
write_change(void *ctx, const struct compare_change *change, struct status *st)
{
	struct changes *c = ctx;
	const struct repo_record r = {
		.key = slice_bytes(&change->key),
		.key_len = change->key.len,
		.cid = slice_bytes(&change->after),
		.cid_len = change->after.len,
		.block = slice_bytes(&change->block),
		.len = change->block.len,
	};
	enum change_counts_action action = change->before.at == NULL ?
	    CHANGE_CREATE :
	    change->after.at == NULL ? CHANGE_DELETE :
				       CHANGE_UPDATE;

	if (!emit_wants(&c->emit, r.key, r.key_len))
		return 0;
	if (count(c, action, st) == -1 ||
	    emit_change(&c->emit, &c->out->buf, &r, actions[action],
		&change->before, st) == -1)
		return -1;
	if (c->change != NULL)
		c->change(c->ctx);
	return ndjson_out_line(c->out, st);
}

static struct slice
cid_text(char text[CID_MAX_TEXT], const struct cid *cid)
{
	return slice_make(text, cid_format(text, cid->bytes, cid->len));
}

static int
write_commit(struct changes *c, struct status *st)
{
	const struct repo *old = &c->repos[CHANGES_OLD];
	const struct repo *new = &c->repos[CHANGES_NEW];
	char cid[CID_MAX_TEXT], data[CID_MAX_TEXT], before[CID_MAX_TEXT];
	struct stream_commit line = {
		.did = slice_make(new->commit.did, new->commit.did_len),
		.rev = rev_of(c, CHANGES_NEW),
		.cid = cid_text(cid, &new->cid),
		.data = cid_text(data, &new->commit.data),
		.version = stream_number(new->commit.version),
		.signature = slice_of(new->verified ? "verified" : "unchecked"),
		.filter = emit_filter(&c->emit),
		.source = slice_of("live"),
		.whole = c->compare.whole ? STREAM_TRUE : STREAM_UNKNOWN,
		.ops = stream_number((int64_t)c->ops),
	};

	if (has_old(c)) {
		line.since = rev_of(c, CHANGES_OLD);
		line.prev_data = cid_text(before, &old->commit.data);
	}
	return stream_write_commit(&c->out->buf, &line, st);
}

int
changes_write(struct changes *c, struct status *st)
{
	const struct commit *new = &c->repos[CHANGES_NEW].commit;
	int rc;

	if (check_order(c, st) == -1 || check_trees(c, st) == -1)
		return -1;
	if (same_commit(c)) {
		rc = check_files(c, st);
		return rc == -1 ?
		    -1 :
		    emit_unchanged(&c->emit, &c->out->buf, new, st);
	}
	emit_live(&c->emit, slice_make(new->did, new->did_len),
	    rev_of(c, CHANGES_NEW));
	rc = compare_walk(&c->compare, write_change, c, st);
	c->record_errors |= c->emit.errors > 0;
	if (rc == -1 || check_files(c, st) == -1)
		return -1;
	return write_commit(c, st);
}

void
changes_peek(struct changes *c, struct car_file *file)
{
	struct status ignored;

	if (repo_peek(&c->repos[CHANGES_OLD], car_file_input(file), &ignored) ==
	    -1)
		memset(&c->repos[CHANGES_OLD].commit, 0, sizeof(struct commit));
}

/* The account is the known one, or the old repo's, if there is one. The rev of
 * another account says nothing about it. */
void
changes_error(struct changes *c, const char *input, const struct status *why)
{
	const struct commit *old = &c->repos[CHANGES_OLD].commit;
	const struct commit *new = &c->repos[CHANGES_NEW].commit;
	struct stream_error e = {
		.program = slice_of(c->program),
		.did = c->did != NULL ?
		    slice_of(c->did) :
		    stream_text(slice_make(old->did, old->did_len)),
		.input = slice_of(input),
		.at = c->emit.now,
	};

	if (e.did.at == NULL)
		e.did = stream_text(slice_make(new->did, new->did_len));
	if (why->code != STATUS_WRONG_DID && c->failed == CHANGES_NEW)
		e.rev = stream_text(slice_make(new->rev, new->rev_len));
	stream_write_error(&c->out->buf, &e, why, NULL);
}

void
changes_end(struct changes *c)
{
	compare_free(&c->compare);
	repo_free(&c->repos[CHANGES_OLD]);
	repo_free(&c->repos[CHANGES_NEW]);
	memset(c->files, 0, sizeof(c->files));
}

void
changes_free(struct changes *c)
{
	emit_free(&c->emit);
	change_counts_free(&c->counts);
	memset(c, 0, sizeof(*c));
}
