#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/syntax.h"
#include "libcar/repo/commit.h"

/*
 * Each field of a commit's map has a function that reads it; unknown fields are
 * skipped. The signed bytes are the block without the entry `sig`, whose place
 * is remembered: rebuilding a commit from the known fields would lose the
 * others, and the signature would not verify.
 */

struct parser {
	struct commit *c;
	struct dagcbor d;
	bool prev;
};

static int
want_kind(struct parser *p, struct dagcbor_item *item, enum dagcbor_kind kind,
    const char *what, struct status *st)
{
	if (dagcbor_next(&p->d, item, st) == -1)
		return -1;
	return item->kind == kind ? 0 : dagcbor_fail(&p->d, what, st);
}

static int
read_did(struct parser *p, struct status *st)
{
	struct dagcbor_item item;

	if (want_kind(p, &item, DAGCBOR_TEXT, "did that is not text", st) == -1)
		return -1;
	if (!syntax_is_did((const char *)item.bytes, item.n))
		return dagcbor_fail(&p->d, "did that is not a DID", st);
	p->c->did = (const char *)item.bytes;
	p->c->did_len = item.n;
	return 0;
}

static int
read_rev(struct parser *p, struct status *st)
{
	struct dagcbor_item item;

	if (want_kind(p, &item, DAGCBOR_TEXT, "rev that is not text", st) == -1)
		return -1;
	p->c->rev = (const char *)item.bytes;
	p->c->rev_len = item.n;
	return 0;
}

static int
read_version(struct parser *p, struct status *st)
{
	struct dagcbor_item item;

	if (want_kind(p, &item, DAGCBOR_UINT, "version that is not a number",
		st) == -1)
		return -1;
	if (item.n != 2 && item.n != 3)
		return status_set(st, STATUS_BAD_COMMIT, 0,
		    "version %llu, want 2 or 3", (unsigned long long)item.n);
	p->c->version = item.n;
	return 0;
}

static int
read_data(struct parser *p, struct status *st)
{
	struct dagcbor_item item;

	if (want_kind(p, &item, DAGCBOR_LINK, "data that is not a link", st) ==
	    -1)
		return -1;
	if (!cid_is_repo(item.bytes, item.n))
		return dagcbor_fail(&p->d,
		    "data that is not a dag-cbor sha2-256 link", st);
	return cid_parse(&p->c->data, item.bytes, item.n, st) == -1 ? -1 : 0;
}

static int
read_prev(struct parser *p, struct status *st)
{
	struct dagcbor_item item;

	p->prev = true;
	if (dagcbor_next(&p->d, &item, st) == -1)
		return -1;
	if (item.kind == DAGCBOR_NULL)
		return 0;
	if (item.kind == DAGCBOR_LINK)
		return dagcbor_check_link(&p->d, &item, st);
	return dagcbor_fail(&p->d, "prev that is neither link nor null", st);
}

static int
read_sig(struct parser *p, struct status *st)
{
	struct dagcbor_item item;

	if (want_kind(p, &item, DAGCBOR_BYTES, "sig that is not bytes", st) ==
	    -1)
		return -1;
	p->c->sig = item.bytes;
	p->c->sig_len = item.n;
	return 0;
}

static const struct {
	const char *key;
	int (*read)(struct parser *, struct status *);
} fields[] = {
	{ "did", read_did },
	{ "rev", read_rev },
	{ "sig", read_sig },
	{ "data", read_data },
	{ "prev", read_prev },
	{ "version", read_version },
};

static int
read_field(struct parser *p, const struct dagcbor_item *key, size_t start,
    struct status *st)
{
	size_t i, n = sizeof(fields) / sizeof(fields[0]);
	int rc;

	for (i = 0; i < n; i++)
		if (strlen(fields[i].key) == key->n &&
		    memcmp(fields[i].key, key->bytes, key->n) == 0)
			break;
	if (i == n && !syntax_is_utf8((const char *)key->bytes, key->n))
		return dagcbor_fail(&p->d, "key that isn't UTF-8", st);
	if (i == n)
		return dagcbor_skip(&p->d, st);
	rc = fields[i].read(p, st);
	if (rc == 0 && fields[i].read == read_sig) {
		p->c->sig_at = start;
		p->c->sig_end = p->d.at - p->d.start;
	}
	return rc;
}

