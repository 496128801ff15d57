#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/lexicon/summary.h"

/*
 * Count results by collection. A caller looks up a row only when the collection
 * changes, and keeps it while other rows are added.
 */

#define WIDEST 60 /* maximum width of the column of collections */

struct lexicon_summary_row *
lexicon_summary_find(struct lexicon_summary *t, const char *nsid, size_t len,
    bool *fresh, struct status *st)
{
	const struct slice name = slice_make(nsid, len);
	struct named *row = named_get(&t->rows, &name);

	*fresh = row == NULL;
	if (row == NULL && t->rows.count == LEXICON_SUMMARY_MAX)
		return &t->others;
	if (row == NULL)
		row = named_add(&t->rows, &name,
		    sizeof(struct lexicon_summary_row), st);
	return (struct lexicon_summary_row *)row;
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

static const struct lexicon_summary_row *
row_at(const struct lexicon_summary *t, size_t i)
{
	return (const struct lexicon_summary_row *)t->rows.rows[i];
}

static int
find_width(const struct lexicon_summary *t)
{
	size_t i, width = strlen("collection");

	for (i = 0; i < t->rows.count; i++)
		if (is_shown(row_at(t, i)) && t->rows.rows[i]->len > width)
			width = t->rows.rows[i]->len;
	return width > WIDEST ? WIDEST : width;
}

void
lexicon_summary_format(const struct lexicon_summary *t, struct buf *out)
{
	struct lexicon_summary_row sum = { .valid = 0 };
	const struct lexicon_summary_row *r;
	int width = find_width(t);
	size_t i, shown = 0;
	char text[128];

	snprintf(text, sizeof(text), "%-*s %10s %10s %10s %10s  %s\n", width,
	    "collection", "valid", "invalid", "in part", "no lexicon",
	    "rules broken");
	buf_puts(out, text);
	for (i = 0; i < t->rows.count; i++) {
		r = row_at(t, i);
		if (!is_shown(r))
			continue;
		format_row(r->named.name, width, r, out);
		add(&sum, r);
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
	named_free(&t->rows);
	memset(t, 0, sizeof(*t));
}
