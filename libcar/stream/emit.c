#include "config.h"

#include <string.h>

#include "libcar/data/dagjson.h"
#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/emit.h"

/*
 * Keys come in order, so the keys of one collection are adjacent. What depends
 * on the collection (whether it is valid, whether it is wanted, how a record
 * line begins) is computed once for all of them. After that, at-carwalk spends
 * most time on record lines; see stream_form.
 */

void
emit_begin(struct emit *e, const char *program, const struct filter *filter,
    uint64_t now)
{
	struct json_writer patterns = { &e->patterns, false };

	e->program = program;
	e->filter = filter;
	e->now = now;
	e->errors = 0;
	e->live = false;
	e->patterns.len = 0;
	filter_write(filter, &patterns);
	emit_recount(e);
}

void
emit_recount(struct emit *e)
{
	struct json_writer counts = { &e->counts, false };

	e->keys = e->collections = 0;
	e->now_in.known = e->early = false;
	e->now_in.keys = 0;
	e->counts.len = 0;
	json_write_object(&counts);
}

/* Is the key in the same collection as the previous key? Because the keys come
 * in order, it almost always is. */
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

/* Add the last collection to the counts, whose JSON object is still open. */
static void
finish_count(struct emit *e)
{
	struct emit_collection *c = &e->now_in;
	struct json_writer w = { &e->counts, e->counts.len > 1 };

	if (c->keys == 0 || !c->nsid || !c->wanted)
		return;
	filter_mark(e->filter, c->name.data, c->name.len);
	if (++e->collections > FIELDS_COLLECTIONS_MAX ||
	    e->counts.len > 1 + EMIT_MAX_COUNTS)
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

struct slice
emit_filter(const struct emit *e)
{
	struct slice all = { NULL, 0 };

	return e->filter->count == 0 ?
	    all :
	    slice_make(e->patterns.data, e->patterns.len);
}

/* Did an allocation of this module fail? */
static int
check_memory(const struct emit *e, struct status *st)
{
	if (e->counts.failed || e->patterns.failed || e->form.text.failed ||
	    e->json.failed || e->now_in.name.failed)
		return status_no_memory(st);
	return 0;
}

static int
finish_counts(struct emit *e, struct status *st)
{
	size_t len;

	finish_count(e);
	if (check_memory(e, st) == -1)
		return -1;
	if (e->collections > FIELDS_COLLECTIONS_MAX)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "%zu collections, at most %d", e->collections,
		    FIELDS_COLLECTIONS_MAX);
	len = e->counts.len - 1; /* without the brace */
	if (len > EMIT_MAX_COUNTS)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "collections whose names take %zu bytes, at most %d", len,
		    EMIT_MAX_COUNTS);
	buf_putc(&e->counts, '}');
	return check_memory(e, st);
}

static struct slice
cid_text(char text[CID_MAX_TEXT], const uint8_t *bytes, size_t len)
{
	return slice_make(text, cid_format(text, bytes, len));
}

static void
set_repo(struct emit *e, struct slice did, struct slice rev, const char *source)
{
	e->did = did;
	e->rev = rev;
	e->source = slice_of(source);
	e->now_in.known = false;
}

int
emit_commit(struct emit *e, struct buf *out, const struct repo *repo,
    bool verified, struct stream_number partial, const char *source,
    struct status *st)
{
	const struct commit *c = &repo->commit;
	char cid[CID_MAX_TEXT], data[CID_MAX_TEXT];
	struct stream_commit line = {
		.did = slice_make(c->did, c->did_len),
		.rev = slice_make(c->rev, c->rev_len),
		.cid = cid_text(cid, repo->cid.bytes, repo->cid.len),
		.data = cid_text(data, c->data.bytes, c->data.len),
		.version = stream_number(c->version),
		.signature = slice_of(verified ? "verified" : "unchecked"),
		.records = { !e->early, (int64_t)e->keys },
		.filter = emit_filter(e),
		.partial = partial,
		.source = slice_of(source),
	};

