#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/basen.h"
#include "libcar/data/cid.h"
#include "libcar/data/dagcbor.h"
#include "libcar/data/dagjson.h"

/*
 * A block becomes JSON in one pass. Memory for the worst case is reserved
 * first, DAGJSON_FACTOR times the block's length, so the loops don't check for
 * room. From JSON, the entries of an object are written in the order of the
 * text and then sorted, because a map begins with the number of its entries,
 * and DAG-CBOR prescribes their order.
 */

#define MAX_DOUBLE 9007199254740992.0 /* 2^53: whole numbers are exact */

/* Converts a block to JSON; out has room for all of it. */
struct converter {
	struct dagcbor d;
	char *out;
	unsigned depth;
};

static int convert(struct converter *, const struct dagcbor_item *,
    struct status *);

static inline void
put(struct converter *c, char byte)
{
	*c->out++ = byte;
}

static inline void
put_literal(struct converter *c, const char *text, size_t len)
{
	memcpy(c->out, text, len);
	c->out += len;
}

static void
put_integer(struct converter *c, const struct dagcbor_item *item)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t n = item->n;

	if (item->kind == DAGCBOR_NEGINT) {
		put(c, '-');
		n++;
	}
	do
		*--p = '0' + n % 10;
	while ((n /= 10) > 0);
	put_literal(c, p, digits + sizeof(digits) - p);
}

static int
put_text(struct converter *c, const struct dagcbor_item *item,
    struct status *st)
{
	bool bad = false;

	c->out = json_quote(c->out, (const char *)item->bytes, item->n, &bad);
	return bad ? dagcbor_fail(&c->d, "text that isn't UTF-8", st) : 0;
}

static int
put_link(struct converter *c, const struct dagcbor_item *item,
    struct status *st)
{
	if (dagcbor_check_link(&c->d, item, st) == -1)
		return -1;
	put_literal(c, "{\"$link\":\"", 10);
	c->out += cid_format(c->out, item->bytes, item->n);
	put_literal(c, "\"}", 2);
	return 0;
}

static void
put_bytes(struct converter *c, const struct dagcbor_item *item)
{
	put_literal(c, "{\"$bytes\":\"", 11);
	c->out += base64_format(c->out, item->bytes, item->n);
	put_literal(c, "\"}", 2);
}

static int
convert_next(struct converter *c, struct status *st)
{
	struct dagcbor_item item;

	if (dagcbor_next(&c->d, &item, st) == -1)
		return -1;
	return convert(c, &item, st);
}

static int
convert_array(struct converter *c, uint64_t entries, struct status *st)
{
	put(c, '[');
	for (; entries > 0; entries--) {
		if (convert_next(c, st) == -1)
			return -1;
		if (entries > 1)
			put(c, ',');
	}
	put(c, ']');
	return 0;
}

static bool
is_reserved(const struct dagcbor_item *key)
{
	return (key->n == 5 && memcmp(key->bytes, "$link", 5) == 0) ||
	    (key->n == 6 && memcmp(key->bytes, "$bytes", 6) == 0);
}

static int
convert_map(struct converter *c, uint64_t entries, struct status *st)
{
	struct dagcbor_item key = { .bytes = NULL };

	put(c, '{');
	for (; entries > 0; entries--) {
		if (dagcbor_next_key(&c->d, &key, st) == -1)
			return -1;
		if (is_reserved(&key))
			return dagcbor_fail(&c->d,
			    "key $link or $bytes, which JSON "
			    "can't say",
			    st);
		if (put_text(c, &key, st) == -1)
			return -1;
		put(c, ':');
		if (convert_next(c, st) == -1)
			return -1;
		if (entries > 1)
			put(c, ',');
	}
	put(c, '}');
	return 0;
}

static int
convert_container(struct converter *c, const struct dagcbor_item *item,
    struct status *st)
{
	int rc;

	if (c->depth == DAGCBOR_MAX_DEPTH)
		return dagcbor_fail(&c->d, "nested too deeply", st);
	c->depth++;
	rc = item->kind == DAGCBOR_MAP ? convert_map(c, item->n, st) :
					 convert_array(c, item->n, st);
	c->depth--;
	return rc;
}

