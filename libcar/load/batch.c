#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/data/json.h"
#include "libcar/load/account_private.h"
#include "libcar/load/batch_private.h"

/*
 * The batch reserves all the room for its text at the start. The text never
 * moves, so parsed values can point into it. Only two kinds of text are copied
 * again: texts with escapes, and texts of a run's first line that the parser
 * keeps for itself.
 */

bool
load_batch_fits(const struct load_batch *b, size_t len)
{
	size_t parsed = b->pool.bytes + b->nruns * sizeof(*b->runs) +
	    b->nitems * (sizeof(*b->items) + sizeof(*b->rkeys));

	return b->nitems == 0 ||
	    (b->text.len + len <= LOAD_BYTES && parsed < LOAD_PARSED_BYTES);
}

bool
load_batch_is_full(const struct load_batch *b, size_t lines)
{
	return b->nitems >= lines;
}

/* Texts */

static int
put_text(struct load_batch *b, const char *text, size_t len, struct slice *out,
    struct status *st)
{
	size_t at = b->text.len;

	if ((b->text.data == NULL &&
		buf_reserve(&b->text, LOAD_BYTES + STATUS_MSG_BYTES) == NULL) ||
	    buf_reserve(&b->text, len) == NULL)
		return status_no_memory(st);
	buf_put(&b->text, text, len);
	*out = (struct slice){ b->text.data + at, len };
	return 0;
}

static bool
is_in_text(const struct load_batch *b, const char *at)
{
	uintptr_t start = (uintptr_t)b->text.data, p = (uintptr_t)at;

	return p >= start && p < start + b->text.len;
}

/* Keep a text: point into the line if the text is there, or copy it. */
static int
keep(struct load_batch *b, struct slice *t, struct status *st)
{
	if (t->at == NULL || is_in_text(b, t->at))
		return 0;
	t->at = pool_copy(&b->pool, t, st);
	return t->at == NULL ? -1 : 0;
}

/* Keep the whole parsed line, with the texts that the parser unescaped. */
static const struct line *
keep_line(struct load_batch *b, struct status *st)
{
	static const struct buf none;
	struct line *l = pool_take(&b->pool, sizeof(*l), st);

	if (l == NULL)
		return NULL;
	*l = b->line;
	l->prefix = l->middle = none;
	b->line.scratch = b->line.cut = none;
	return l;
}

/* Runs and items */

static struct load_run *
last_run(const struct load_batch *b)
{
	return b->nruns == 0 ? NULL : &b->runs[b->nruns - 1];
}

static struct load_run *
add_run(struct load_batch *b, enum load_kind kind, struct status *st)
{
	struct load_run *r;

	if (!ARRAY_GROW(b->runs, b->nruns, b->run_room)) {
		status_no_memory(st);
		return NULL;
	}
	r = &b->runs[b->nruns++];
	memset(r, 0, sizeof(*r));
	r->kind = kind;
	r->first = b->nitems;
	return r;
}

/* Add an item to the last run, and its rkey. */
static struct load_item *
add_item(struct load_batch *b, const struct load_origin *origin,
    const struct slice *text, struct slice rkey, struct status *st)
{
	struct load_item *item;

	if (!ARRAY_GROW(b->items, b->nitems, b->item_room) ||
	    !ARRAY_GROW(b->rkeys, b->nitems, b->rkey_room)) {
		status_no_memory(st);
		return NULL;
	}
	if (keep(b, &rkey, st) == -1)
		return NULL;
	b->rkeys[b->nitems] = rkey;
	item = &b->items[b->nitems++];
	*item = (struct load_item){ .origin = *origin, .text = *text };
	last_run(b)->n++;
	return item;
}

/* Add a run of one item without a key. */
static int
add_single(struct load_batch *b, enum load_kind kind, enum status_code code,
    const struct load_origin *origin, struct slice text, struct status *st)
{
	static const struct slice no_key;
	struct load_run *r = add_run(b, kind, st);

	if (r == NULL || keep(b, &text, st) == -1)
		return -1;
	r->code = code;
	return add_item(b, origin, &text, no_key, st) == NULL ? -1 : 0;
}

