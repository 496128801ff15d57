#include "config.h"

#include <string.h>

#include "libcar/data/dagjson.h"
#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/job.h"
#include "libcar/stream/rfc3339.h"

void
emit_begin(struct emit *e, const struct filter *filter, uint64_t now)
{
	e->filter = filter;
	e->now = now;
	e->keys = e->errors = 0;
	e->counts.len = 0;
	e->now_in.known = false;
	e->now_in.keys = 0;
}

/* Is the key in the same collection as the one before? The keys come in
 * order, so that almost always it is. */
static inline bool
same_collection(const struct emit_collection *c, const uint8_t *key, size_t len)
{
	return c->known && len > c->name.len && key[c->name.len] == '/' &&
	    memcmp(key, c->name.data, c->name.len) == 0;
}

static void
set_collection(struct emit *e, const uint8_t *key, size_t len)
{
	struct emit_collection *c = &e->now_in;
	const uint8_t *slash = memchr(key, '/', len);

	c->name.len = 0;
	buf_put(&c->name, key, slash == NULL ? len : (size_t)(slash - key));
	c->known = slash != NULL && c->name.len > 0;
	c->nsid = c->known && syntax_is_nsid(c->name.data, c->name.len);
	c->wanted = filter_covers(e->filter, c->name.data, c->name.len);
	c->keys = 0;
}

static void
finish_count(struct emit *e)
{
	struct emit_collection *c = &e->now_in;
	struct json_writer w = { &e->counts, e->counts.len > 0 };

	if (c->keys == 0 || !c->nsid || !c->wanted ||
	    e->counts.len > EMIT_MAX_COUNTS)
		return;
	json_write_key_n(&w, c->name.data, c->name.len);
	json_write_integer(&w, c->keys);
}

void
emit_count(struct emit *e, const uint8_t *key, size_t len)
{
	if (!same_collection(&e->now_in, key, len)) {
		finish_count(e);
		set_collection(e, key, len);
	}
	e->now_in.keys++;
	e->keys += e->now_in.wanted;
}

static void
write_lost(struct json_writer *w, int64_t lost)
{
	if (lost == -1)
		return;
	json_write_key(w, "partial");
	json_write_integer(w, lost);
}

static void
write_text(struct json_writer *w, const char *key, const char *text, size_t len)
{
	json_write_key(w, key);
	json_write_string(w, text, len);
}

static void
write_cid(struct json_writer *w, const char *key, const uint8_t *bytes,
    size_t len)
{
	char text[CID_MAX_TEXT];

	write_text(w, key, text, cid_format(text, bytes, len));
}

static void
write_head(struct json_writer *w, const char *type, const char *did,
    size_t did_len, const char *rev, size_t rev_len)
{
	json_write_object(w);
	json_write_member(w, "type", type);
	write_text(w, "did", did, did_len);
	write_text(w, "rev", rev, rev_len);
}

static void
write_commit_head(struct json_writer *w, const char *type,
    const struct commit *c)
{
	write_head(w, type, c->did, c->did_len, c->rev, c->rev_len);
}

/* What all record lines begin with. */
static void
set_repo_prefix(struct emit *e, const char *did, size_t did_len,
    const char *rev, size_t rev_len)
{
	struct json_writer w = { &e->prefix, false };

	e->prefix.len = 0;
	write_head(&w, "record", did, did_len, rev, rev_len);
	e->prefix_repo = e->prefix.len;
}

static void
write_tail(struct json_writer *w)
{
	json_write_object_end(w);
	buf_putc(w->out, '\n');
}

/* Has memory lacked for what this module keeps? */
static int
check_memory(const struct emit *e, struct status *st)
{
	if (e->counts.failed || e->prefix.failed || e->now_in.name.failed)
		return status_set(st, STATUS_SYSTEM, 0, "no memory");
	return 0;
}

int
emit_commit(struct emit *e, struct buf *out, const struct repo *repo,
    bool verified, int64_t lost, const char *source, struct status *st)
{
	const struct commit *c = &repo->commit;
	struct json_writer w = { out, false };

	finish_count(e);
	if (check_memory(e, st) == -1)
		return -1;
	if (e->counts.len > EMIT_MAX_COUNTS)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "collections whose names take %zu bytes, at most %d",
		    e->counts.len, EMIT_MAX_COUNTS);
	e->now_in.known = false;
	e->program = "at-carwalk";
	e->source = source;
	write_commit_head(&w, "commit", c);
	write_cid(&w, "cid", repo->cid.bytes, repo->cid.len);
	write_cid(&w, "data", c->data.bytes, c->data.len);
	json_write_key(&w, "version");
	json_write_integer(&w, c->version);
	json_write_member(&w, "signature", verified ? "verified" : "unchecked");
	json_write_key(&w, "records");
	json_write_integer(&w, e->keys);
	filter_write(e->filter, &w);
	write_lost(&w, lost);
	json_write_member(&w, "source", source);
	write_tail(&w);
	set_repo_prefix(e, c->did, c->did_len, c->rev, c->rev_len);
	return 0;
}