static int
convert(struct converter *c, const struct dagcbor_item *item, struct status *st)
{
	switch (item->kind) {
	case DAGCBOR_UINT:
	case DAGCBOR_NEGINT:
		put_integer(c, item);
		return 0;
	case DAGCBOR_TEXT:
		return put_text(c, item, st);
	case DAGCBOR_BYTES:
		put_bytes(c, item);
		return 0;
	case DAGCBOR_LINK:
		return put_link(c, item, st);
	case DAGCBOR_ARRAY:
	case DAGCBOR_MAP:
		return convert_container(c, item, st);
	case DAGCBOR_FALSE:
		put_literal(c, "false", 5);
		return 0;
	case DAGCBOR_TRUE:
		put_literal(c, "true", 4);
		return 0;
	case DAGCBOR_NULL:
		put_literal(c, "null", 4);
		return 0;
	}
	return dagcbor_fail(&c->d, "unknown kind", st);
}

int
dagjson_from_block(struct buf *out, const void *block, size_t len,
    struct status *st)
{
	struct converter c = { .depth = 0 };
	struct dagcbor_item item;

	if (len > DAGJSON_MAX_RECORD)
		return status_set(st, STATUS_TOO_LARGE, 0,
		    "record of %zu bytes, at most %d", len, DAGJSON_MAX_RECORD);
	c.out = buf_reserve(out, len * DAGJSON_FACTOR);
	if (c.out == NULL)
		return status_no_memory(st);
	dagcbor_open(&c.d, block, len);
	if (dagcbor_next(&c.d, &item, st) == -1)
		return -1;
	if (item.kind != DAGCBOR_MAP)
		return dagcbor_fail(&c.d, "record that isn't a map", st);
	if (convert(&c, &item, st) == -1)
		return -1;
	if (c.d.at != c.d.end)
		return dagcbor_fail(&c.d, "bytes after the value", st);
	out->len = c.out - out->data;
	return 0;
}

/* An entry of a JSON object that becomes a map. The entries are in the output,
 * one after the other, until they are sorted. */
struct entry {
	size_t at, key_len, len; /* in the output; encoded lengths */
};

struct encoder {
	struct buf *out;
	struct json *json;
	struct buf text;    /* of keys and strings */
	struct buf entries; /* struct entry, of all open objects */
	struct buf sorted;  /* scratch */
	unsigned depth;
	bool typed;
};

/* What an object says about itself. */
struct form {
	bool blob, ref, mime_type, size;
	size_t members;
};

static int encode(struct encoder *, enum json_kind, struct status *);

static int
bad(const struct encoder *e, const char *what, struct status *st)
{
	return status_set(st, STATUS_BAD_RECORD, e->json->at - e->json->text,
	    "JSON: %s at byte %zu", what,
	    (size_t)(e->json->at - e->json->text));
}

static enum json_kind
next(struct encoder *e, struct status *st)
{
	enum json_kind kind = json_next(e->json, st);

	if (kind == JSON_ERROR)
		st->code = STATUS_BAD_RECORD;
	return kind;
}

static int
encode_number(struct encoder *e, struct status *st)
{
	char text[64];
	int64_t value;
	double d;

	if (e->json->integer) {
		if (json_integer(e->json, &value) == -1)
			return bad(e, "integer beyond 64 signed bits", st);
	} else {
		if (e->json->tok_len >= sizeof(text))
			return bad(e, "float", st);
		memcpy(text, e->json->tok, e->json->tok_len);
		text[e->json->tok_len] = '\0';
		d = strtod(text, NULL);
		if (!(d >= -MAX_DOUBLE && d <= MAX_DOUBLE) ||
		    d != (double)(int64_t)d)
			return bad(e, "float", st);
		value = d;
	}
	if (value < 0)
		dagcbor_write_negint(e->out, -1 - value);
	else
		dagcbor_write_uint(e->out, value);
	return 0;
}

static void
read_text(struct encoder *e)
{
	e->text.len = 0;
	json_text(e->json, &e->text);
}

