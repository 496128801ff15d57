#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/repo/commit.h"
#include "libcar/repo/mst.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/rebuild.h"

/*
 * The block of each record goes to the caller at once. What stays in memory is
 * the key, CID and rev of each line. Sorting them brings the lines of a record
 * together, the latest last, and the keys into the order that mst_build()
 * needs.
 */

/* What a line says of a record. */
struct rebuild_version {
	struct slice key; /* the CID follows it in memory */
	uint8_t cid_len;  /* 0: deleted */
	bool live;
	char rev[SYNTAX_TID_LEN];
};

static int
bad(struct status *st, enum status_code code, const char *what,
    const struct slice *have, const char *want)
{
	return status_set(st, code, 0, "%s %.*s, want %s", what, (int)have->len,
	    have->at, want);
}

/* Lines */

static int
check_did(struct rebuild *r, struct status *st)
{
	const struct slice *did = &r->line.did;
	char *copy;

	if (r->did.at != NULL)
		return slice_equal(&r->did, did) ?
		    0 :
		    bad(st, STATUS_WRONG_DID, "a line of", did, r->did.at);
	if ((copy = pool_take(&r->pool, did->len + 1, st)) == NULL)
		return -1;
	memcpy(copy, did->at, did->len);
	copy[did->len] = '\0';
	r->did = slice_make(copy, did->len);
	return 0;
}

static void
keep_later(char rev[SYNTAX_TID_LEN + 1], const struct slice *other)
{
	if (memcmp(rev, other->at, SYNTAX_TID_LEN) >= 0)
		return;
	memcpy(rev, other->at, SYNTAX_TID_LEN);
	rev[SYNTAX_TID_LEN] = '\0';
}

/* Two snapshots mixed would bring back what was deleted between them. */
static int
check_snapshot(struct rebuild *r, struct status *st)
{
	const struct slice *rev = &r->line.rev;

	if (r->line.source == LINE_LIVE)
		return 0;
	if (r->snapshot[0] == '\0')
		keep_later(r->snapshot, rev);
	return slice_is(rev, r->snapshot) ?
	    0 :
	    bad(st, STATUS_BAD_REV, "a line of rev", rev, r->snapshot);
}

static int
check_account(struct rebuild *r, struct status *st)
{
	if (check_did(r, st) == -1 || check_snapshot(r, st) == -1)
		return -1;
	keep_later(r->rev, &r->line.rev);
	return 0;
}

/* Make the block of the line's record, and give it to the caller. */
static int
put_record(struct rebuild *r, const uint8_t *cid, size_t len, struct status *st)
{
	struct repo_record record = { .cid = cid, .cid_len = len };

	if (emit_encode(&r->block, &record, &r->line.record, st) == -1)
		return -1;
	return r->put(r->ctx, cid, record.block, record.len, st);
}

static int
add_version(struct rebuild *r, const uint8_t *cid, size_t cid_len,
    struct status *st)
{
	const struct line *l = &r->line;
	struct rebuild_version *v;
	char *p;

	if (r->count == REBUILD_MAX_VERSIONS)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "more than %zu lines of records", REBUILD_MAX_VERSIONS);
	if (!ARRAY_GROW(r->versions, r->count, r->room))
		return status_no_memory(st);
	p = pool_take(&r->pool, l->collection.len + 1 + l->rkey.len + cid_len,
	    st);
	if (p == NULL)
		return -1;
	v = &r->versions[r->count++];
	v->key = slice_make(p, l->collection.len + 1 + l->rkey.len);
	memcpy(p, l->collection.at, l->collection.len);
	p[l->collection.len] = '/';
	memcpy(p + l->collection.len + 1, l->rkey.at, l->rkey.len);
	memcpy(p + v->key.len, cid, cid_len);
	v->cid_len = cid_len;
	v->live = l->source == LINE_LIVE;
	memcpy(v->rev, l->rev.at, SYNTAX_TID_LEN);
	return 0;
}

static int
add_record(struct rebuild *r, struct status *st)
{
	uint8_t cid[CID_MAX_BYTES];
	int len = 0;

	if (line_check(&r->line, st) == -1 || check_account(r, st) == -1)
		return -1;
	if (!r->line.is_delete &&
	    ((len = cid_from_text(cid, r->line.cid.at, r->line.cid.len, st)) ==
		    -1 ||
		put_record(r, cid, len, st) == -1))
		return -1;
	return add_version(r, cid, len, st);
}

/* Its tree counts if it is the latest commit, and the lines are to have all of
 * its records. */
static int
add_commit(struct rebuild *r, struct status *st)
{
	const struct line *l = &r->line;
	uint8_t cid[CID_MAX_BYTES];
	int len;

	if (check_account(r, st) == -1)
		return -1;
	r->begun |= l->source != LINE_LIVE;
	if (memcmp(r->commit_rev, l->rev.at, SYNTAX_TID_LEN) > 0)
		return 0;
	keep_later(r->commit_rev, &l->rev);
	r->has_data = false;
	if (l->data.at == NULL || l->filter.at != NULL || l->is_partial)
		return 0;
	len = cid_from_text(cid, l->data.at, l->data.len, st);
	if (len != CID_REPO_BYTES)
		return len == -1 ? -1 : 0;
	memcpy(r->data, cid, sizeof(r->data));
	r->has_data = true;
	return 0;
}

/* Without what failed, the repo would silently lack records. */
static int
refuse_error(const struct line *l, struct status *st)
{
	return status_set(st, STATUS_BAD_RECORD, 0,
	    "the lines have an error: %.*s", (int)l->error.len, l->error.at);
}

