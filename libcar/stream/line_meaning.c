#include "config.h"

#include <string.h>

#include "libcar/base/hash.h"
#include "libcar/data/json.h"
#include "libcar/stream/form.h"
#include "libcar/stream/line_meaning_private.h"
#include "libcar/stream/rfc3339.h"

/*
 * One function for each type says which fields it needs and which of them
 * exclude each other. The fields have their forms already: form.c checked them
 * while line_fields.c read them.
 */

static const char *const sources[] = {
	[LINE_CAR] = "car",
	[LINE_LIST] = "list",
	[LINE_PART] = "part",
	[LINE_LIVE] = "live",
};

static int
bad(struct status *st, const char *what)
{
	return status_set(st, STATUS_BAD_LINE, 0, "%s", what);
}

static int
need(const struct slice *t, const char *name, struct status *st)
{
	if (t->at == NULL)
		return status_set(st, STATUS_BAD_LINE, 0, "no %s", name);
	return 0;
}

static int
need_did(const struct line *l, struct status *st)
{
	return need(&l->did, "did", st);
}

static int
need_rev(const struct line *l, struct status *st)
{
	return need(&l->rev, "rev", st);
}

bool
line_meaning_source(struct line *l)
{
	size_t i;

	l->source = LINE_CAR;
	if (l->source_name.at == NULL)
		return true;
	for (i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (slice_is(&l->source_name, sources[i])) {
			l->source = i;
			return true;
		}
	return false;
}

/* Only an event stream says that a record was deleted. */
static int
read_delete(struct line *l, struct status *st)
{
	if (!slice_is(&l->action, "delete"))
		return 0;
	l->is_delete = true;
	return l->source == LINE_LIVE ?
	    0 :
	    bad(st, "a delete whose source isn't live");
}

static int
check_record(struct line *l, struct status *st)
{
	if (need_did(l, st) == -1 || need_rev(l, st) == -1 ||
	    need(&l->collection, "collection", st) == -1 ||
	    need(&l->rkey, "rkey", st) == -1)
		return -1;
	if (read_delete(l, st) == -1 || l->is_delete)
		return l->source == LINE_LIVE ? 0 : -1;
	if (need(&l->cid, "cid", st) == -1)
		return -1;
	return need(&l->record, "record", st);
}

/* Only the end of a listing may have an empty filter. */
static int
check_filter(const struct line *l, struct status *st)
{
	struct json j;

	if (l->filter.at == NULL ||
	    (l->type == LINE_END && l->source == LINE_LIST))
		return 0;
	json_open(&j, l->filter.at, l->filter.len);
	json_next(&j, st);
	if (json_next(&j, st) != JSON_STRING)
		return bad(st, "filter is empty");
	return 0;
}

/* Keep the beginning, and add a hash of the whole. */
static void
cut(struct slice *t, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[32];
	size_t start = out->len, n = LINE_KEY_BYTES - 3 - sizeof(digest), i;

	if (t->len <= LINE_KEY_BYTES)
		return;
	while ((t->at[n] & 0xc0) == 0x80)
		n--;
	hash_sha256(digest, t->at, t->len);
	buf_put(out, t->at, n);
	buf_puts(out, "...");
	for (i = 0; i < sizeof(digest) / 2; i++) {
		buf_putc(out, digits[digest[i] >> 4]);
		buf_putc(out, digits[digest[i] & 15]);
	}
	*t = (struct slice){ out->data + start, out->len - start };
}

static int
cut_keys(struct line *l, struct status *st)
{
	l->cut.len = 0;
	if (l->key.len <= LINE_KEY_BYTES && l->input.len <= LINE_KEY_BYTES &&
	    l->program.len <= LINE_KEY_BYTES)
		return 0;
	if (buf_reserve(&l->cut, 3 * LINE_KEY_BYTES) == NULL)
		return status_no_memory(st);
	cut(&l->key, &l->cut);
	cut(&l->input, &l->cut);
	cut(&l->program, &l->cut);
	return 0;
}

/* A job's `key` may be any JSON; a record's `key` is a string or bytes. */
static bool
is_key(const struct slice *json)
{
	return json->at != NULL && (*json->at == '"' || *json->at == '{');
}

/* Check an error about a record. */
static int
check_record_error(struct line *l, struct status *st)
{
	if (need_rev(l, st) == -1 || read_delete(l, st) == -1)
		return -1;
	if (l->key.at != NULL && !is_key(&l->key))
		return bad(st, "key is not a string or bytes");
	if (l->key.at != NULL)
		return 0;
	if (l->collection.len == 0)
		return bad(st, "no key");
	return form_check_text(FIELDS_FORM_RKEY, "rkey", &l->rkey, st);
}

static int
check_error(struct line *l, struct status *st)
{
	if (cut_keys(l, st) == -1 || need(&l->error, "error", st) == -1)
		return -1;
	if (l->collection.at == NULL)
		return 0;
	if (need_did(l, st) == -1)
		return -1;
	if (l->rkey.at != NULL || l->key.at != NULL)
		return check_record_error(l, st);
	return form_check_text(FIELDS_FORM_NSID, "collection", &l->collection,
	    st);
}

static int
check_cursor(const struct line *l, struct status *st)
{
	if (need(&l->cursor, "cursor", st) == -1)
		return -1;
	if (l->did.at == NULL)
		return need(&l->service, "did or service", st);
	return need_rev(l, st);
}

/* An end must have collections, because missing ones would mean zero. */
static int
check_end(struct line *l, struct status *st)
{
	if (need_did(l, st) == -1 || need_rev(l, st) == -1 ||
	    check_filter(l, st) == -1)
		return -1;
	if (l->unchanged != 1)
		return need(&l->collections, "collections", st);
	if (l->collections.at != NULL)
		return bad(st, "unchanged and collections");
	return 0;
}

static int
check_plc(const struct line *l, struct status *st)
{
	if (need_did(l, st) == -1 || need(&l->cid, "cid", st) == -1 ||
	    need(&l->created_at, "createdAt", st) == -1)
		return -1;
	return need(&l->operation, "operation", st);
}

static int
check_blob(const struct line *l, struct status *st)
{
	return need_did(l, st) == -1 ? -1 : need(&l->cid, "cid", st);
}

static int
check_type(struct line *l, struct status *st)
{
	switch (l->type) {
	case LINE_RECORD:
		return check_record(l, st);
	case LINE_COMMIT:
		if (need_did(l, st) == -1 || need_rev(l, st) == -1)
			return -1;
		return check_filter(l, st);
	case LINE_END:
		return check_end(l, st);
	case LINE_ERROR:
		return check_error(l, st);
	case LINE_HOST:
		return need(&l->host, "host", st);
	case LINE_CURSOR:
		return check_cursor(l, st);
	case LINE_IDENTITY:
	case LINE_REPO:
	case LINE_ACCOUNT:
		return need_did(l, st);
	case LINE_PLC:
		return check_plc(l, st);
	case LINE_BLOB:
		return check_blob(l, st);
	case LINE_UNKNOWN:
	case LINE_BLANK:
		break;
	}
	return 0;
}

int
line_meaning_check(struct line *l, struct status *st)
{
	if (need(&l->name, "type", st) == -1)
		return -1;
	l->at_ms = rfc3339_parse(&l->at);
	line_meaning_source(l);
	return check_type(l, st);
}
