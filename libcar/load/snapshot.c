#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/load/snapshot_private.h"

/*
 * A bit for each key with an entry says that the snapshot has named the key.
 * Keys without an entry, because something later deleted them, are rows in the
 * database. A key whose entry is removed becomes a row, too.
 */

static void
release_nothing(void *item)
{
	(void)item;
}

/* Any order that is fast to compare. */
static int
compare_texts(const struct slice *x, const struct slice *y)
{
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->at, y->at, x->len);
}

/* Known snapshots */

struct load_snapshot *
load_snapshot_find(const struct load_account *a, const char *rev, bool listed)
{
	struct load_snapshot *s;

	for (s = a->snapshots; s != NULL; s = s->next)
		if (s->row.listed == listed &&
		    load_account_cmp(s->row.rev, rev) == 0)
			return s;
	return NULL;
}

struct load_snapshot *
load_snapshot_add(struct load_account *a, const struct db_snapshot *row,
    struct status *st)
{
	struct load_snapshot *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		status_no_memory(st);
		return NULL;
	}
	s->row = *row;
	s->next = a->snapshots;
	a->snapshots = s;
	a->nsnapshots++;
	return s;
}

static void
release_filters(struct load_snapshot *s)
{
	struct load_filter *f;

	tdestroy(s->by_text, release_nothing);
	tdestroy(s->patterns, free);
	while ((f = s->filters) != NULL) {
		s->filters = f->next;
		load_filter_free(f);
	}
}

static void
release_counts(struct load_snapshot *s)
{
	size_t i;

	for (i = 0; i < s->ncounts; i++) {
		if (s->counts[i] != NULL)
			free(s->counts[i]->waits);
		free(s->counts[i]);
	}
	free(s->counts);
}

static void
release(struct load_snapshot *s)
{
	release_filters(s);
	release_counts(s);
	load_seen_free(&s->seen);
	free(s);
}

