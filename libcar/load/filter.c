#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/data/json.h"
#include "libcar/load/filter_private.h"

bool
load_filter_covers(const struct load_filter *f, const struct slice *other)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_account_covers(&f->patterns[i], other))
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

static int
compare_patterns(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	int c = memcmp(x->at, y->at, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

/* A filter of these patterns: sorted, without repeats, in one text. */
static struct load_filter *
new_filter(struct slice *patterns, size_t n, struct status *st)
{
	struct load_filter *f = calloc(1, sizeof(*f));
	struct buf text = { 0 };
	size_t i, at;

	if (f == NULL || n == 0 ||
	    (f->patterns = calloc(n, sizeof(*patterns))) == NULL)
		goto failed;
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
	if (text.failed)
		goto failed;
	for (i = at = 0; i < f->npatterns; at += f->patterns[i++].len + 1)
		f->patterns[i].at = text.data + at;
	f->text = (struct slice){ text.data, text.len };
	return f;
failed:
	load_no_memory(st);
	buf_free(&text);
	if (f != NULL)
		load_filter_free(f);
	return NULL;
}

/* The filter a text stands for, as new_filter() made it. */
struct load_filter *
load_filter_of_text(const struct slice *t, struct status *st)
{
	struct load_filter *f = NULL;
	const char *p = t->at, *end = t->at + t->len, *space;
	struct slice *patterns = NULL;
	size_t n = 0;

	for (; p < end; p = space + 1, n++) {
		if ((space = memchr(p, ' ', end - p)) == NULL)
			space = end;
		if (load_room(&patterns, n, sizeof(*patterns), st) == -1)
			goto out;
		patterns[n] = (struct slice){ p, space - p };
	}
	f = new_filter(patterns, n, st);
out:
	free(patterns);
	return f;
}

/* The filter of a line. Without one it is of the whole repo. */
struct load_filter *
load_filter_of_line(const struct line *l, struct status *st)
{
	struct load_filter *f = NULL;
	struct slice whole = { "*", 1 }, *patterns = NULL;
	struct json j;
	size_t n = 0;

	if (l->filter.at == NULL)
		return new_filter(&whole, 1, st);
	json_open(&j, l->filter.at, l->filter.len);
	for (json_next(&j, st); json_next(&j, st) == JSON_STRING; n++) {
		if (load_room(&patterns, n, sizeof(*patterns), st) == -1)
			goto out;
		patterns[n] = (struct slice){ j.tok, j.tok_len };
	}
	f = new_filter(patterns, n, st);
out:
	free(patterns);
	return f;
}

/* Add the counts of an `end`. Of two ends of one snapshot the higher count
 * holds, as the keys they named count together. */
int
load_filter_expect(struct load *load, struct load_account *a,
    struct load_filter *f, const struct slice *collections, struct status *st)
{
	struct load_filter_expect e;
	struct slice nsid;
	struct json j;
	int64_t n;
	size_t i;

	json_open(&j, collections->at, collections->len);
	for (json_next(&j, st); json_next(&j, st) == JSON_KEY;) {
		nsid = (struct slice){ j.tok, j.tok_len };
		e.collection = load_account_collection(load, a, &nsid, false,
		    st);
		if (e.collection == NULL)
			return -1;
		json_next(&j, st);
		e.keys = json_integer(&j, &n) == 0 ? n : 0;
		for (i = 0; f->ended && i < f->nexpect; i++)
			if (f->expect[i].collection == e.collection)
				break;
		if (f->ended && i < f->nexpect) {
			if (f->expect[i].keys < e.keys)
				f->expect[i].keys = e.keys;
			continue;
		}
		if (load_room(&f->expect, f->nexpect, sizeof(e), st) == -1)
			return -1;
		f->expect[f->nexpect++] = e;
	}
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