/* {"$link": …} or {"$bytes": …}, after that key. */
static int
encode_special(struct encoder *e, bool link, struct status *st)
{
	uint8_t cid[CID_MAX_BYTES];
	ssize_t n;
	char *p;

	if (next(e, st) != JSON_STRING)
		return bad(e, "$link or $bytes that isn't a string", st);
	read_text(e);
	if (link) {
		n = cid_from_text(cid, e->text.data, e->text.len, st);
		if (n == -1)
			return bad(e, "$link that is not a CID", st);
		dagcbor_write_link(e->out, cid, n);
	} else {
		if ((p = malloc(e->text.len + 1)) == NULL)
			return status_no_memory(st);
		n = base64_parse((uint8_t *)p, e->text.len, e->text.data,
		    e->text.len);
		if (n >= 0)
			dagcbor_write_bytes(e->out, p, n);
		free(p);
		if (n == -1)
			return bad(e, "$bytes that isn't base64", st);
	}
	if (next(e, st) != JSON_OBJECT_END)
		return bad(e, "$link or $bytes beside other keys", st);
	return 0;
}

static bool
text_is(const struct encoder *e, const char *text)
{
	return e->text.len == strlen(text) &&
	    memcmp(e->text.data, text, e->text.len) == 0;
}

enum member { OTHER, TYPE, REF, MIME_TYPE, SIZE };

static enum member
which_member(const struct encoder *e)
{
	if (text_is(e, "$type"))
		return TYPE;
	if (text_is(e, "ref"))
		return REF;
	if (text_is(e, "mimeType"))
		return MIME_TYPE;
	return text_is(e, "size") ? SIZE : OTHER;
}

static int
note_member(const struct encoder *e, struct form *form, enum member which,
    enum json_kind kind, size_t at, struct status *st)
{
	switch (which) {
	case TYPE:
		if (kind != JSON_STRING || e->text.len == 0)
			return bad(e, "$type that says nothing", st);
		form->blob = text_is(e, "blob");
		break;
	case REF:
		form->ref = (uint8_t)e->out->data[at] == 0xd8;
		break;
	case MIME_TYPE:
		form->mime_type = kind == JSON_STRING && e->text.len > 0;
		break;
	case SIZE:
		form->size = (uint8_t)e->out->data[at] >> 5 == 0;
		break;
	case OTHER:
		break;
	}
	return 0;
}

static int
encode_member(struct encoder *e, struct form *form, struct status *st)
{
	struct entry entry = { .at = e->out->len };
	enum member which = OTHER;
	enum json_kind kind;

	read_text(e);
	if (e->text.len > DAGCBOR_MAX_KEY)
		return bad(e, "key of too many bytes", st);
	if (text_is(e, "$link") || text_is(e, "$bytes"))
		return bad(e, "$link or $bytes beside other keys", st);
	if (e->typed)
		which = which_member(e);
	dagcbor_write_text(e->out, e->text.data, e->text.len);
	entry.key_len = e->out->len - entry.at;
	if ((kind = next(e, st)) == JSON_ERROR || encode(e, kind, st) == -1)
		return -1;
	if (e->out->failed)
		return 0;
	entry.len = e->out->len - entry.at;
	buf_put(&e->entries, &entry, sizeof(entry));
	if (++form->members > DAGCBOR_MAX_ENTRIES)
		return bad(e, "object with too many members", st);
	return note_member(e, form, which, kind, entry.at + entry.key_len, st);
}

static int
by_key(const void *left, const void *right, void *data)
{
	const struct entry *a = left, *b = right;
	const char *out = data;
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;

	/* The heads of encoded keys order them by length first. */
	return memcmp(out + a->at, out + b->at, n);
}

/* Sort the entries from `first` of e->entries on, and write the map's head
 * before them. */
