#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/base/array.h"
#include "libcar/stream/change_counts.h"

/*
 * Changes come in the order of keys, so most are in the same collection as the
 * one before. A sorted list is enough for the others. It is a list of pointers,
 * because the last row must stay where it is.
 */

#define WIDEST 60 /* maximum width of the column of collections */

static int
compare(const struct change_counts_row *r, const struct slice *nsid)
{
	struct slice name = slice_make(r->nsid, r->len);

	return slice_compare(&name, nsid);
}

/* The index of the row, or the one where it belongs. */
static size_t
search(const struct change_counts *t, const struct slice *nsid)
{
	size_t low = 0, high = t->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare(t->rows[middle], nsid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct change_counts_row *
insert(struct change_counts *t, size_t at, const struct slice *nsid,
    struct status *st)
{
	struct change_counts_row *r = calloc(1, sizeof(*r));

	if (r == NULL || (r->nsid = malloc(nsid->len + 1)) == NULL ||
	    !ARRAY_GROW(t->rows, t->count, t->room)) {
		if (r != NULL)
			free(r->nsid);
		free(r);
		status_no_memory(st);
		return NULL;
	}
	memcpy(r->nsid, nsid->at, nsid->len);
	r->nsid[nsid->len] = '\0';
	r->len = nsid->len;
	memmove(t->rows + at + 1, t->rows + at,
	    (t->count - at) * sizeof(struct change_counts_row *));
	t->rows[at] = r;
	t->count++;
	return r;
}

static struct change_counts_row *
find_row(struct change_counts *t, const struct slice *nsid, struct status *st)
{
	size_t at;

	if (nsid->at == NULL)
		return &t->others;
	if (t->last != NULL && t->last->nsid != NULL &&
	    compare(t->last, nsid) == 0)
		return t->last;
	at = search(t, nsid);
	if (at < t->count && compare(t->rows[at], nsid) == 0)
		return t->rows[at];
	return t->count == CHANGE_COUNTS_MAX ? &t->others :
					       insert(t, at, nsid, st);
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

	for (i = 0; i < t->count; i++)
		if (t->rows[i]->len > width)
			width = t->rows[i]->len;
	return width > WIDEST ? WIDEST : width;
}

void
change_counts_format(const struct change_counts *t, struct buf *out)
{
	struct change_counts_row sum = { .nsid = NULL };
	int width = find_width(t);
	char text[128];
	size_t i;

	snprintf(text, sizeof(text), "%-*s %10s %10s %10s\n", width,
	    "collection", "created", "updated", "deleted");
	buf_puts(out, text);
	for (i = 0; i < t->count; i++) {
		format_row(t->rows[i]->nsid, width, t->rows[i], out);
		add(&sum, t->rows[i]);
	}
	if (is_shown(&t->others))
		format_row("others", width, &t->others, out);
	add(&sum, &t->others);
	if (t->count != 1 || is_shown(&t->others))
		format_row("all", width, &sum, out);
}

void
change_counts_free(struct change_counts *t)
{
	size_t i;

	for (i = 0; i < t->count; i++) {
		free(t->rows[i]->nsid);
		free(t->rows[i]);
	}
	free(t->rows);
	memset(t, 0, sizeof(*t));
}