int
rebuild_add(struct rebuild *r, const char *text, size_t len, struct status *st)
{
	if (line_parse(&r->line, text, len, st) == -1)
		return -1;
	switch (r->line.type) {
	case LINE_RECORD:
		return add_record(r, st);
	case LINE_COMMIT:
		return add_commit(r, st);
	case LINE_END:
		keep_later(r->end_rev, &r->line.rev);
		return 0;
	case LINE_ERROR:
		return refuse_error(&r->line, st);
	default:
		return 0;
	}
}

/* The repo */

static int
compare(const void *left, const void *right)
{
	const struct rebuild_version *a = left, *b = right;
	int order = slice_compare(&a->key, &b->key);

	return order != 0 ? order : memcmp(a->rev, b->rev, SYNTAX_TID_LEN);
}

/* Does the snapshot have this change already? */
static bool
is_old(const struct rebuild *r, const struct rebuild_version *v)
{
	return v->live && memcmp(v->rev, r->snapshot, SYNTAX_TID_LEN) <= 0;
}

static bool
says_same(const struct rebuild_version *a, const struct rebuild_version *b)
{
	return a->cid_len == b->cid_len &&
	    memcmp(a->key.at + a->key.len, b->key.at + b->key.len,
		a->cid_len) == 0;
}

static int
check_same(const struct rebuild_version *a, const struct rebuild_version *b,
    struct status *st)
{
	if (memcmp(a->rev, b->rev, SYNTAX_TID_LEN) != 0 || says_same(a, b))
		return 0;
	return status_set(st, STATUS_BAD_LINE, 0,
	    "two lines of %.*s at rev %.*s differ", (int)a->key.len, a->key.at,
	    SYNTAX_TID_LEN, a->rev);
}

/* Find the version that counts among those of a key, which end before `end`.
 * NULL: none. */
static int
choose(const struct rebuild *r, size_t *at,
    const struct rebuild_version **chosen, struct status *st)
{
	const struct slice *key = &r->versions[*at].key;
	const struct rebuild_version *v;

	*chosen = NULL;
	for (; *at < r->count && slice_equal(&r->versions[*at].key, key);
	     ++*at) {
		v = &r->versions[*at];
		if (is_old(r, v))
			continue;
		if (*chosen != NULL && check_same(*chosen, v, st) == -1)
			return -1;
		*chosen = v;
	}
	return 0;
}

static int
choose_all(struct rebuild *r, struct mst_leaf *leaves, size_t *count,
    struct status *st)
{
	const struct rebuild_version *v;
	size_t at = 0;

	if (r->count > 0)
		qsort(r->versions, r->count, sizeof(*r->versions), compare);
	for (*count = 0; at < r->count;) {
		if (choose(r, &at, &v, st) == -1)
			return -1;
		if (v == NULL || v->cid_len == 0)
			continue;
		leaves[(*count)++] = (struct mst_leaf){
			slice_bytes(&v->key),
			v->key.len,
			slice_bytes(&v->key) + v->key.len,
			v->cid_len,
		};
	}
	return 0;
}

static int
check_tree(const struct rebuild *r, const uint8_t *root, struct status *st)
{
	bool known = r->has_data && strcmp(r->commit_rev, r->rev) == 0;

	if (!known && r->begun && strcmp(r->end_rev, r->snapshot) != 0)
		return status_set(st, STATUS_BAD_LINE, 0,
		    "the lines are cut: no end line of rev %s", r->snapshot);
	if (!known || memcmp(root, r->data, sizeof(r->data)) == 0)
		return 0;
	return status_set(st, STATUS_BAD_TREE, 0,
	    "the records are not those of the commit line of rev %s", r->rev);
}

static int
build_tree(struct rebuild *r, uint8_t *root, struct status *st)
{
	struct mst_leaf *leaves = malloc((r->count + 1) * sizeof(*leaves));
	size_t count;
	int rc = -1;

	if (leaves == NULL)
		return status_no_memory(st);
	if (choose_all(r, leaves, &count, st) == 0 &&
	    mst_build(leaves, count, r->put, r->ctx, root, st) == 0)
		rc = check_tree(r, root, st);
	free(leaves);
	return rc;
}

static int
put_commit(struct rebuild *r, const char *rev, const uint8_t *root,
    const struct keypair *pair, uint8_t *cid, struct status *st)
{
	struct buf block = { .len = 0 };
	int rc = commit_sign(&block, r->did.at, rev, root, pair, st);

	if (rc == 0 && block.failed)
		rc = status_no_memory(st);
	if (rc == 0) {
		cid_of_block(cid, block.data, block.len);
		rc = r->put(r->ctx, cid, block.data, block.len, st);
	}
	buf_free(&block);
	return rc;
}

int
rebuild_finish(struct rebuild *r, const char *rev, const struct keypair *pair,
    uint8_t *commit, struct status *st)
{
	uint8_t root[CID_REPO_BYTES];

	if (rev == NULL)
		rev = r->rev;
	if (r->did.at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0,
		    "no line names the account");
	if (rev[0] == '\0')
		return status_set(st, STATUS_BAD_LINE, 0, "no line has a rev");
	return build_tree(r, root, st) == -1 ?
	    -1 :
	    put_commit(r, rev, root, pair, commit, st);
}

void
rebuild_free(struct rebuild *r)
{
	free(r->versions);
	pool_free(&r->pool);
	line_free(&r->line);
	buf_free(&r->block);
	memset(r, 0, sizeof(*r));
}
