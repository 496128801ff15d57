#include "config.h"

#include <search.h>
#include <stdlib.h>

#include "libcar/base/array.h"
#include "libcar/load/account_private.h"

/*
 * Trees index patterns and collections by their text, so a few look-ups find
 * the patterns that cover a collection, however many patterns exist. A
 * collection caches what its patterns say until any coverage changes, and
 * gathers it again at its next use.
 */

#define FEW 8 /* collections that are searched linearly */

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
	return slice_equal(a, b);
}

bool
load_account_covers(const struct slice *pattern, const struct slice *other)
{
	return syntax_pattern_covers(pattern->at, pattern->len, other->at,
	    other->len);
}

/* The order doesn't matter; this one is fast to compare. */
static int
compare_texts(const struct slice *x, const struct slice *y)
{
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->at, y->at, x->len);
}

/* Coverage */

static int
compare_patterns(const void *a, const void *b)
{
	const struct slice x = load_account_pattern(a);
	const struct slice y = load_account_pattern(b);

	return compare_texts(&x, &y);
}

struct load_coverage *
load_account_find(const struct load_account *a, const struct slice *pattern)
{
	struct load_coverage key = { .row.pattern = (char *)pattern->at,
		.len = pattern->len };
	void *node = tfind(&key, &a->by_pattern, compare_patterns);

	return node != NULL ? *(struct load_coverage **)node : NULL;
}

struct load_coverage *
load_account_covering(const struct load_account *a, struct load_prefix *p)
{
	struct load_coverage *v;

	while (a->by_pattern != NULL && load_prefix_next(p))
		if ((v = load_account_find(a, &p->text)) != NULL)
			return v;
	return NULL;
}

static void
free_coverage(struct load_coverage *v)
{
	free(v->row.pattern);
	free(v);
}

static struct load_coverage *
new_coverage(struct load_account *a, const struct slice *pattern,
    struct status *st)
{
	struct load_coverage *v;

	if (!ARRAY_GROW(a->coverage, a->ncoverage, a->coverage_room) ||
	    (v = calloc(1, sizeof(*v))) == NULL) {
		status_no_memory(st);
		return NULL;
	}
	v->len = pattern->len;
	if ((v->row.pattern = strndup(pattern->at, pattern->len)) == NULL ||
	    tsearch(v, &a->by_pattern, compare_patterns) == NULL) {
		free_coverage(v);
		status_no_memory(st);
		return NULL;
	}
	return a->coverage[a->ncoverage++] = v;
}

struct load_coverage *
load_account_coverage(struct load_account *a, const struct slice *pattern,
    struct status *st)
{
	struct load_coverage *v = load_account_find(a, pattern);

	return v != NULL ? v : new_coverage(a, pattern, st);
}

void
load_account_drop_coverage(struct load_account *a, size_t i)
{
	struct load_coverage *v = a->coverage[i];

	load_account_set_failed(a, v, false);
	tdelete(v, &a->by_pattern, compare_patterns);
	free_coverage(v);
	a->coverage[i] = a->coverage[--a->ncoverage];
}

void
load_account_set_failed(struct load_account *a, struct load_coverage *v,
    bool failed)
{
	a->nfailed += failed - v->failed;
	v->failed = failed;
}

/* The later of two revs at which something was loaded counts; at the same rev,
 * a CAR counts more than a listing. */
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

static const char no_rev[DB_REV_BYTES];

static void
set_floor(char *rev, const char *new_rev)
{
	if (load_account_cmp(new_rev, rev) > 0)
		memcpy(rev, new_rev, DB_REV_BYTES);
}

bool
load_account_has(const struct load_account *a, struct load_collection *c,
    const char *rev, bool listed)
{
	load_account_refresh(a, c);
	return !loaded_more(rev, listed, c->loaded, c->listed);
}

bool
load_account_has_pattern(const struct load_account *a,
    const struct slice *pattern, const char *rev, bool listed)
{
	const struct load_coverage *v;
	struct load_prefix p;

	load_prefix_begin(&p, pattern);
	while ((v = load_account_covering(a, &p)) != NULL)
		if (!loaded_more(rev, listed, v->row.loaded, v->row.listed))
			return true;
	return false;
}

const char *
load_account_loaded_rev(const struct load_account *a,
    const struct slice *pattern)
{
	const struct load_coverage *v;
	const char *rev = no_rev;
	struct load_prefix p;

	load_prefix_begin(&p, pattern);
	while ((v = load_account_covering(a, &p)) != NULL)
		if (load_account_cmp(v->row.loaded, rev) > 0)
			rev = v->row.loaded;
	return rev;
}

int64_t
load_account_loaded_ms(const struct load_account *a,
    const struct slice *pattern)
{
	const struct load_coverage *v;
	struct load_prefix p;
	int64_t ms = 0;

	load_prefix_begin(&p, pattern);
	while ((v = load_account_covering(a, &p)) != NULL)
		if (v->row.completed_ms > ms)
			ms = v->row.completed_ms;
	return ms;
}

const char *
load_account_floor(const struct load_account *a, const struct slice *pattern)
{
	const struct load_coverage *v;
	const char *floor = no_rev;
	struct load_prefix p;

	load_prefix_begin(&p, pattern);
	while ((v = load_account_covering(a, &p)) != NULL)
		if (load_account_cmp(v->row.floor, floor) > 0)
			floor = v->row.floor;
	return floor;
}

