#include "config.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/load/account_private.h"
#include "libcar/load/snapshot_private.h"

void
load_account_set_rev(char *rev, const struct slice *t)
{
	memset(rev, 0, DB_REV_BYTES);
	if (t->len < DB_REV_BYTES)
		memcpy(rev, t->at, t->len);
}

static int
compare_texts(const struct slice *a, const struct slice *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->at, b->at, a->len);
}

static int
compare_accounts(const void *a, const void *b)
{
	const struct load_account *x = a, *y = b;

	return compare_texts(&x->did, &y->did);
}

static int
compare_collections(const void *a, const void *b)
{
	const struct load_collection *x = a, *y = b;

	return compare_texts(&x->nsid, &y->nsid);
}

/* A struct with a copy of a text behind it. */
static void *
alloc_with(size_t size, const struct slice *t, struct slice *copy)
{
	char *p = calloc(1, size + t->len + 1);

	if (p == NULL)
		return NULL;
	memcpy(p + size, t->at, t->len);
	*copy = (struct slice){ p + size, t->len };
	return p;
}

static void
free_account(void *arg)
{
	struct load_account *a = arg;
	size_t i;

	while (a->snapshots != NULL)
		load_snapshot_free(a, a->snapshots);
	for (i = 0; i < a->ncoverage; i++)
		free(a->coverage[i].row.pattern);
	free(a->coverage);
	while (a->by_nsid != NULL)
		tdelete(*(void **)a->by_nsid, &a->by_nsid, compare_collections);
	for (i = 0; i < a->ncollections; i++)
		free(a->collections[i]);
	free(a->collections);
	free(a);
}

static void
forget_last(struct load *load)
{
	load->account = NULL;
	load->collection = NULL;
	load->snapshot = NULL;
}

void
load_account_drop(struct load *load, const struct slice *did)
{
	struct load_account key = { .did = *did }, *a;
	void *node = tfind(&key, &load->accounts, compare_accounts);

	if (node == NULL)
		return;
	a = *(struct load_account **)node;
	tdelete(&key, &load->accounts, compare_accounts);
	load->naccounts--;
	if (load->account == a)
		forget_last(load);
	free_account(a);
}

void
load_account_drop_all(struct load *load)
{
	tdestroy(load->accounts, free_account);
	load->accounts = NULL;
	load->naccounts = 0;
	load->dirty = NULL;
	forget_last(load);
}

void
load_account_dirty(struct load *load, struct load_account *a)
{
	if (a->dirty)
		return;
	a->dirty = true;
	a->next_dirty = load->dirty;
	load->dirty = a;
}

static struct load_coverage *
find_coverage(const struct load_account *a, const struct slice *pattern)
{
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		if (a->coverage[i].len == pattern->len &&
		    memcmp(a->coverage[i].row.pattern, pattern->at,
			pattern->len) == 0)
			return &a->coverage[i];
	return NULL;
}

struct load_coverage *
load_account_coverage(struct load_account *a, const struct slice *pattern,
    struct status *st)
{
	struct load_coverage *v = find_coverage(a, pattern);
	size_t n = a->ncoverage;

	if (v != NULL)
		return v;
	/* The array has room for a power of two. */
	if ((n & (n - 1)) == 0 &&
	    (v = realloc(a->coverage, (n == 0 ? 1 : 2 * n) * sizeof(*v))) !=
		NULL)
		a->coverage = v;
	else if ((n & (n - 1)) == 0) {
		load_no_memory(st);
		return NULL;
	}
	v = &a->coverage[n];
	memset(v, 0, sizeof(*v));
	if ((v->row.pattern = strndup(pattern->at, pattern->len)) == NULL) {
		load_no_memory(st);
		return NULL;
	}
	v->len = pattern->len;
	a->ncoverage++;
	return v;
}