int
emit_list(struct emit *e, const char *program, const char *did, const char *rev,
    struct status *st)
{
	e->program = program;
	e->source = "list";
	e->now_in.known = false;
	set_repo_prefix(e, did, strlen(did), rev, strlen(rev));
	return check_memory(e, st);
}

/* The part of a record line before its rkey. */
static void
set_prefix(struct emit *e)
{
	struct json_writer w = { &e->prefix, true };

	e->prefix.len = e->prefix_repo;
	write_text(&w, "collection", e->now_in.name.data, e->now_in.name.len);
	buf_puts(&e->prefix, ",\"rkey\":\"");
}

bool
emit_wants(struct emit *e, const uint8_t *key, size_t len)
{
	if (!same_collection(&e->now_in, key, len)) {
		set_collection(e, key, len);
		set_prefix(e);
	}
	return e->now_in.wanted;
}

static void
write_key(struct json_writer *w, const char *name, const uint8_t *text,
    size_t len)
{
	json_write_key(w, name);
	if (syntax_is_utf8((const char *)text, len))
		json_write_string(w, (const char *)text, len);
	else
		json_write_bytes(w, text, len);
}

void
emit_error(struct emit *e, struct buf *out, const struct repo_record *r,
    const struct status *why)
{
	struct json_writer w = { out, false };
	const struct emit_collection *c = &e->now_in;
	size_t slash = c->nsid ? c->name.len + 1 : r->key_len;
	char at[RFC3339_BYTES];

	rfc3339_format(at, e->now);
	e->errors++;
	json_write_object(&w);
	json_write_member(&w, "type", "error");
	json_write_member(&w, "program", e->program);
	buf_put(out, e->prefix.data + strlen("{\"type\":\"record\""),
	    e->prefix_repo - strlen("{\"type\":\"record\""));
	write_text(&w, "collection", c->name.data, c->nsid ? c->name.len : 0);
	write_key(&w, "rkey", r->key + slash, r->key_len - slash);
	if (why->code == STATUS_BAD_KEY)
		write_key(&w, "key", r->key, r->key_len);
	write_cid(&w, "cid", r->cid, r->cid_len);
	json_write_member(&w, "error", status_name(why->code));
	json_write_member(&w, "message", why->msg);
	json_write_key(&w, "retry");
	json_write_bool(&w, false);
	json_write_member(&w, "at", at);
	json_write_member(&w, "source", e->source);
	if (r->block != NULL) {
		json_write_key(&w, "record");
		json_write_bytes(&w, r->block, r->len);
	}
	write_tail(&w);
}

static int
check_key(const struct emit *e, const struct repo_record *r, struct status *st)
{
	const struct emit_collection *c = &e->now_in;
	size_t slash = c->name.len + 1;

	if (!c->nsid)
		return status_set(st, STATUS_BAD_KEY, 0,
		    "key without a collection");
	if (!syntax_is_rkey((const char *)r->key + slash, r->key_len - slash))
		return status_set(st, STATUS_BAD_KEY, slash, "bad record key");
	return 0;
}

/* No character of a record key needs an escape. */
static int
write_record(struct emit *e, struct buf *out, const struct repo_record *r,
    struct status *st)
{
	static const char middle[] = "\",\"action\":\"create\",\"source\":\"";
	size_t slash = e->now_in.name.len + 1;
	char *p;

	buf_put(out, e->prefix.data, e->prefix.len);
	buf_put(out, r->key + slash, r->key_len - slash);
	buf_put(out, middle, sizeof(middle) - 1);
	buf_puts(out, e->source);
	buf_put(out, "\",\"cid\":\"", 9);
	if ((p = buf_reserve(out, CID_MAX_TEXT)) != NULL)
		out->len += cid_format(p, r->cid, r->cid_len);
	buf_put(out, "\",\"record\":", 11);
	if (dagjson_from_block(out, r->block, r->len, st) == -1)
		return -1;
	buf_put(out, "}\n", 2);
	return 0;
}

int
emit_record(struct emit *e, struct buf *out, const struct repo_record *r,
    struct status *st)
{
	size_t start = out->len;

	if (check_memory(e, st) == -1)
		return -1;
	if (check_key(e, r, st) == 0 && write_record(e, out, r, st) == 0)
		return 0;
	out->len = start;
	if (status_fatal(st->code))
		return -1;
	emit_error(e, out, r, st);
	return 0;
}

void
emit_end(struct emit *e, struct buf *out, const struct repo *repo, int64_t lost)
{
	struct json_writer w = { out, false };

	write_commit_head(&w, "end", &repo->commit);
	json_write_key(&w, "collections");
	json_write_object(&w);
	json_write_raw(&w, e->counts.data, e->counts.len);
	json_write_object_end(&w);
	json_write_key(&w, "errors");
	json_write_integer(&w, e->errors);
	filter_write(e->filter, &w);
	write_lost(&w, lost);
	json_write_member(&w, "source", e->source);
	write_tail(&w);
}

void
emit_free(struct emit *e)
{
	buf_free(&e->counts);
	buf_free(&e->prefix);
	buf_free(&e->now_in.name);
}
