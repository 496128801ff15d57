#include "config.h"

#include <string.h>

#include "libcar/data/json.h"
#include "libcar/data/syntax.h"
#include "libcar/stream/form.h"
#include "libcar/stream/line.h"
#include "libcar/stream/line_fields_private.h"
#include "libcar/stream/line_meaning_private.h"

/*
 * Two readers give the same result. One takes any JSON in any order, with a
 * table of the fields. The other, parse_fast(), takes `record` lines as our
 * programs write them: it compares their beginning with the previous line's,
 * and leaves the record unparsed for callers that need it. It leaves everything
 * that looks different to the first reader.
 */

struct slice
line_unquote(struct slice json, struct buf *buf)
{
	struct json j;
	struct status st;

	json_open(&j, json.at, json.len);
	if (json.at == NULL || json_next(&j, &st) != JSON_STRING)
		return json;
	return line_fields_text(&j, buf);
}

/* The number of blanks at the start of a line. */
static size_t
blanks(const struct slice *t)
{
	size_t n = 0;

	while (n < t->len &&
	    (t->at[n] == ' ' || t->at[n] == '\t' || t->at[n] == '\r'))
		n++;
	return n;
}

/* Check a skipped line: it must be one JSON object. */
static int
check_syntax(const struct line *l, struct status *st)
{
	struct json j;

	json_open(&j, l->text.at, l->text.len);
	if (json_skip(&j, st) == JSON_OBJECT && json_next(&j, st) == JSON_END)
		return 0;
	st->code = STATUS_BAD_LINE;
	return -1;
}

static int
parse_any(struct line *l, struct status *st)
{
	const struct fields_table *table;

	line_fields_clear(l);
	l->prefix.len = 0;
	if (l->text.at[blanks(&l->text)] != '{')
		return status_set(st, STATUS_BAD_LINE, 0, "not a JSON object");
	table = line_fields_type(l);
	if (l->records_only && l->name.at != NULL && l->type != LINE_RECORD)
		return check_syntax(l, st);
	if (line_fields_read(l, table, st) == -1)
		return -1;
	return line_meaning_check(l, st);
}

/* Take the text up to the next quote. */
static bool
to_quote(const char **p, const char *end, struct slice *t)
{
	const char *quote = memchr(*p, '"', end - *p);

	if (quote == NULL)
		return false;
	*t = (struct slice){ *p, quote - *p };
	*p = quote;
	return true;
}

/* Skip a literal, then take the text up to the next quote. */
static bool
take(const char **p, const char *end, const char *literal, size_t n,
    struct slice *t)
{
	if ((size_t)(end - *p) <= n || memcmp(*p, literal, n) != 0)
		return false;
	*p += n;
	return to_quote(p, end, t);
}

#define TAKE(p, end, literal, t) \
	take((p), (end), (literal), sizeof(literal) - 1, (t))

static bool
keep(struct buf *b, const char *text, size_t len)
{
	b->len = 0;
	buf_put(b, text, len);
	return !b->failed;
}

/* Parse the line up to its rkey, and keep it for the next lines, because most
 * of them begin with the same bytes. */
static bool
parse_prefix(struct line *l, const char *text, const char *end)
{
	struct slice did, rev, collection, rkey;
	const char *p = text, *copy;

	l->prefix.len = 0;
	if (!TAKE(&p, end, "{\"type\":\"record\",\"did\":\"", &did) ||
	    !TAKE(&p, end, "\",\"rev\":\"", &rev) ||
	    !TAKE(&p, end, "\",\"collection\":\"", &collection) ||
	    !TAKE(&p, end, "\",\"rkey\":\"", &rkey))
		return false;
	if (!syntax_is_did(did.at, did.len) ||
	    !syntax_is_tid(rev.at, rev.len) ||
	    !syntax_is_nsid(collection.at, collection.len) ||
	    !keep(&l->prefix, text, rkey.at - text))
		return false;
	copy = l->prefix.data;
	did.at = copy + (did.at - text);
	rev.at = copy + (rev.at - text);
	collection.at = copy + (collection.at - text);
	l->prefix_did = did;
	l->prefix_rev = rev;
	l->prefix_collection = collection;
	return true;
}