static int
read_coverage(void *arg, const struct db_coverage *row, struct status *st)
{
	struct slice pattern = { row->pattern, strlen(row->pattern) };
	struct load_coverage *v = load_account_coverage(arg, &pattern, st);
	char *copy;

	if (v == NULL)
		return -1;
	copy = v->row.pattern;
	v->row = *row;
	v->row.pattern = copy;
	v->failed = row->status == DB_FAILED;
	return 0;
}

/* An account that was there may have entries of any origin. */
int
load_account_read(struct load *load, struct load_account *a, struct status *st)
{
	int64_t collection = 0;

	if (a->is_read || a->row.id == 0)
		return 0;
	if (load_snapshot_read(load, a, st) == -1 ||
	    db_next_collection(load->db, a->row.id, &collection, st) == -1)
		return -1;
	a->empty = collection == 0;
	a->mixed = a->tombstones = !a->empty;
	a->is_read = true;
	return 0;
}

static struct load_account *
new_account(struct load *load, const struct slice *did, struct status *st)
{
	struct slice copy;
	struct load_account *a = alloc_with(sizeof(*a), did, &copy);

	if (a == NULL) {
		load_no_memory(st);
		return NULL;
	}
	a->did = copy;
	a->empty = true;
	if (db_account(load->db, did, false, &a->row, st) == -1 ||
	    (a->row.id != 0 &&
		db_coverages(load->db, a->row.id, read_coverage, a, st) ==
		    -1)) {
		free_account(a);
		return NULL;
	}
	if (tsearch(a, &load->accounts, compare_accounts) == NULL) {
		free_account(a);
		load_no_memory(st);
		return NULL;
	}
	load->naccounts++;
	return a;
}

struct load_account *
load_account_get(struct load *load, const struct slice *did, bool create,
    struct status *st)
{
	struct load_account key = { .did = *did }, *a;
	void *node = tfind(&key, &load->accounts, compare_accounts);
	int got;

	a = node != NULL ? *(struct load_account **)node :
			   new_account(load, did, st);
	if (a == NULL || !create)
		return a;
	if (a->row.id != 0) {
		got = load_account_read(load, a, st);
	} else {
		a->is_read = true;
		got = db_account(load->db, did, true, &a->row, st);
	}
	if (got == -1)
		return NULL;
	db_use(load->db, a->row.id);
	return a;
}

bool
load_account_covers(const struct slice *pattern, const struct slice *other)
{
	return syntax_pattern_covers(pattern->at, pattern->len, other->at,
	    other->len);
}

static struct slice
pattern_of(const struct load_coverage *v)
{
	return (struct slice){ v->row.pattern, v->len };
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

static struct load_collection *
new_collection(struct load_account *a, const struct slice *nsid,
    struct status *st)
{
	size_t n = a->ncollections, i;
	struct load_collection *c, **array = a->collections;
	struct slice copy, pattern;

	if ((n & (n - 1)) == 0 &&
	    (array = realloc(array, (n == 0 ? 1 : 2 * n) * sizeof(c))) == NULL)
		goto no_memory;
	a->collections = array;
	if ((c = alloc_with(sizeof(*c), nsid, &copy)) == NULL)
		goto no_memory;
	c->nsid = copy;
	c->index = n;
	for (i = 0; i < a->ncoverage; i++) {
		pattern = pattern_of(&a->coverage[i]);
		if (!load_account_covers(&pattern, nsid))
			continue;
		set_floor(c->floor, a->coverage[i].row.floor);
		set_loaded(c->loaded, &c->listed, a->coverage[i].row.loaded,
		    a->coverage[i].row.listed);
	}
	if (tsearch(c, &a->by_nsid, compare_collections) == NULL) {
		free(c);
		goto no_memory;
	}
	a->collections[a->ncollections++] = c;
	return c;
no_memory:
	load_no_memory(st);
	return NULL;
}

struct load_collection *
load_account_collection(struct load *load, struct load_account *a,
    const struct slice *nsid, bool create, struct status *st)
{
	struct load_collection key = { .nsid = *nsid }, *c;
	void *node = tfind(&key, &a->by_nsid, compare_collections);

	c = node != NULL ? *(struct load_collection **)node :
			   new_collection(a, nsid, st);
	if (c != NULL && create && c->id == 0 &&
	    db_collection(load->db, nsid, true, &c->id, st) == -1)
		return NULL;
	return c;
}

bool
load_account_has(const struct load_collection *c, const char *rev, bool listed)
{
	int cmp = load_account_cmp(c->loaded, rev);

	return cmp > 0 || (cmp == 0 && (listed || !c->listed));
}

bool
load_account_has_pattern(const struct load_account *a,
    const struct slice *pattern, const char *rev, bool listed)
{
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		p = pattern_of(&a->coverage[i]);
		if (load_account_covers(&p, pattern) &&
		    !loaded_more(rev, listed, a->coverage[i].row.loaded,
			a->coverage[i].row.listed))
			return true;
	}
	return false;
}