void
load_snapshot_free(struct load_account *a, struct load_snapshot *s)
{
	struct load_snapshot **p;

	for (p = &a->snapshots; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	a->nsnapshots--;
	if (a->only == s) {
		a->only = NULL;
		a->mixed = true;
	}
	release(s);
}

void
load_snapshots_free(struct load_account *a)
{
	struct load_snapshot *s;

	while ((s = a->snapshots) != NULL) {
		a->snapshots = s->next;
		release(s);
	}
	a->only = NULL;
	a->waiting = a->ready = NULL;
	a->nsnapshots = 0;
}

/* Named keys */

int
load_snapshot_store(struct db *db, struct load_account *a,
    struct load_snapshot *s, struct status *st)
{
	if (s->row.id != 0)
		return 0;
	return db_put_snapshot(db, a->row.id, &s->row, st);
}

static int
add_key(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct db_key *k, bool *first, struct status *st)
{
	if (load_snapshot_store(db, a, s, st) == -1)
		return -1;
	s->row.has_keys = true;
	return db_add_seen_key(db, s->row.id, k, first, st);
}

int
load_snapshot_has(struct db *db, struct load_snapshot *s,
    const struct db_key *k, int64_t entry, bool *has, struct status *st)
{
	*has = entry != 0 && load_seen_has(&s->seen, entry);
	if (*has || !s->row.has_keys)
		return 0;
	return db_has_seen_key(db, s->row.id, k, has, st);
}

int
load_snapshot_name(struct db *db, struct load_account *a,
    struct load_snapshot *s, const struct db_key *k, int64_t entry, bool *first,
    struct status *st)
{
	bool had = false;

	if (entry == 0)
		return add_key(db, a, s, k, first, st);
	*first = false;
	if (load_seen_has(&s->seen, entry))
		return 0;
	if (load_snapshot_has(db, s, k, 0, &had, st) == -1)
		return -1;
	*first = !had;
	return load_seen_set(&s->seen, entry, true, st);
}

static int
forget(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct db_key *k, int64_t entry, struct status *st)
{
	bool first;

	if (!load_seen_has(&s->seen, entry))
		return 0;
	a->is_dirty = true;
	return load_seen_set(&s->seen, entry, false, st) == -1 ?
	    -1 :
	    add_key(db, a, s, k, &first, st);
}

int
load_snapshots_forget(struct db *db, struct load_account *a,
    const struct db_key *k, int64_t entry, struct status *st)
{
	struct load_snapshot *s;

	for (s = a->snapshots; s != NULL; s = s->next)
		if (forget(db, a, s, k, entry, st) == -1)
			return -1;
	return 0;
}

/* Counts */

struct load_snapshot_count *
load_snapshot_count(const struct load_snapshot *s,
    const struct load_collection *c)
{
	return c->index < s->ncounts ? s->counts[c->index] : NULL;
}

/* Make room for the count of the collection with this index. */
static int
make_room(struct load_snapshot *s, size_t index, struct status *st)
{
	struct load_snapshot_count **p;
	size_t n = 2 * index + 4;

	if (index < s->ncounts)
		return 0;
	if ((p = realloc(s->counts, n * sizeof(*p))) == NULL)
		return status_no_memory(st);
	memset(p + s->ncounts, 0, (n - s->ncounts) * sizeof(*p));
	s->counts = p;
	s->ncounts = n;
	return 0;
}

struct load_snapshot_count *
load_snapshot_add_count(struct load_snapshot *s,
    const struct load_collection *c, struct status *st)
{
	struct load_snapshot_count *count;

	if (make_room(s, c->index, st) == -1)
		return NULL;
	if ((count = calloc(1, sizeof(*count))) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	count->row.collection = c->id;
	return s->counts[c->index] = count;
}

uint64_t
load_snapshot_named(const struct load_snapshot *s,
    const struct load_collection *c)
{
	const struct load_snapshot_count *count = load_snapshot_count(s, c);

	return count == NULL ? 0 : count->row.named;
}

/* Filters */

static int
compare_filters(const void *a, const void *b)
{
	const struct load_filter *x = a, *y = b;

	return compare_texts(&x->text, &y->text);
}

struct load_filter *
load_snapshot_filter(const struct load_snapshot *s, const struct slice *text)
{
	struct load_filter key = { .text = *text };
	void *node = tfind(&key, &s->by_text, compare_filters);

	return node != NULL ? *(struct load_filter **)node : NULL;
}

/* A pattern outlives its filter, because all of it is loaded then. */
struct pattern {
	struct slice text; /* stored behind the struct */
};

static int
compare_patterns(const void *a, const void *b)
{
	const struct pattern *x = a, *y = b;

	return compare_texts(&x->text, &y->text);
}

static struct pattern *
make_pattern(const struct slice *t)
{
	struct pattern *p = malloc(sizeof(*p) + t->len);

	if (p == NULL)
		return NULL;
	memcpy(p + 1, t->at, t->len);
	p->text = (struct slice){ (const char *)(p + 1), t->len };
	return p;
}

static int
add_pattern(struct load_snapshot *s, const struct slice *t)
{
	struct pattern *p = make_pattern(t);
	void *node;

	if (p == NULL)
		return -1;
	node = tsearch(p, &s->patterns, compare_patterns);
	if (node == NULL || *(struct pattern **)node != p)
		free(p);
	return node == NULL ? -1 : 0;
}

int
load_snapshot_add_filter(struct load_snapshot *s, struct load_filter *f,
    struct status *st)
{
	size_t i;

	if (tsearch(f, &s->by_text, compare_filters) == NULL) {
		load_filter_free(f);
		return status_no_memory(st);
	}
	f->snapshot = s;
	f->next = s->filters;
	s->filters = f;
	for (i = 0; i < f->npatterns; i++)
		if (add_pattern(s, &f->patterns[i]) == -1)
			return status_no_memory(st);
	return 0;
}

void
load_snapshot_drop_filter(struct load_snapshot *s, struct load_filter **place)
{
	struct load_filter *f = *place;

	*place = f->next;
	tdelete(f, &s->by_text, compare_filters);
	load_filter_free(f);
}

bool
load_snapshot_covers(const struct load_snapshot *s, const struct slice *other)
{
	struct load_prefix p;
	struct pattern key;

	load_prefix_begin(&p, other);
	while (s->patterns != NULL && load_prefix_next(&p)) {
		key.text = p.text;
		if (tfind(&key, &s->patterns, compare_patterns) != NULL)
			return true;
	}
	return false;
}

bool
load_snapshot_has_loaded(const struct load_account *a,
    const struct load_filter *f)
{
	const struct load_snapshot *s = f->snapshot;
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (!load_account_has_pattern(a, &f->patterns[i], s->row.rev,
			s->row.listed))
			return false;
	return true;
}