static int
read_map(struct parser *p, struct status *st)
{
	struct dagcbor_item map, key = { .bytes = NULL };
	size_t start;
	uint64_t i;

	if (want_kind(p, &map, DAGCBOR_MAP, "no map", st) == -1)
		return -1;
	p->c->entries = map.n;
	p->c->entries_at = p->d.at - p->d.start;
	for (i = 0; i < map.n; i++) {
		start = p->d.at - p->d.start;
		if (dagcbor_next_key(&p->d, &key, st) == -1 ||
		    read_field(p, &key, start, st) == -1)
			return -1;
	}
	if (p->d.at != p->d.end)
		return dagcbor_fail(&p->d, "bytes after the map", st);
	return 0;
}

static int
check_rev_syntax(const struct commit *c, struct status *st)
{
	if (c->rev == NULL)
		return status_set(st, STATUS_BAD_REV, 0, "commit has no rev");
	if (!syntax_is_tid(c->rev, c->rev_len))
		return status_set(st, STATUS_BAD_REV, 0,
		    "rev '%.*s' is not a TID",
		    (int)(c->rev_len < 40 ? c->rev_len : 40), c->rev);
	return 0;
}

static int
check_fields(const struct parser *p, struct status *st)
{
	const struct commit *c = p->c;
	const char *lacks = c->version == 0 ? "version" :
	    c->did == NULL                  ? "did" :
	    c->data.len == 0                ? "data" :
	    c->sig == NULL                  ? "sig" :
	    c->version == 3 && !p->prev     ? "prev" :
					      NULL;

	if (lacks != NULL)
		return status_set(st, STATUS_BAD_COMMIT, 0, "commit has no %s",
		    lacks);
	if (c->sig_len != KEY_SIGNATURE_BYTES)
		return status_set(st, STATUS_BAD_COMMIT, 0,
		    "sig of %zu bytes, want %d", c->sig_len,
		    KEY_SIGNATURE_BYTES);
	return check_rev_syntax(c, st);
}

int
commit_parse(struct commit *c, const void *block, size_t len, struct status *st)
{
	struct parser p = { .c = c };
	int rc;

	memset(c, 0, sizeof(*c));
	c->block = block;
	c->block_len = len;
	dagcbor_open(&p.d, block, len);
	if (read_map(&p, st) == -1) {
		st->code = STATUS_BAD_COMMIT;
		rc = status_prefix(st, "commit: ");
	} else
		rc = check_fields(&p, st);
	if (c->rev != NULL && !syntax_is_tid(c->rev, c->rev_len))
		c->rev = NULL;
	return rc;
}

int
commit_find(struct commit *c, const struct cid *root,
    int (*get)(void *ctx, const struct slice *, const uint8_t **block,
	size_t *len, struct status *),
    void *ctx, struct status *st)
{
	struct slice link = slice_make(root->bytes, root->len);
	char text[CID_MAX_TEXT];
	const uint8_t *block;
	size_t len;
	int n;

	if (root->len == 0)
		return status_set(st, STATUS_BAD_CAR, 0, "CAR without a root");
	len = cid_format(text, root->bytes, root->len);
	if (!cid_is_repo(root->bytes, root->len))
		return status_set(st, STATUS_BAD_COMMIT, 0,
		    "root %.*s is not a dag-cbor sha2-256 link", (int)len,
		    text);
	n = get(ctx, &link, &block, &len, st);
	if (n == 0)
		return status_set(st, STATUS_MISSING_BLOCK, 0,
		    "root %.*s is missing", CID_REPO_TEXT, text);
	return n == -1 ? -1 : commit_parse(c, block, len, st);
}