	if (!e->early && finish_counts(e, st) == -1)
		return -1;
	set_repo(e, line.did, line.rev, source);
	return stream_write_commit(out, &line, st);
}

int
emit_recounted(struct emit *e, const struct commit *c, struct status *st)
{
	if (finish_counts(e, st) == -1)
		return -1;
	e->did = slice_make(c->did, c->did_len);
	e->rev = slice_make(c->rev, c->rev_len);
	e->now_in.known = false;
	return 0;
}

void
emit_list(struct emit *e, const char *did, const char *rev)
{
	set_repo(e, slice_of(did), slice_of(rev), "list");
}

void
emit_live(struct emit *e, struct slice did, struct slice rev)
{
	set_repo(e, did, rev, "live");
	e->live = true;
}

/* Make what the record lines of this collection have in common. To a reader
 * without records, all records of a snapshot are new. */
static void
make_form(struct emit *e)
{
	struct stream_record like = {
		.did = e->did,
		.rev = e->rev,
		.collection = slice_make(e->now_in.name.data,
		    e->now_in.name.len),
		.action = slice_of("create"),
		.source = e->source,
	};

	stream_form_make(&e->form, &like);
}

bool
emit_wants(struct emit *e, const uint8_t *key, size_t len)
{
	if (!same_collection(&e->now_in, key, len)) {
		set_collection(e, key, len);
		/* A form for a single record costs more than it saves. */
		if (e->now_in.wanted && !e->live)
			make_form(e);
	}
	return e->now_in.wanted;
}

bool
emit_early_wants(struct emit *e, const uint8_t *key, size_t len)
{
	if (!same_collection(&e->now_in, key, len)) {
		finish_count(e);
		set_collection(e, key, len);
		if (e->now_in.wanted)
			make_form(e);
	}
	e->now_in.keys++;
	e->keys += e->now_in.wanted;
	return e->now_in.wanted;
}

/* Name the record of an error: the bytes of the key before and after the slash,
 * or empty texts if the key has no valid collection. */
static void
set_place(struct stream_error *line, const struct emit_collection *c,
    const struct repo_record *r)
{
	size_t slash = c->name.len + 1;

	line->collection = line->rkey = slice_of("");
	if (!c->nsid)
		return;
	line->collection = slice_make(c->name.data, c->name.len);
	line->rkey = slice_make(r->key + slash, r->key_len - slash);
}

static struct stream_error
begin_error(struct emit *e, const struct repo_record *r, char cid[CID_MAX_TEXT])
{
	struct stream_error line = {
		.program = slice_of(e->program),
		.did = e->did,
		.rev = e->rev,
		.at = e->now,
		.source = e->source,
		.block = slice_make(r->block, r->len),
	};

	if (r->cid_len > 0)
		line.cid = cid_text(cid, r->cid, r->cid_len);
	e->errors++;
	return line;
}

/* deleted: what concerns the key is that it is gone. */
static void
write_error(struct emit *e, struct buf *out, const struct repo_record *r,
    bool deleted, const struct status *why)
{
	char cid[CID_MAX_TEXT];
	struct stream_error line = begin_error(e, r, cid);

	set_place(&line, &e->now_in, r);
	if (deleted)
		line.action = slice_of("delete");
	if (why->code == STATUS_BAD_KEY)
		line.key = slice_make(r->key, r->key_len);
	stream_write_error(out, &line, why, NULL);
}

void
emit_error(struct emit *e, struct buf *out, const struct repo_record *r,
    const struct status *why)
{
	write_error(e, out, r, false, why);
}

void
emit_stray(struct emit *e, struct buf *out, const char *nsid,
    const struct repo_record *r, const struct status *why)
{
	char cid[CID_MAX_TEXT];
	struct stream_error line = begin_error(e, r, cid);

	line.collection = slice_of(nsid);
	stream_write_error(out, &line, why, NULL);
}

static int
encode(struct buf *block, const struct slice *json, struct status *st)
{
	struct json j;

	block->len = 0;
	json_open(&j, json->at, json->len);
	if (dagjson_to_block(block, &j, false, st) == 0)
		return 0;
	if (!status_fatal(st->code))
		st->code = STATUS_BAD_RECORD;
	return -1;
}

