#include "config.h"

#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/repo/event.h"
#include "libcar/repo/mst.h"

/*
 * Operations are undone in an order that needs only nodes of the slice: first
 * deleted records return, then updates get their earlier values, then created
 * records go. Each step returns what the tree had, which must be what the
 * operation put there.
 */

static bool
is_same(const struct slice *a, const struct slice *b)
{
	return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

/* The commit */

static int
find_commit(struct event *e, const struct frame *f, struct status *st)
{
	const struct cid *root = &e->slice.car.root;
	struct slice link = slice_make(root->bytes, root->len);

	if (f->type == FRAME_COMMIT && link.len > 0 &&
	    !is_same(&link, &f->commit))
		return status_set(st, STATUS_BAD_COMMIT, 0,
		    "the CAR's root is not the commit that the message names");
	return commit_find(&e->commit, root, car_slice_get, &e->slice, st);
}

static int
check_commit(const struct event *e, const struct frame *f, uint64_t now,
    struct status *st)
{
	const struct commit *c = &e->commit;
	struct slice did = slice_make(c->did, c->did_len);
	struct slice rev = slice_make(c->rev, c->rev_len);

	if (!is_same(&did, &f->did))
		return status_set(st, STATUS_WRONG_DID, 0,
		    "the commit is of %.*s, the message of %.*s", (int)did.len,
		    did.at, (int)f->did.len, f->did.at);
	if (!is_same(&rev, &f->rev))
		return status_set(st, STATUS_BAD_REV, 0,
		    "the commit has rev %.*s, the message %.*s", (int)rev.len,
		    rev.at, (int)f->rev.len, f->rev.at);
	if (c->version != 3)
		return status_set(st, STATUS_BAD_COMMIT, 0,
		    "version %u, want 3", c->version);
	return commit_check_rev(c, now, st);
}

int
event_open(struct event *e, const struct frame *f, uint64_t now_micros,
    struct status *st)
{
	e->whole = false;
	memset(&e->commit, 0, sizeof(e->commit));
	if (f->blocks.len > EVENT_MAX_BLOCKS)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "%zu bytes of blocks, at most %d", f->blocks.len,
		    EVENT_MAX_BLOCKS);
	if (car_slice_open(&e->slice, f->blocks.at, f->blocks.len, st) == -1 ||
	    find_commit(e, f, st) == -1)
		return -1;
	return check_commit(e, f, now_micros, st);
}

/* Inversion */

static int
bad_op(const struct frame_op *op, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_OPS, 0, "%.*s: %s",
	    (int)(op->path.len < 600 ? op->path.len : 600), op->path.at, what);
}

static int
put_back(struct event *e, const struct frame_op *op, struct status *st)
{
	switch (mst_edit_put(&e->tree, &op->path, &op->prev, NULL, st)) {
	case MST_EDIT_ABSENT:
		return 0;
	case MST_EDIT_PRESENT:
		return bad_op(op, "is deleted, and in the tree", st);
	default:
		return -1;
	}
}

static int
undo_update(struct event *e, const struct frame_op *op, struct status *st)
{
	struct slice had;

	switch (mst_edit_put(&e->tree, &op->path, &op->prev, &had, st)) {
	case MST_EDIT_PRESENT:
		if (is_same(&had, &op->cid))
			return 0;
		return bad_op(op, "has another CID in the tree", st);
	case MST_EDIT_ABSENT:
		return bad_op(op, "is updated, and not in the tree", st);
	default:
		return -1;
	}
}

static int
undo_create(struct event *e, const struct frame_op *op, struct status *st)
{
	struct slice had;

	switch (mst_edit_remove(&e->tree, &op->path, &had, st)) {
	case MST_EDIT_PRESENT:
		if (is_same(&had, &op->cid))
			return 0;
		return bad_op(op, "has another CID in the tree", st);
	case MST_EDIT_ABSENT:
		return bad_op(op, "is created, and not in the tree", st);
	default:
		return -1;
	}
}