const char *
load_account_floor(const struct load_account *a, const struct slice *pattern)
{
	const char *floor = "\0\0\0\0\0\0\0\0\0\0\0\0";
	struct slice p;
	size_t i;

	for (i = 0; i < a->ncoverage; i++) {
		p = pattern_of(&a->coverage[i]);
		if (load_account_covers(&p, pattern) &&
		    load_account_cmp(a->coverage[i].row.floor, floor) > 0)
			floor = a->coverage[i].row.floor;
	}
	return floor;
}

struct prune {
	struct load *load;
	struct load_account *account;
	const struct slice *pattern;
	const char *rev;
};

static int
prune_tombstone(void *arg, const struct db_key *k, const struct db_entry *e,
    struct status *st)
{
	struct prune *p = arg;
	struct db *db = p->load->db;
	struct slice nsid;

	if (load_account_cmp(e->rev, p->rev) > 0)
		return 0;
	if (db_nsid(db, k->collection, &nsid, st) == -1)
		return -1;
	if (!load_account_covers(p->pattern, &nsid))
		return 0;
	return load_account_remove(p->load, p->account, k, e->id, p->rev, st);
}

/* Floors of narrower patterns that are no higher now say nothing. */
static void
drop_floors(struct load_account *a, const struct slice *pattern,
    const char *rev)
{
	struct load_coverage *v;
	struct slice p;

	for (v = a->coverage; v < a->coverage + a->ncoverage; v++) {
		p = pattern_of(v);
		if (load_account_covers(pattern, &p) &&
		    v->row.floor[0] != '\0' &&
		    load_account_cmp(v->row.floor, rev) <= 0) {
			memset(v->row.floor, 0, DB_REV_BYTES);
			v->dirty = true;
		}
	}
}

int
load_account_raise(struct load *load, struct load_account *a,
    const struct slice *pattern, const char *rev, struct status *st)
{
	struct prune p = { load, a, pattern, rev };
	struct load_coverage *v;
	size_t i;

	if (load_account_cmp(load_account_floor(a, pattern), rev) >= 0)
		return 0;
	drop_floors(a, pattern, rev);
	if ((v = load_account_coverage(a, pattern, st)) == NULL)
		return -1;
	memcpy(v->row.floor, rev, DB_REV_BYTES);
	v->dirty = true;
	load_account_dirty(load, a);
	for (i = 0; i < a->ncollections; i++)
		if (load_account_covers(pattern, &a->collections[i]->nsid))
			set_floor(a->collections[i]->floor, rev);
	if (!a->tombstones)
		return 0;
	return db_tombstones(load->db, a->row.id, prune_tombstone, &p, st);
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

int
load_account_recover(struct load *load, struct load_account *a,
    struct status *st)
{
	size_t i;

	for (i = 0; i < a->ncoverage; i++)
		a->coverage[i].failed = false;
	a->row.loaded_ms = load->db->now_ms;
	if (db_put_loaded(load->db, a->row.id, st) == -1)
		return -1;
	return load_account_states(load, a, st);
}

int
load_account_loaded(struct load *load, struct load_account *a,
    const struct slice *pattern, const char *rev, bool listed,
    struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);
	struct load_collection *c;
	size_t i;

	if (v == NULL)
		return -1;
	set_loaded(v->row.loaded, &v->row.listed, rev, listed);
	v->row.completed_ms = load->db->now_ms;
	v->dirty = true;
	for (i = 0; i < a->ncollections; i++) {
		c = a->collections[i];
		if (load_account_covers(pattern, &c->nsid))
			set_loaded(c->loaded, &c->listed, rev, listed);
	}
	load_account_dirty(load, a);
	if (!a->row.has_cursors)
		return 0;
	return db_drop_cursors(load->db, a->row.id, v->row.pattern, rev, st);
}

