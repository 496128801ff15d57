#include "config.h"

#include "libcar/base/array.h"
#include "libcar/load/waiting_private.h"

/*
 * The ends that wait for one collection of a snapshot are a heap, with the
 * lowest count on top. A list also holds all waiting ends, for when a pattern
 * of many collections is loaded.
 */

/* Lists */

static void
put_in_line(struct load_filter **line, struct load_filter *f)
{
	f->next_in_line = *line;
	f->in_line = line;
	if (*line != NULL)
		(*line)->in_line = &f->next_in_line;
	*line = f;
}

static void
leave_line(struct load_filter *f)
{
	*f->in_line = f->next_in_line;
	if (f->next_in_line != NULL)
		f->next_in_line->in_line = f->in_line;
	f->next_in_line = NULL;
	f->in_line = NULL;
}

/* Heaps */

static void
sift_up(struct load_snapshot_wait *w, size_t i)
{
	struct load_snapshot_wait one = w[i];

	for (; i > 0 && w[(i - 1) / 2].keys > one.keys; i = (i - 1) / 2)
		w[i] = w[(i - 1) / 2];
	w[i] = one;
}

static void
sift_down(struct load_snapshot_wait *w, size_t n, size_t i)
{
	struct load_snapshot_wait one = w[i];
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && w[child + 1].keys < w[child].keys)
			child++;
		if (w[child].keys >= one.keys)
			break;
		w[i] = w[child];
	}
	w[i] = one;
}

static int
push(struct load_snapshot_count *c, struct load_filter *f, uint64_t keys,
    struct status *st)
{
	if (!ARRAY_GROW(c->waits, c->nwaits, c->wait_room))
		return status_no_memory(st);
	c->waits[c->nwaits++] = (struct load_snapshot_wait){ keys, f };
	sift_up(c->waits, c->nwaits - 1);
	return 0;
}

static void
take_out(struct load_snapshot_count *c, size_t i)
{
	c->waits[i] = c->waits[--c->nwaits];
	if (i == c->nwaits)
		return;
	sift_up(c->waits, i);
	sift_down(c->waits, c->nwaits, i);
}

/* Waiting */

static struct load_snapshot_count *
need_count(struct load_filter *f, const struct load_collection *c,
    struct status *st)
{
	struct load_snapshot_count *n = load_snapshot_count(f->snapshot, c);

	return n != NULL ? n : load_snapshot_add_count(f->snapshot, c, st);
}

/* Wait for the first collection that lacks keys, or become ready. */
static int
advance(struct load_account *a, struct load_filter *f, struct status *st)
{
	const struct load_snapshot *s = f->snapshot;
	const struct load_filter_expect *e;
	struct load_snapshot_count *n;

	for (; f->at < f->nexpect; f->at++) {
		e = &f->expect[f->at];
		if (load_snapshot_named(s, e->collection) >= e->keys ||
		    load_account_has(a, e->collection, s->row.rev,
			s->row.listed))
			continue;
		f->waits_for = e->collection;
		put_in_line(&a->waiting, f);
		n = need_count(f, e->collection, st);
		return n == NULL ? -1 : push(n, f, e->keys, st);
	}
	put_in_line(&a->ready, f);
	return 0;
}

int
load_waiting_begin(struct load_account *a, struct load_filter *f,
    struct status *st)
{
	return f->in_line != NULL || f->done ? 0 : advance(a, f, st);
}

/* Take the top of the heap, and continue with it. */
static int
release_first(struct load_account *a, struct load_snapshot_count *c,
    struct status *st)
{
	struct load_filter *f = c->waits[0].filter;

	take_out(c, 0);
	f->waits_for = NULL;
	leave_line(f);
	return advance(a, f, st);
}

int
load_waiting_count(struct load_account *a, struct load_snapshot_count *c,
    struct status *st)
{
	while (load_waiting_is_met(c))
		if (release_first(a, c, st) == -1)
			return -1;
	return 0;
}

/* A collection of a snapshot is loaded: stop waiting for its keys. */
static int
release_all(struct load_account *a, struct load_snapshot_count *c,
    struct status *st)
{
	while (c != NULL && c->nwaits > 0)
		if (release_first(a, c, st) == -1)
			return -1;
	return 0;
}

static int
release_collection(struct load_account *a, const struct load_snapshot *by,
    const struct slice *nsid, struct status *st)
{
	struct load_collection *c = load_account_collection(a, nsid, st);
	struct load_snapshot *s;

	if (c == NULL)
		return -1;
	for (s = a->snapshots; s != NULL; s = s->next)
		if (load_account_cmp(s->row.rev, by->row.rev) <= 0 &&
		    load_account_has(a, c, s->row.rev, s->row.listed) &&
		    release_all(a, load_snapshot_count(s, c), st) == -1)
			return -1;
	return 0;
}

/* Check all ends that wait; put those that still do back in line. */
int
load_waiting_covered(struct load_account *a, struct status *st)
{
	struct load_filter *line = a->waiting, *f;
	const struct load_snapshot *s;

	if (line == NULL)
		return 0;
	a->waiting = NULL;
	line->in_line = &line;
	while ((f = line) != NULL) {
		s = f->snapshot;
		if (!load_account_has(a, f->waits_for, s->row.rev,
			s->row.listed)) {
			leave_line(f);
			put_in_line(&a->waiting, f);
		} else if (release_all(a, load_snapshot_count(s, f->waits_for),
			       st) == -1)
			return -1;
	}
	return 0;
}

int
load_waiting_loaded(struct load_account *a, const struct load_filter *f,
    struct status *st)
{
	bool is_open = false;
	size_t i;

	for (i = 0; a->waiting != NULL && i < f->npatterns; i++) {
		if (load_prefix_is_open(&f->patterns[i])) {
			is_open = true;
			continue;
		}
		if (release_collection(a, f->snapshot, &f->patterns[i], st) ==
		    -1)
			return -1;
	}
	return is_open ? load_waiting_covered(a, st) : 0;
}

struct load_filter *
load_waiting_next(struct load_account *a)
{
	struct load_filter *f = a->ready;

	if (f == NULL)
		return NULL;
	leave_line(f);
	f->done = true;
	return f;
}

void
load_waiting_drop(struct load_filter *f)
{
	struct load_snapshot_count *c;
	size_t i;

	if (f->in_line == NULL)
		return;
	leave_line(f);
	if (f->waits_for == NULL)
		return;
	c = load_snapshot_count(f->snapshot, f->waits_for);
	for (i = 0; i < c->nwaits; i++)
		if (c->waits[i].filter == f) {
			take_out(c, i);
			return;
		}
}

void
load_waiting_drop_all(struct load_snapshot *s)
{
	struct load_filter *f;

	for (f = s->filters; f != NULL; f = f->next)
		if (f->in_line != NULL)
			leave_line(f);
}