static int
undo_all(struct event *e, const struct frame *f, enum frame_action action,
    int (*undo)(struct event *, const struct frame_op *, struct status *),
    struct status *st)
{
	size_t i;

	for (i = 0; i < f->nops; i++)
		if (f->ops[i].action == action && undo(e, &f->ops[i], st) == -1)
			return -1;
	return 0;
}

/* Can it be undone, and does its record exist? */
static int
check_op(struct event *e, const struct frame_op *op, struct status *st)
{
	if (op->action != FRAME_CREATE && op->prev.at == NULL)
		return bad_op(op, "has no prev", st);
	if (op->action != FRAME_DELETE && event_record(e, op).at == NULL) {
		bad_op(op, "its record is not in the message", st);
		st->code = STATUS_MISSING_BLOCK;
		return -1;
	}
	return 0;
}

/* The tree detects a repeated path, except in updates. Compare each with each:
 * there are at most FRAME_MAX_OPS, and their length is limited. */
static int
check_paths(const struct frame *f, struct status *st)
{
	size_t i, k;

	for (i = 0; i < f->nops; i++) {
		if (f->ops[i].path.len > MST_MAX_KEY)
			return bad_op(&f->ops[i], "a key of too many bytes",
			    st);
		for (k = 0; k < i; k++)
			if (is_same(&f->ops[i].path, &f->ops[k].path))
				return bad_op(&f->ops[i], "comes twice", st);
	}
	return 0;
}

/* Hash the empty tree once for all messages. */
static int
find_empty(struct event *e, struct status *st)
{
	if (e->has_empty)
		return 0;
	mst_edit_open(&e->tree, NULL);
	if (mst_edit_root(&e->tree, e->empty, NULL, NULL, st) == -1)
		return -1;
	e->has_empty = true;
	return 0;
}

/* Is this the previous root? The root of an empty tree may be absent. */
static int
check_root(struct event *e, const struct frame *f, struct status *st)
{
	uint8_t root[CID_REPO_BYTES];
	struct slice before = slice_make(root, sizeof(root));

	if (mst_edit_root(&e->tree, root, NULL, NULL, st) == -1 ||
	    find_empty(e, st) == -1)
		return -1;
	e->whole = memcmp(root, e->empty, sizeof(root)) == 0;
	if (f->prev_data.at == NULL && !e->whole)
		return status_set(st, STATUS_BAD_OPS, 0,
		    "no prevData, and the tree before was not empty");
	if (f->prev_data.at != NULL && !is_same(&f->prev_data, &before)) {
		e->whole = false;
		return status_set(st, STATUS_BAD_OPS, 0,
		    "undoing the operations does not give prevData");
	}
	return 0;
}

int
event_check(struct event *e, const struct frame *f, struct status *st)
{
	struct slice data = slice_make(e->commit.data.bytes,
	    e->commit.data.len);
	size_t i;

	e->whole = false;
	e->tree.ctx = &e->slice;
	e->tree.get = car_slice_get;
	if (check_paths(f, st) == -1)
		return -1;
	for (i = 0; i < f->nops; i++)
		if (check_op(e, &f->ops[i], st) == -1)
			return -1;
	mst_edit_open(&e->tree, &data);
	if (undo_all(e, f, FRAME_DELETE, put_back, st) == -1 ||
	    undo_all(e, f, FRAME_UPDATE, undo_update, st) == -1 ||
	    undo_all(e, f, FRAME_CREATE, undo_create, st) == -1)
		return -1;
	return check_root(e, f, st);
}

struct slice
event_record(struct event *e, const struct frame_op *op)
{
	struct slice block = { NULL, 0 };
	const uint8_t *at;
	struct status st;
	size_t len;

	if (op->cid.at != NULL &&
	    car_slice_get(&e->slice, &op->cid, &at, &len, &st) == 1)
		block = slice_make(at, len);
	return block;
}

void
event_free(struct event *e)
{
	car_slice_free(&e->slice);
	mst_edit_close(&e->tree);
	memset(e, 0, sizeof(*e));
}