int
emit_encode(struct buf *block, struct repo_record *r, const struct slice *json,
    struct status *st)
{
	uint8_t cid[CID_REPO_BYTES];

	if (r->cid_len == 0 || json->at == NULL)
		return status_set(st, STATUS_BAD_RECORD, 0,
		    "the record or a valid CID of it is missing");
	if (encode(block, json, st) == -1)
		return -1;
	cid_of_block(cid, block->data, block->len);
	if (r->cid_len != sizeof(cid) || memcmp(r->cid, cid, sizeof(cid)) != 0)
		return status_set(st, STATUS_BAD_RECORD, 0,
		    "the record doesn't have the hash of its CID");
	r->block = (const uint8_t *)block->data;
	r->len = block->len;
	return 0;
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

static int
write_record(struct emit *e, struct buf *out, const struct repo_record *r,
    struct status *st)
{
	size_t slash = e->now_in.name.len + 1;
	struct slice rkey = slice_make(r->key + slash, r->key_len - slash),
		     cid = slice_make(r->cid, r->cid_len);

	stream_form_begin(&e->form, out, &rkey, &cid);
	if (dagjson_from_block(out, r->block, r->len, st) == -1)
		return -1;
	stream_form_end(&e->form, out);
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

static int
write_change(struct emit *e, struct buf *out, const struct repo_record *r,
    const char *action, const struct slice *prev, struct status *st)
{
	size_t slash = e->now_in.name.len + 1;
	char cid[CID_MAX_TEXT], before[CID_MAX_TEXT];
	struct stream_record line = {
		.did = e->did,
		.rev = e->rev,
		.collection = slice_make(e->now_in.name.data,
		    e->now_in.name.len),
		.rkey = slice_make(r->key + slash, r->key_len - slash),
		.action = slice_of(action),
		.source = e->source,
	};

	if (r->cid_len > 0)
		line.cid = cid_text(cid, r->cid, r->cid_len);
	if (prev->at != NULL)
		line.prev = cid_text(before, slice_bytes(prev), prev->len);
	e->json.len = 0;
	if (r->block != NULL) {
		if (dagjson_from_block(&e->json, r->block, r->len, st) == -1)
			return -1;
		line.record = slice_make(e->json.data, e->json.len);
	}
	return stream_write_record(out, &line, st);
}

int
emit_change(struct emit *e, struct buf *out, const struct repo_record *r,
    const char *action, const struct slice *prev, struct status *st)
{
	if (check_memory(e, st) == -1)
		return -1;
	if (check_key(e, r, st) == 0 &&
	    write_change(e, out, r, action, prev, st) == 0)
		return 0;
	if (status_fatal(st->code))
		return -1;
	write_error(e, out, r, strcmp(action, "delete") == 0, st);
	return 0;
}

int
emit_end(struct emit *e, struct buf *out, struct stream_number partial,
    struct status *st)
{
	struct stream_end line = {
		.did = e->did,
		.rev = e->rev,
		.errors = stream_number((int64_t)e->errors),
		.filter = emit_filter(e),
		.partial = partial,
		.source = e->source,
	};

	if (e->early && finish_counts(e, st) == -1)
		return -1;
	line.collections = slice_make(e->counts.data, e->counts.len);
	return stream_write_end(out, &line, st);
}

int
emit_unchanged(struct emit *e, struct buf *out, const struct commit *c,
    struct status *st)
{
	struct stream_end line = {
		.did = stream_text(slice_make(c->did, c->did_len)),
		.rev = stream_text(slice_make(c->rev, c->rev_len)),
		.filter = emit_filter(e),
		.unchanged = STREAM_TRUE,
	};

	return check_memory(e, st) == -1 ? -1 :
					   stream_write_end(out, &line, st);
}

void
emit_free(struct emit *e)
{
	buf_free(&e->patterns);
	buf_free(&e->counts);
	stream_form_free(&e->form);
	buf_free(&e->json);
	buf_free(&e->now_in.name);
}