static int
sort_members(struct encoder *e, size_t first, size_t start, struct status *st)
{
	size_t i, n = (e->entries.len - first) / sizeof(struct entry);
	struct entry *entry;

	if (e->out->failed || e->entries.failed)
		return 0;
	entry = n == 0 ? NULL : (struct entry *)(e->entries.data + first);
	if (n > 1)
		qsort_r(entry, n, sizeof(*entry), by_key, e->out->data);
	e->sorted.len = 0;
	dagcbor_write_map(&e->sorted, n);
	for (i = 0; i < n; i++) {
		if (i > 0 &&
		    by_key(&entry[i - 1], &entry[i], e->out->data) == 0)
			return bad(e, "key that comes twice", st);
		buf_put(&e->sorted, e->out->data + entry[i].at, entry[i].len);
	}
	e->out->len = start;
	e->entries.len = first;
	buf_put(e->out, e->sorted.data, e->sorted.len);
	return 0;
}

static int
encode_object(struct encoder *e, struct status *st)
{
	size_t first = e->entries.len, start = e->out->len;
	struct form form = { .blob = false };
	enum json_kind kind;

	while ((kind = next(e, st)) == JSON_KEY) {
		if (form.members == 0 &&
		    (json_is(e->json, "$link") || json_is(e->json, "$bytes")))
			return encode_special(e, json_is(e->json, "$link"), st);
		if (encode_member(e, &form, st) == -1)
			return -1;
	}
	if (kind == JSON_ERROR)
		return -1;
	if (e->depth > DAGCBOR_MAX_DEPTH)
		return bad(e, "nested too deeply", st);
	if (form.blob && !(form.ref && form.mime_type && form.size))
		return bad(e, "malformed blob", st);
	return sort_members(e, first, start, st);
}

static int
encode_array(struct encoder *e, struct status *st)
{
	size_t start = e->out->len;
	uint64_t entries = 0;
	enum json_kind kind;

	while ((kind = next(e, st)) != JSON_ARRAY_END) {
		if (kind == JSON_ERROR || encode(e, kind, st) == -1)
			return -1;
		if (++entries > DAGCBOR_MAX_ENTRIES)
			return bad(e, "array with too many elements", st);
	}
	if (e->out->failed)
		return 0;
	e->sorted.len = 0;
	dagcbor_write_array(&e->sorted, entries);
	if (entries > 0)
		buf_put(&e->sorted, e->out->data + start, e->out->len - start);
	e->out->len = start;
	buf_put(e->out, e->sorted.data, e->sorted.len);
	return 0;
}

static int
encode_container(struct encoder *e, enum json_kind kind, struct status *st)
{
	int rc;

	/* An object one deeper may turn out to be a link or bytes. */
	if (e->depth == DAGCBOR_MAX_DEPTH + (kind == JSON_OBJECT))
		return bad(e, "nested too deeply", st);
	e->depth++;
	rc = kind == JSON_OBJECT ? encode_object(e, st) : encode_array(e, st);
	e->depth--;
	return rc;
}

static int
encode(struct encoder *e, enum json_kind kind, struct status *st)
{
	switch (kind) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		return encode_container(e, kind, st);
	case JSON_STRING:
		read_text(e);
		dagcbor_write_text(e->out, e->text.data, e->text.len);
		return 0;
	case JSON_NUMBER:
		return encode_number(e, st);
	case JSON_TRUE:
	case JSON_FALSE:
		dagcbor_write_bool(e->out, kind == JSON_TRUE);
		return 0;
	case JSON_NULL:
		dagcbor_write_null(e->out);
		return 0;
	default:
		return bad(e, "no value", st);
	}
}

int
dagjson_to_block(struct buf *out, struct json *json, bool typed,
    struct status *st)
{
	struct encoder e = { .out = out, .json = json, .typed = typed };
	size_t start = out->len;
	enum json_kind kind;
	int rc = -1;

	if ((kind = next(&e, st)) != JSON_ERROR)
		rc = encode(&e, kind, st);
	if (rc == 0 &&
	    (out->failed || e.text.failed || e.entries.failed ||
		e.sorted.failed))
		rc = status_no_memory(st);
	if (rc == -1)
		out->len = start;
	buf_free(&e.text);
	buf_free(&e.entries);
	buf_free(&e.sorted);
	return rc;
}