/* Parse the bytes between rkey and cid, and keep them, too. */
static bool
parse_middle(struct line *l, const char *text, const char *end)
{
	struct slice action, source;
	const char *p = text;

	l->middle.len = 0;
	if (!TAKE(&p, end, "\",\"action\":\"", &action) ||
	    !TAKE(&p, end, "\",\"source\":\"", &source) ||
	    !TAKE(&p, end, "\",\"cid\":\"", &l->cid) ||
	    (!slice_is(&action, "create") && !slice_is(&action, "update")))
		return false;
	l->source_name = source;
	if (!line_meaning_source(l) ||
	    !keep(&l->middle, text, l->cid.at - text))
		return false;
	action.at = l->middle.data + (action.at - text);
	source.at = l->middle.data + (source.at - text);
	l->middle_action = action;
	l->middle_source_name = source;
	l->middle_source = l->source;
	return true;
}

static bool
starts(const char *p, const char *end, const struct buf *b)
{
	return b->len > 0 && (size_t)(end - p) > b->len &&
	    memcmp(p, b->data, b->len) == 0;
}

/* Find the three parts that differ in each line: rkey, cid and record. */
static bool
find_parts(struct line *l, const char *text, const char *end)
{
	static const char record[] = "\",\"record\":{";
	const size_t n = sizeof(record) - 1;
	const char *p = text + l->prefix.len;

	if (!to_quote(&p, end, &l->rkey) ||
	    (!starts(p, end, &l->middle) && !parse_middle(l, p, end)))
		return false;
	p += l->middle.len;
	if (!to_quote(&p, end, &l->cid) || (size_t)(end - p) <= n ||
	    memcmp(p, record, n) != 0 ||
	    !syntax_is_rkey(l->rkey.at, l->rkey.len))
		return false;
	p += n - 1; /* to the brace */
	l->record = (struct slice){ p, end - 1 - p };
	return true;
}

/* Set the fields that are in the prefix and in the middle. */
static void
set_same_fields(struct line *l)
{
	l->did = l->prefix_did;
	l->rev = l->prefix_rev;
	l->collection = l->prefix_collection;
	l->source = l->middle_source;
	l->source_name = l->middle_source_name;
	l->action = l->middle_action;
}

/*
 * A record line as at-ndjson(5) shows it: literals between texts without
 * escapes. Leave anything else to parse_any(), which takes 20 times as long,
 * including the record.
 */
static bool
parse_fast(struct line *l, const char *text, size_t len)
{
	const char *end = text + len;
	bool same = starts(text, end, &l->prefix);

	if (len == 0 || end[-1] != '}' ||
	    (!same && !parse_prefix(l, text, end)) || !find_parts(l, text, end))
		return false;
	set_same_fields(l);
	l->type = LINE_RECORD;
	l->same = same;
	l->is_delete = l->is_partial = l->has_others = false;
	l->unchecked = true;
	return true;
}

int
line_parse(struct line *l, const char *text, size_t len, struct status *st)
{
	l->text = (struct slice){ text, len };
	if (parse_fast(l, text, len))
		return 0;
	if (blanks(&l->text) == len) {
		line_fields_clear(l);
		l->type = LINE_BLANK;
		return 0;
	}
	return parse_any(l, st);
}

int
line_check_cid(struct line *l, struct status *st)
{
	if (!l->unchecked)
		return 0;
	l->unchecked = false;
	return form_check_text(FIELDS_FORM_CID, "cid", &l->cid, st);
}

int
line_check(struct line *l, struct status *st)
{
	struct json j;

	if (!l->unchecked)
		return 0;
	l->unchecked = false;
	json_open(&j, l->record.at, l->record.len);
	if (json_skip(&j, st) == JSON_OBJECT && json_next(&j, st) == JSON_END)
		return form_check_text(FIELDS_FORM_CID, "cid", &l->cid, st);
	/* More fields follow the record, or it isn't JSON. */
	return parse_any(l, st);
}

void
line_free(struct line *l)
{
	buf_free(&l->prefix);
	buf_free(&l->middle);
	buf_free(&l->scratch);
	buf_free(&l->cut);
	memset(l, 0, sizeof(*l));
}
