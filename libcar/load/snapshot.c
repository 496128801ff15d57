#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/load/snapshot_private.h"

/*
 * What a snapshot has named is a bit for each key that has an entry. A key that
 * has none, as something later deleted it, is a row in the database; so is one
 * whose entry is removed.
 */

/* Which there are */

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
	return s;
}

static int
count_snapshots(const struct load_account *a)
{
	const struct load_snapshot *s;
	int n = 0;

	for (s = a->snapshots; s != NULL; s = s->next)
		n++;
	return n;
}

struct load_snapshot *
load_snapshot_need(struct load_account *a, const char *rev, bool listed,
    struct status *st)
{
	struct load_snapshot *s = load_snapshot_find(a, rev, listed);
	struct db_snapshot row = { .listed = listed };

	if (s == NULL && count_snapshots(a) >= LOAD_SNAPSHOTS) {
		status_set(st, STATUS_BAD_LINE, 0,
		    "more than %d snapshots of one account in progress",
		    LOAD_SNAPSHOTS);
		return NULL;
	}
	memcpy(row.rev, rev, DB_REV_BYTES);
	if (s == NULL && (s = load_snapshot_add(a, &row, st)) == NULL)
		return NULL;
	s->used = true;
	return s;
}

static void
release(struct load_snapshot *s)
{
	struct load_filter *f;
	size_t i;

	while ((f = s->filters) != NULL) {
		s->filters = f->next;
		load_filter_free(f);
	}
	load_seen_free(&s->seen);
	for (i = 0; i < s->ncounts; i++)
		free(s->counts[i]);
	free(s->counts);
	free(s);
}

void
load_snapshot_free(struct load_account *a, struct load_snapshot *s)
{
	struct load_snapshot **p;

	for (p = &a->snapshots; *p != s; p = &(*p)->next)
		;
	*p = s->next;
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
}

/* What it named */

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

/* Room for the count of the collection of this index. */
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

void
load_snapshot_sum(const struct load_account *a, const struct load_snapshot *s,
    const struct slice *pattern, struct db_coverage *v)
{
	const struct db_count *c;
	size_t i;

	for (i = 0; i < s->ncounts; i++) {
		if (s->counts[i] == NULL ||
		    !load_account_covers(pattern, &a->collections[i]->nsid))
			continue;
		c = &s->counts[i]->row;
		v->synced += c->named - c->skipped - c->failed;
		v->skipped += c->skipped;
		v->failed += c->failed;
	}
}

bool
load_snapshot_covers(const struct load_snapshot *s, const struct slice *other)
{
	const struct load_filter *f;

	for (f = s->filters; f != NULL; f = f->next)
		if (load_filter_covers(f, other))
			return true;
	return false;
}
