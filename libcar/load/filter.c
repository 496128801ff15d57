#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/data/json.h"
#include "libcar/load/filter_private.h"

/*
 * The text of a filter identifies it: its patterns sorted, each once, with
 * spaces between them. So the order in which a line names them doesn't matter.
 */

static int
compare_patterns(const void *a, const void *b)
{
	return slice_compare(a, b);
}

bool
load_filter_covers(const struct load_filter *f, const struct slice *other)
{
	struct load_prefix p;

	load_prefix_begin(&p, other);
	while (load_prefix_next(&p))
		if (bsearch(&p.text, f->patterns, f->npatterns,
			sizeof(*f->patterns), compare_patterns) != NULL)
			return true;
	return false;
}

void
load_filter_free(struct load_filter *f)
{
	free(f->patterns);
	free((char *)f->text.at);
	free(f->expect);
	free(f);
}

/* The patterns sorted, each once, joined to the filter's text. */
static int
join(struct load_filter *f, struct slice *patterns, size_t n)
{
	struct buf text = { 0 };
	size_t i, at;

	if (n > 0)
		qsort(patterns, n, sizeof(*patterns), compare_patterns);
	for (i = 0; i < n; i++) {
		if (i > 0 &&
		    compare_patterns(&patterns[i - 1], &patterns[i]) == 0)
			continue;
		if (text.len > 0)
			buf_putc(&text, ' ');
		f->patterns[f->npatterns++].len = patterns[i].len;
		buf_put(&text, patterns[i].at, patterns[i].len);
	}
	f->text = (struct slice){ text.data, text.len };
	for (i = at = 0; i < f->npatterns && !text.failed; i++) {
		f->patterns[i].at = text.data + at;
		at += f->patterns[i].len + 1;
	}
	return text.failed ? -1 : 0;
}

static struct load_filter *
new_filter(struct slice *patterns, size_t n, struct status *st)
{
	struct load_filter *f = calloc(1, sizeof(*f));

	if (f != NULL &&
	    (f->patterns = calloc(n + 1, sizeof(*patterns))) != NULL &&
	    join(f, patterns, n) == 0)
		return f;
	status_no_memory(st);
	if (f != NULL)
		load_filter_free(f);
	return NULL;
}

/* The patterns that a text or a line names. */
struct patterns {
	struct slice *at;
	size_t n, room;
};

static int
add_pattern(struct patterns *p, const char *at, size_t len, struct status *st)
{
	if (!ARRAY_GROW(p->at, p->n, p->room))
		return status_no_memory(st);
	p->at[p->n++] = (struct slice){ at, len };
	return 0;
}

/* The filter that a text from join() stands for. */
struct load_filter *
load_filter_of_text(const struct slice *t, struct status *st)
{
	struct load_filter *f = NULL;
	struct patterns all = { 0 };
	size_t start, end;
	int rc = 0;

	for (start = 0; start < t->len && rc == 0; start = end + 1) {
		for (end = start; end < t->len && t->at[end] != ' '; end++)
			;
		rc = add_pattern(&all, t->at + start, end - start, st);
	}
	if (rc == 0)
		f = new_filter(all.at, all.n, st);
	free(all.at);
	return f;
}

/* The filter of a line; without one, the filter of the whole repo. */
struct load_filter *
load_filter_of_line(const struct line *l, struct status *st)
{
	struct load_filter *f = NULL;
	struct slice whole = load_account_whole();
	struct patterns all = { 0 };
	struct json j;
	int rc = 0;

	if (l->filter.at == NULL)
		return new_filter(&whole, 1, st);
	json_open(&j, l->filter.at, l->filter.len);
	json_next(&j, st);
	while (rc == 0 && json_next(&j, st) == JSON_STRING)
		rc = add_pattern(&all, j.tok, j.tok_len, st);
	if (rc == 0)
		f = new_filter(all.at, all.n, st);
	free(all.at);
	return f;
}

void
load_filter_mark(const struct load_filter *f)
{
	size_t i;

	for (i = 0; i < f->nexpect; i++) {
		f->expect[i].collection->marked_by = f;
		f->expect[i].collection->mark = i;
	}
}

void
load_filter_unmark(const struct load_filter *f)
{
	size_t i;

	for (i = 0; i < f->nexpect; i++)
		f->expect[i].collection->marked_by = NULL;
}

/* Take what an `end` counts in a collection. Of two ends of one snapshot the
 * higher count holds, because their keys count together. */
static int
expect(struct load_filter *f, struct load_collection *c, uint64_t keys,
    struct status *st)
{
	struct load_filter_expect *e = load_filter_marked(f, c);

	if (e != NULL) {
		e->keys = e->keys > keys ? e->keys : keys;
		return 0;
	}
	if (!ARRAY_GROW(f->expect, f->nexpect, f->expect_room))
		return status_no_memory(st);
	c->marked_by = f;
	c->mark = f->nexpect;
	f->expect[f->nexpect++] = (struct load_filter_expect){ c, keys };
	return 0;
}

int
load_filter_expect(struct load_account *a, struct load_filter *f,
    const struct slice *collections, struct status *st)
{
	struct load_collection *c;
	struct slice nsid;
	struct json j;
	int64_t n;

	load_filter_mark(f);
	json_open(&j, collections->at, collections->len);
	json_next(&j, st);
	while (json_next(&j, st) == JSON_KEY) {
		nsid = (struct slice){ j.tok, j.tok_len };
		if ((c = load_account_collection(a, &nsid, st)) == NULL)
			return -1;
		json_next(&j, st);
		if (json_integer(&j, &n) == -1)
			n = 0;
		if (expect(f, c, n, st) == -1)
			return -1;
	}
	load_filter_unmark(f);
	f->at = 0;
	f->ended = true;
	return 0;
}

void
load_filter_format(const struct load_filter *f, struct buf *out)
{
	struct json_writer w = { .out = out };
	size_t i;

	json_write_object(&w);
	for (i = 0; i < f->nexpect; i++) {
		json_write_key_n(&w, f->expect[i].collection->nsid.at,
		    f->expect[i].collection->nsid.len);
		json_write_integer(&w, f->expect[i].keys);
	}
	json_write_object_end(&w);
}