/* Lines */

/* Does the record belong to the previous record's run? */
static bool
goes_on(const struct load_batch *b)
{
	const struct load_run *r = last_run(b);

	return r != NULL && r->kind == LOAD_RECORDS && b->line.same &&
	    r->source == b->line.source;
}

static int
begin_run(struct load_batch *b, struct status *st)
{
	const struct line *l = &b->line;
	struct load_run *r = add_run(b, LOAD_RECORDS, st);

	if (r == NULL)
		return -1;
	r->source = l->source;
	r->did = l->did;
	r->nsid = l->collection;
	load_account_set_rev(r->rev, &l->rev);
	return keep(b, &r->did, st) == -1 ? -1 : keep(b, &r->nsid, st);
}

/* Check the record now. */
static void
check_early(struct load_batch *b, struct load_item *item)
{
	struct line *l = &b->checker;
	struct status ignored;

	l->text = item->text;
	l->cid = item->cid;
	l->record = item->record;
	l->unchecked = true;
	if (line_check(l, &ignored) == 0 && is_in_text(b, l->cid.at) &&
	    is_in_text(b, l->record.at)) {
		item->cid = l->cid;
		item->record = l->record;
		item->is_unchecked = false;
	}
}

static int
add_record(struct load_batch *b, const struct load_origin *origin,
    const struct slice *text, struct status *st)
{
	const struct line *l = &b->line;
	struct slice cid = l->cid;
	struct load_item *item;

	if (!goes_on(b) && begin_run(b, st) == -1)
		return -1;
	item = add_item(b, origin, text, l->rkey, st);
	if (item == NULL || keep(b, &cid, st) == -1)
		return -1;
	item->cid = cid;
	item->record = l->record;
	item->is_unchecked = l->unchecked;
	item->is_delete = l->is_delete;
	if (b->checks && item->is_unchecked)
		check_early(b, item);
	return 0;
}

/* The key of a record's `error`; without a valid collection, none. */
static struct slice
key_of(const struct line *l)
{
	static const struct slice none;

	if (l->type != LINE_ERROR || l->collection.len == 0)
		return none;
	return l->key.at != NULL ? l->key : l->rkey;
}

/* Is it an error about one blob, or about one operation of a directory, which
 * has a seq? It says nothing about the account's repo. */
static bool
is_of_object(const struct line *l)
{
	return l->type == LINE_ERROR && l->cid.at != NULL &&
	    l->collection.at == NULL;
}

static int
add_whole(struct load_batch *b, const struct load_origin *origin,
    const struct slice *text, struct status *st)
{
	struct load_run *r = add_run(b, LOAD_WHOLE, st);
	struct load_item *item;
	struct slice key;

	if (r == NULL || (r->line = keep_line(b, st)) == NULL)
		return -1;
	key = key_of(r->line);
	r->source = r->line->source;
	/* An operation of a directory creates no account, nor does a blob. */
	if (r->line->type != LINE_PLC && r->line->type != LINE_BLOB &&
	    !is_of_object(r->line))
		r->did = r->line->did;
	if (key.at != NULL)
		r->nsid = r->line->collection;
	load_account_set_rev(r->rev, &r->line->rev);
	if ((item = add_item(b, origin, text, key, st)) == NULL)
		return -1;
	item->is_delete = r->line->is_delete;
	return 0;
}

int
load_batch_add_bad(struct load_batch *b, const struct load_origin *origin,
    const struct status *why, struct status *st)
{
	struct slice text;

	if (put_text(b, why->msg, strlen(why->msg), &text, st) == -1)
		return -1;
	return add_single(b, LOAD_BAD, why->code, origin, text, st);
}

/* Parse the line. Check its record only if it begins a run, so that no run
 * begins with a bad line; later records are checked when they are written. */
