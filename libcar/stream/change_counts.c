#include "config.h"

#include <stdio.h>
#include <string.h>

#include "libcar/stream/change_counts.h"

/*
 * Changes come in the order of keys, so most are in the same collection as the
 * one before. A sorted list is enough for the others. It is a list of pointers,
 * because the last row must stay where it is.
 */

#define WIDEST 60 /* maximum width of the column of collections */

static bool
is_last(const struct change_counts *t, const struct slice *nsid)
{
	const struct change_counts_row *r = t->last;

	return r != NULL && r->named.name != NULL &&
	    r->named.len == nsid->len &&
	    memcmp(r->named.name, nsid->at, nsid->len) == 0;
}

static struct change_counts_row *
find_row(struct change_counts *t, const struct slice *nsid, struct status *st)
{
	struct named *row;

	if (nsid->at == NULL)
		return &t->others;
	if (is_last(t, nsid))
		return t->last;
	if (t->rows.count < CHANGE_COUNTS_MAX)
		row = named_add(&t->rows, nsid, sizeof(*t->last), st);
	else if ((row = named_get(&t->rows, nsid)) == NULL)
		return &t->others;
	return (struct change_counts_row *)row;
}

int
change_counts_add(struct change_counts *t, const struct slice *nsid,
    enum change_counts_action action, struct status *st)
{
	struct change_counts_row *r = find_row(t, nsid, st);

	t->last = r;
	if (r == NULL)
		return -1;
	r->n[action]++;
	return 0;
}

static void
format_row(const char *name, int width, const struct change_counts_row *r,
    struct buf *out)
{
	char text[512];

	snprintf(text, sizeof(text), "%-*s %10llu %10llu %10llu\n", width, name,
	    (unsigned long long)r->n[CHANGE_CREATE],
	    (unsigned long long)r->n[CHANGE_UPDATE],
	    (unsigned long long)r->n[CHANGE_DELETE]);
	buf_puts(out, text);
}

static void
add(struct change_counts_row *sum, const struct change_counts_row *r)
{
	size_t i;

	for (i = 0; i < CHANGE_ACTIONS; i++)
		sum->n[i] += r->n[i];
}

static bool
is_shown(const struct change_counts_row *r)
{
	return r->n[CHANGE_CREATE] + r->n[CHANGE_UPDATE] + r->n[CHANGE_DELETE] >
	    0;
}

static int
find_width(const struct change_counts *t)
{
	size_t i, width = strlen("collection");

	for (i = 0; i < t->rows.count; i++)
		if (t->rows.rows[i]->len > width)
			width = t->rows.rows[i]->len;
	return width > WIDEST ? WIDEST : width;
}

void
change_counts_format(const struct change_counts *t, struct buf *out)
{
	struct change_counts_row sum = { .n = { 0 } };
	const struct change_counts_row *r;
	int width = find_width(t);
	char text[128];
	size_t i;

	snprintf(text, sizeof(text), "%-*s %10s %10s %10s\n", width,
	    "collection", "created", "updated", "deleted");
	buf_puts(out, text);
	for (i = 0; i < t->rows.count; i++) {
		r = (const struct change_counts_row *)t->rows.rows[i];
		format_row(r->named.name, width, r, out);
		add(&sum, r);
	}
	if (is_shown(&t->others))
		format_row("others", width, &t->others, out);
	add(&sum, &t->others);
	if (t->rows.count != 1 || is_shown(&t->others))
		format_row("all", width, &sum, out);
}

void
change_counts_free(struct change_counts *t)
{
	named_free(&t->rows);
	memset(t, 0, sizeof(*t));
}