static int
drop_coverage(struct load *load, struct load_account *a,
    struct load_coverage *v, struct status *st)
{
	int got = db_drop_coverage(load->db, a->row.id, v->row.pattern, st);

	free(v->row.pattern);
	*v = a->coverage[--a->ncoverage];
	return got;
}

static enum db_import
state_of(const struct load_account *a, const struct load_coverage *v)
{
	struct slice p = pattern_of(v);

	if (load_snapshot_imports(a, &p))
		return DB_IN_PROGRESS;
	if (v->failed)
		return DB_FAILED;
	return v->row.loaded[0] != '\0' ? DB_COMPLETED : DB_NONE;
}

static void
set_state(struct load *load, struct load_coverage *v, enum db_import state)
{
	if (state == v->row.status)
		return;
	if (state == DB_IN_PROGRESS) {
		v->row.started_ms = load->db->now_ms;
		v->row.completed_ms = 0;
	}
	v->row.status = state;
	v->dirty = true;
}

int
load_account_begun(struct load *load, struct load_account *a,
    const struct slice *pattern, struct status *st)
{
	struct load_coverage *v = load_account_coverage(a, pattern, st);

	if (v == NULL)
		return -1;
	set_state(load, v, DB_IN_PROGRESS);
	load_account_dirty(load, a);
	return 0;
}

int
load_account_states(struct load *load, struct load_account *a,
    struct status *st)
{
	struct load_coverage *v;
	enum db_import state;
	size_t i;

	for (i = a->ncoverage; i-- > 0;) {
		v = &a->coverage[i];
		state = state_of(a, v);
		if (state == DB_NONE && v->row.floor[0] == '\0') {
			if (drop_coverage(load, a, v, st) == -1)
				return -1;
			continue;
		}
		set_state(load, v, state);
	}
	load_account_dirty(load, a);
	return 0;
}

int
load_account_remove(struct load *load, struct load_account *a,
    const struct db_key *k, int64_t entry, const char *rev, struct status *st)
{
	struct load_snapshot *s;

	for (s = a->snapshots; s != NULL; s = s->next)
		if (load_snapshot_forget(load, a, s, k, entry, st) == -1)
			return -1;
	if (a->row.has_errors && db_drop_error(load->db, k, rev, st) == -1)
		return -1;
	return db_remove(load->db, k, entry, st);
}

static int
flush_one(struct load *load, struct load_account *a, struct status *st)
{
	struct load_coverage *v;

	for (v = a->coverage; v < a->coverage + a->ncoverage; v++) {
		if (v->row.status == DB_IN_PROGRESS)
			load_snapshot_progress(a, v);
		if (v->dirty &&
		    db_put_coverage(load->db, a->row.id, &v->row, st) == -1)
			return -1;
		v->dirty = false;
	}
	return load_snapshot_flush(load, a, st);
}

int
load_account_flush(struct load *load, struct status *st)
{
	struct load_account *a;

	while ((a = load->dirty) != NULL) {
		if (flush_one(load, a, st) == -1)
			return -1;
		load->dirty = a->next_dirty;
		a->dirty = false;
	}
	return 0;
}