static int
parse(struct load_batch *b, const struct slice *text, struct status *st)
{
	if (line_parse(&b->line, text->at, text->len, st) == -1)
		return -1;
	if (b->line.type == LINE_RECORD && !goes_on(b))
		return line_check(&b->line, st);
	return 0;
}

/* Is the line about an excluded account? Look up consecutive records of one
 * account once. */
static bool
is_excluded(struct load_batch *b)
{
	const struct line *l = &b->line;
	bool is = false;

	if (b->excluded == NULL || l->type == LINE_BLANK ||
	    l->type == LINE_UNKNOWN)
		return false;
	if (l->type == LINE_RECORD && l->same)
		return b->is_excluded;
	if (l->did.at != NULL)
		is = excluded_has(b->excluded, l->did.at, l->did.len);
	if (l->type == LINE_RECORD)
		b->is_excluded = is;
	return is;
}

/* Is an unparsable line about an excluded account? Its `did` may still be
 * readable. */
static bool
names_excluded(struct load_batch *b, const struct slice *text)
{
	struct status ignored;
	struct slice did;
	struct json j;

	if (b->excluded == NULL)
		return false;
	json_open(&j, text->at, text->len);
	if (json_next(&j, &ignored) != JSON_OBJECT)
		return false;
	while (json_next(&j, &ignored) == JSON_KEY) {
		if (!json_is(&j, "did")) {
			if (json_skip(&j, &ignored) == JSON_ERROR)
				return false;
			continue;
		}
		if (json_next(&j, &ignored) != JSON_STRING)
			return false;
		did = line_unquote((struct slice){ j.tok, j.tok_len },
		    &b->line.scratch);
		return excluded_has(b->excluded, did.at, did.len);
	}
	return false;
}

/* Is there nothing to store: of a host, or of an error about one blob? */
static bool
is_of_nothing(const struct line *l)
{
	return l->type == LINE_BLANK || l->type == LINE_HOST ||
	    (is_of_object(l) && l->seq == -1);
}

int
load_batch_add(struct load_batch *b, const struct load_origin *origin,
    const char *line, size_t len, struct status *st)
{
	size_t start = b->text.len;
	struct status why;
	struct slice text;

	if (put_text(b, line, len, &text, st) == -1)
		return -1;
	if (parse(b, &text, &why) == -1) {
		b->text.len = start;
		if (why.code == STATUS_BAD_LINE && names_excluded(b, &text))
			return 0;
		if (why.code == STATUS_BAD_LINE)
			return load_batch_add_bad(b, origin, &why, st);
		*st = why;
		return -1;
	}
	if (is_excluded(b)) {
		b->text.len = start;
		return 0;
	}
	if (is_of_nothing(&b->line)) {
		b->text.len = start;
		return 0;
	}
	switch (b->line.type) {
	case LINE_UNKNOWN:
		return add_single(b, LOAD_UNKNOWN, STATUS_OK, origin,
		    b->line.name, st);
	case LINE_RECORD:
		return add_record(b, origin, &text, st);
	default:
		return add_whole(b, origin, &text, st);
	}
}

void
load_batch_why(const struct load_run *r, const struct load_item *item,
    struct status *st)
{
	status_set(st, r->code, 0, "%.*s", (int)item->text.len, item->text.at);
}

void
load_batch_clear(struct load_batch *b)
{
	struct line *l;
	size_t i;

	for (i = 0; i < b->nruns; i++) {
		if ((l = (struct line *)b->runs[i].line) == NULL)
			continue;
		buf_free(&l->scratch);
		buf_free(&l->cut);
	}
	pool_free(&b->pool);
	b->text.len = b->nitems = b->nruns = 0;
}

void
load_batch_free(struct load_batch *b)
{
	load_batch_clear(b);
	line_free(&b->line);
	line_free(&b->checker);
	buf_free(&b->text);
	free(b->items);
	free(b->rkeys);
	free(b->runs);
	memset(b, 0, sizeof(*b));
}