int
load_account_raise(struct load_account *a, const struct slice *pattern,
    const char *rev, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	memcpy(v->row.floor, rev, DB_REV_BYTES);
	v->dirty = a->is_dirty = a->is_raised = true;
	a->is_widely_raised |= load_prefix_is_open(pattern);
	a->version++;
	return 0;
}

int
load_account_loaded(struct load_account *a, const struct slice *pattern,
    const char *rev, bool listed, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	/* What is learnt later isn't of the former host. */
	if (v->row.cause == DB_MOVED &&
	    load_account_cmp(rev, v->row.loaded) > 0)
		v->row.cause = DB_SYNCED;
	set_loaded(v->row.loaded, &v->row.listed, rev, listed);
	if (load_account_cmp(rev, a->latest) > 0)
		memcpy(a->latest, rev, DB_REV_BYTES);
	v->dirty = a->is_dirty = a->is_concluded = true;
	a->version++;
	return 0;
}

void
load_account_note_run(struct load_account *a, const struct load_coverage *v)
{
	const struct slice whole = load_account_whole(),
			   p = load_account_pattern(v);

	if (!load_account_same(&p, &whole) &&
	    load_account_cmp(v->row.run_to, a->ran) > 0)
		memcpy(a->ran, v->row.run_to, DB_REV_BYTES);
}

/* Does a wider pattern have an equal or higher floor? */
static bool
is_below(const struct load_account *a, const struct load_coverage *v)
{
	const struct slice pattern = load_account_pattern(v);
	const struct load_coverage *wider;
	struct load_prefix p;

	load_prefix_begin(&p, &pattern);
	while ((wider = load_account_covering(a, &p)) != NULL)
		if (wider != v &&
		    load_account_cmp(wider->row.floor, v->row.floor) >= 0)
			return true;
	return false;
}

void
load_account_drop_floors(struct load_account *a)
{
	struct load_coverage *v;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		v = a->coverage[i];
		if (v->row.floor[0] == '\0' || !is_below(a, v))
			continue;
		memset(v->row.floor, 0, DB_REV_BYTES);
		v->dirty = true;
	}
}

/* Collections */

static int
compare_nsids(const void *a, const void *b)
{
	return compare_texts(&((const struct load_collection *)a)->nsid,
	    &((const struct load_collection *)b)->nsid);
}

void
load_account_gather(const struct load_account *a, struct load_collection *c)
{
	const struct load_coverage *v;
	struct load_prefix p;

	load_prefix_begin(&p, &c->nsid);
	while ((v = load_account_covering(a, &p)) != NULL) {
		set_floor(c->floor, v->row.floor);
		set_loaded(c->loaded, &c->listed, v->row.loaded, v->row.listed);
	}
	c->version = a->version;
}

/* Most accounts have few collections. A tree for these took 8 % of the time of
 * live lines, because each of its nodes is a cache miss. */
static struct load_collection *
find_collection(const struct load_account *a, const struct slice *nsid)
{
	struct load_collection key = { .nsid = *nsid };
	void *node;
	size_t i;

	if (a->by_nsid == NULL) {
		for (i = 0; i < a->ncollections; i++)
			if (load_account_same(&a->collections[i]->nsid, nsid))
				return a->collections[i];
		return NULL;
	}
	node = tfind(&key, &a->by_nsid, compare_nsids);
	return node != NULL ? *(struct load_collection **)node : NULL;
}

/* The tree holds all collections if there are more than FEW. */
static bool
add_to_tree(struct load_account *a, struct load_collection *c)
{
	size_t i;

	if (a->ncollections < FEW)
		return true;
	for (i = 0; a->ncollections == FEW && i < FEW; i++)
		if (tsearch(a->collections[i], &a->by_nsid, compare_nsids) ==
		    NULL)
			return false;
	return tsearch(c, &a->by_nsid, compare_nsids) != NULL;
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
	load_account_gather(a, c);
	if (!add_to_tree(a, c)) {
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
	struct load_collection *c = find_collection(a, nsid);

	return c != NULL ? c : new_collection(a, nsid, st);
}

static void
release_nothing(void *item)
{
	(void)item;
}

void
load_account_clear(struct load_account *a)
{
	size_t i;

	tdestroy(a->by_pattern, release_nothing);
	tdestroy(a->by_nsid, release_nothing);
	for (i = 0; i < a->ncoverage; i++)
		free_coverage(a->coverage[i]);
	free(a->coverage);
	for (i = 0; i < a->ncollections; i++)
		free(a->collections[i]);
	free(a->collections);
	a->coverage = NULL;
	a->collections = NULL;
	a->by_pattern = a->by_nsid = NULL;
	a->ncoverage = a->ncollections = a->nfailed = 0;
	a->coverage_room = a->collection_room = 0;
	a->has_collections = a->is_raised = a->is_widely_raised = false;
	a->is_concluded = a->has_runs = a->may_join = false;
	memset(a->extended, 0, sizeof(a->extended));
	memset(a->latest, 0, sizeof(a->latest));
	memset(a->ran, 0, sizeof(a->ran));
	a->fewer.collection = NULL;
	a->forgotten = 0;
}