int
commit_check_rev(const struct commit *c, uint64_t now_micros, struct status *st)
{
	if (syntax_tid_micros(c->rev) <= now_micros + COMMIT_FUTURE_MICROS)
		return 0;
	return status_set(st, STATUS_FUTURE_REV, 0,
	    "rev %.*s is more than five minutes in the future", (int)c->rev_len,
	    c->rev);
}

void
commit_unsigned(const struct commit *c, struct buf *out)
{
	const char *block = (const char *)c->block;

	dagcbor_write_map(out, c->entries - 1);
	buf_put(out, block + c->entries_at, c->sig_at - c->entries_at);
	buf_put(out, block + c->sig_end, c->block_len - c->sig_end);
}

int
commit_hash(const struct commit *c, uint8_t hash[32], struct status *st)
{
	struct buf message = { .len = 0 };
	int rc = 0;

	commit_unsigned(c, &message);
	if (message.failed)
		rc = status_no_memory(st);
	else
		hash_sha256(hash, message.data, message.len);
	buf_free(&message);
	return rc;
}

int
commit_verify(const struct commit *c, const struct key *key, struct status *st)
{
	struct key_prepared prepared;
	uint8_t hash[32];
	int rc;

	if (commit_hash(c, hash, st) == -1 ||
	    key_prepare(&prepared, key, st) == -1)
		return -1;
	rc = key_verify_hash(&prepared, hash, c->sig, c->sig_len, st);
	key_prepared_free(&prepared);
	return rc;
}

static int
check_account(const struct commit *c, const struct commit_want *want,
    struct status *st)
{
	if (want->did != NULL &&
	    (c->did_len != want->did_len ||
		memcmp(c->did, want->did, c->did_len) != 0))
		return status_set(st, STATUS_WRONG_DID, 0,
		    "the commit is of %.*s, want %.*s", (int)c->did_len, c->did,
		    (int)want->did_len, want->did);
	return commit_check_rev(c, want->now, st);
}

int
commit_check(const struct commit *c, const struct commit_want *want,
    bool *verified, struct status *st)
{
	const struct key *key = want->signer;

	*verified = false;
	if (check_account(c, want, st) == -1 ||
	    (want->find_signer != NULL &&
		want->find_signer(want->ctx, c, &key, st) == -1))
		return -1;
	if (key == NULL && want->need_signer)
		return status_set(st, STATUS_NO_KEY, 0,
		    "the key of %.*s is unknown", (int)c->did_len, c->did);
	if (key != NULL && commit_verify(c, key, st) == -1)
		return -1;
	*verified = key != NULL;
	return 0;
}

void
commit_write(struct buf *out, const char *did, const char *rev,
    const uint8_t *data_cid, const uint8_t *sig)
{
	dagcbor_write_map(out, sig == NULL ? 5 : 6);
	dagcbor_write_text(out, "did", 3);
	dagcbor_write_text(out, did, strlen(did));
	dagcbor_write_text(out, "rev", 3);
	dagcbor_write_text(out, rev, strlen(rev));
	if (sig != NULL) {
		dagcbor_write_text(out, "sig", 3);
		dagcbor_write_bytes(out, sig, KEY_SIGNATURE_BYTES);
	}
	dagcbor_write_text(out, "data", 4);
	dagcbor_write_link(out, data_cid, CID_REPO_BYTES);
	dagcbor_write_text(out, "prev", 4);
	dagcbor_write_null(out);
	dagcbor_write_text(out, "version", 7);
	dagcbor_write_uint(out, 3);
}

int
commit_sign(struct buf *out, const char *did, const char *rev,
    const uint8_t *data_cid, const struct keypair *pair, struct status *st)
{
	uint8_t sig[KEY_SIGNATURE_BYTES];
	struct buf message = { .len = 0 };
	int rc;

	commit_write(&message, did, rev, data_cid, NULL);
	if (message.failed)
		rc = status_no_memory(st);
	else
		rc = keypair_sign(pair, message.data, message.len, sig, st);
	buf_free(&message);
	if (rc == 0)
		commit_write(out, did, rev, data_cid, sig);
	return rc;
}
