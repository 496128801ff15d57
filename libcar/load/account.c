#include "config.h"

#include <search.h>
#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/account_private.h"

/*
 * There are few patterns of an account, in an array, and maybe many
 * collections, in a tree by their NSIDs. Whenever the coverage of a pattern
 * changes, so does that of the collections that it covers.
 */

void
load_account_set_rev(char *rev, const struct slice *t)
{
	memset(rev, 0, DB_REV_BYTES);
	if (t->len > 0 && t->len < DB_REV_BYTES)
		memcpy(rev, t->at, t->len);
}

bool
load_account_same(const struct slice *a, const struct slice *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

bool
load_account_covers(const struct slice *pattern, const struct slice *other)
{
	return syntax_pattern_covers(pattern->at, pattern->len, other->at,
	    other->len);
}

/* Coverage */

static struct load_coverage *
find_coverage(const struct load_account *a, const struct slice *pattern)
{
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		p = load_account_pattern(&a->coverage[i]);
		if (load_account_same(&p, pattern))
			return &a->coverage[i];
	}
	return NULL;
}

struct load_coverage *
load_account_coverage(struct load_account *a, const struct slice *pattern,
    struct status *st)
{
	struct load_coverage *v = find_coverage(a, pattern);

	if (v != NULL)
		return v;
	if (!ARRAY_GROW(a->coverage, a->ncoverage, a->coverage_room))
		goto no_memory;
	v = &a->coverage[a->ncoverage];
	memset(v, 0, sizeof(*v));
	if ((v->row.pattern = strndup(pattern->at, pattern->len)) == NULL)
		goto no_memory;
	v->len = pattern->len;
	a->ncoverage++;
	return v;

no_memory:
	status_no_memory(st);
	return NULL;
}

void
load_account_drop_coverage(struct load_account *a, struct load_coverage *v)
{
	free(v->row.pattern);
	*v = a->coverage[--a->ncoverage];
}

/* The later of two revs at which something was loaded; at the same one what
 * a CAR says is more. */
static bool
loaded_more(const char *rev, bool listed, const char *than, bool than_listed)
{
	int c = load_account_cmp(rev, than);

	return c > 0 || (c == 0 && !listed && than_listed);
}

static void
set_loaded(char *rev, bool *listed, const char *new_rev, bool new_listed)
{
	if (loaded_more(new_rev, new_listed, rev, *listed)) {
		memcpy(rev, new_rev, DB_REV_BYTES);
		*listed = new_listed;
	}
}

static void
set_floor(char *rev, const char *new_rev)
{
	if (load_account_cmp(new_rev, rev) > 0)
		memcpy(rev, new_rev, DB_REV_BYTES);
}

bool
load_account_has(const struct load_collection *c, const char *rev, bool listed)
{
	return !loaded_more(rev, listed, c->loaded, c->listed);
}

bool
load_account_has_pattern(const struct load_account *a,
    const struct slice *pattern, const char *rev, bool listed)
{
	const struct load_coverage *v;
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		p = load_account_pattern(v);
		if (load_account_covers(&p, pattern) &&
		    !loaded_more(rev, listed, v->row.loaded, v->row.listed))
			return true;
	}
	return false;
}

int64_t
load_account_loaded_ms(const struct load_account *a,
    const struct slice *pattern)
{
	const struct load_coverage *v;
	int64_t ms = 0;
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		p = load_account_pattern(v);
		if (load_account_covers(&p, pattern) &&
		    v->row.completed_ms > ms)
			ms = v->row.completed_ms;
	}
	return ms;
}

const char *
load_account_floor(const struct load_account *a, const struct slice *pattern)
{
	static const char none[DB_REV_BYTES];
	const char *floor = none;
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		p = load_account_pattern(&a->coverage[i]);
		if (load_account_covers(&p, pattern) &&
		    load_account_cmp(a->coverage[i].row.floor, floor) > 0)
			floor = a->coverage[i].row.floor;
	}
	return floor;
}

