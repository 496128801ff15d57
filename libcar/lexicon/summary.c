#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/lexicon/summary.h"
#include "libcar/lexicon/text_private.h"

/*
 * There are few collections, and a caller looks up a row only when the
 * collection changes, so a sorted list is enough. It is a list of pointers,
 * because a caller keeps its row while other rows are added.
 */

#define WIDEST 60 /* maximum width of the column of collections */

static int
compare(const struct lexicon_summary_row *r, const char *nsid, size_t len)
{
	return lexicon_compare(r->nsid, r->len, nsid, len);
}

/* The index of the row, or the one where it belongs. */
static size_t
search(const struct lexicon_summary *t, const char *nsid, size_t len)
{
	size_t low = 0, high = t->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(t->rows[middle], nsid, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
make_row(struct lexicon_summary *t, size_t at, const char *nsid, size_t len,
    struct status *st)
{
	struct lexicon_summary_row **rows, *r = NULL;

	rows = realloc(t->rows,
	    (t->count + 1) * sizeof(struct lexicon_summary_row *));
	if (rows != NULL)
		t->rows = rows;
	if (rows == NULL || (r = calloc(1, sizeof(*r))) == NULL ||
	    (r->nsid = malloc(len + 1)) == NULL) {
		free(r);
		return status_no_memory(st);
	}
	memcpy(r->nsid, nsid, len);
	r->nsid[len] = '\0';
	r->len = len;
	memmove(rows + at + 1, rows + at, (t->count - at) * sizeof(*rows));
	rows[at] = r;
	t->count++;
	return 0;
}

struct lexicon_summary_row *
lexicon_summary_find(struct lexicon_summary *t, const char *nsid, size_t len,
    bool *fresh, struct status *st)
{
	size_t at = search(t, nsid, len);

	*fresh = at == t->count || compare(t->rows[at], nsid, len) != 0;
	if (!*fresh)
		return t->rows[at];
	if (t->count == LEXICON_SUMMARY_MAX)
		return &t->others;
	return make_row(t, at, nsid, len, st) == -1 ? NULL : t->rows[at];
}

void
lexicon_summary_invalid(struct lexicon_summary_row *row,
    const struct lexicon_report *r)
{
	uint32_t seen = 0;
	size_t i;

	row->invalid++;
	for (i = 0; i < r->count; i++)
		seen |= (uint32_t)1 << r->problems[i].rule;
	for (i = 0; i < LEXICON_RULES; i++)
		row->rules[i] += seen >> i & 1;
}

static bool
is_shown(const struct lexicon_summary_row *r)
{
	return r->valid + r->invalid + r->unknown > 0;
}

static void
add(struct lexicon_summary_row *sum, const struct lexicon_summary_row *r)
{
	size_t i;

	sum->valid += r->valid;
	sum->invalid += r->invalid;
	sum->unknown += r->unknown;
	sum->partly += r->partly;
	for (i = 0; i < LEXICON_RULES; i++)
		sum->rules[i] += r->rules[i];
}

static void
format_rules(const struct lexicon_summary_row *r, struct buf *out)
{
	const char *before = "  ";
	char text[64];
	size_t i;

	for (i = 0; i < LEXICON_RULES; i++) {
		if (r->rules[i] == 0)
			continue;
		snprintf(text, sizeof(text), "%s%s %llu", before,
		    lexicon_rule_name(i), (unsigned long long)r->rules[i]);
		buf_puts(out, text);
		before = ", ";
	}
	buf_putc(out, '\n');
}

static void
format_row(const char *name, int width, const struct lexicon_summary_row *r,
    struct buf *out)
{
	char text[512];

	snprintf(text, sizeof(text), "%-*s %10llu %10llu %10llu %10llu", width,
	    name, (unsigned long long)r->valid, (unsigned long long)r->invalid,
	    (unsigned long long)r->partly, (unsigned long long)r->unknown);
	buf_puts(out, text);
	format_rules(r, out);
}

static int
find_width(const struct lexicon_summary *t)
{
	size_t i, width = strlen("collection");

	for (i = 0; i < t->count; i++)
		if (is_shown(t->rows[i]) && t->rows[i]->len > width)
			width = t->rows[i]->len;
	return width > WIDEST ? WIDEST : width;
}

void
lexicon_summary_format(const struct lexicon_summary *t, struct buf *out)
{
	struct lexicon_summary_row sum = { .nsid = NULL };
	int width = find_width(t);
	size_t i, shown = 0;
	char text[128];

	snprintf(text, sizeof(text), "%-*s %10s %10s %10s %10s  %s\n", width,
	    "collection", "valid", "invalid", "in part", "no lexicon",
	    "rules broken");
	buf_puts(out, text);
	for (i = 0; i < t->count; i++) {
		if (!is_shown(t->rows[i]))
			continue;
		format_row(t->rows[i]->nsid, width, t->rows[i], out);
		add(&sum, t->rows[i]);
		shown++;
	}
	if (is_shown(&t->others))
		format_row("others", width, &t->others, out);
	add(&sum, &t->others);
	if (shown != 1 || is_shown(&t->others))
		format_row("all", width, &sum, out);
}

void
lexicon_summary_free(struct lexicon_summary *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		free(t->rows[i]->nsid);
		free(t->rows[i]);
	}
	free(t->rows);
	memset(t, 0, sizeof(*t));
}