/* Floors of narrower patterns that are no higher now say nothing. */
static void
drop_floors(struct load_account *a, const struct slice *pattern,
    const char *rev)
{
	struct load_coverage *v;
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		p = load_account_pattern(v);
		if (load_account_covers(pattern, &p) &&
		    v->row.floor[0] != '\0' &&
		    load_account_cmp(v->row.floor, rev) <= 0) {
			memset(v->row.floor, 0, DB_REV_BYTES);
			v->dirty = true;
		}
	}
}

int
load_account_raise(struct load_account *a, const struct slice *pattern,
    const char *rev, struct status *st)
{
	struct load_coverage *v;
	size_t i;

	drop_floors(a, pattern, rev);
	if ((v = load_account_coverage(a, pattern, st)) == NULL)
		return -1;
	memcpy(v->row.floor, rev, DB_REV_BYTES);
	v->dirty = a->is_dirty = true;
	for (i = 0; i < a->ncollections; i++)
		if (load_account_covers(pattern, &a->collections[i]->nsid))
			set_floor(a->collections[i]->floor, rev);
	return 0;
}

int
load_account_loaded(struct load_account *a, const struct slice *pattern,
    const char *rev, bool listed, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);
	struct load_collection *c;
	size_t i;

	if (v == NULL)
		return -1;
	set_loaded(v->row.loaded, &v->row.listed, rev, listed);
	v->dirty = a->is_dirty = true;
	for (i = 0; i < a->ncollections; i++) {
		c = a->collections[i];
		if (load_account_covers(pattern, &c->nsid))
			set_loaded(c->loaded, &c->listed, rev, listed);
	}
	return 0;
}

bool
load_account_failed(const struct load_account *a)
{
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		if (a->coverage[i].failed)
			return true;
	return false;
}

/* Collections */

/* In any order that is quick to tell. */
static int
compare(const void *a, const void *b)
{
	const struct slice *x = &((const struct load_collection *)a)->nsid;
	const struct slice *y = &((const struct load_collection *)b)->nsid;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->at, y->at, x->len);
}

static void
gather(const struct load_account *a, struct load_collection *c)
{
	const struct load_coverage *v;
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = &a->coverage[i];
		p = load_account_pattern(v);
		if (!load_account_covers(&p, &c->nsid))
			continue;
		set_floor(c->floor, v->row.floor);
		set_loaded(c->loaded, &c->listed, v->row.loaded, v->row.listed);
	}
}

static struct load_collection *
new_collection(struct load_account *a, const struct slice *nsid,
    struct status *st)
{
	struct load_collection *c;

	if (!ARRAY_GROW(a->collections, a->ncollections, a->collection_room) ||
	    (c = calloc(1, sizeof(*c) + nsid->len + 1)) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	memcpy(c + 1, nsid->at, nsid->len);
	c->nsid = (struct slice){ (const char *)(c + 1), nsid->len };
	c->index = a->ncollections;
	gather(a, c);
	if (tsearch(c, &a->by_nsid, compare) == NULL) {
		free(c);
		status_no_memory(st);
		return NULL;
	}
	return a->collections[a->ncollections++] = c;
}

struct load_collection *
load_account_collection(struct load_account *a, const struct slice *nsid,
    struct status *st)
{
	struct load_collection key = { .nsid = *nsid };
	void *node = tfind(&key, &a->by_nsid, compare);

	return node != NULL ? *(struct load_collection **)node :
			      new_collection(a, nsid, st);
}

void
load_account_clear(struct load_account *a)
{
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		free(a->coverage[i].row.pattern);
	free(a->coverage);
	while (a->by_nsid != NULL)
		tdelete(*(void **)a->by_nsid, &a->by_nsid, compare);
	for (i = 0; i < a->ncollections; i++)
		free(a->collections[i]);
	free(a->collections);
	a->coverage = NULL;
	a->collections = NULL;
	a->ncoverage = a->ncollections = 0;
	a->coverage_room = a->collection_room = 0;
}
