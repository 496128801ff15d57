#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/load/snapshot_private.h"

void
load_snapshot_free(struct load_account *a, struct load_snapshot *s)
{
	struct load_snapshot **p;
	struct load_filter *f;
	size_t i;

	for (p = &a->snapshots; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	if (a->only == s) {
		a->only = NULL;
		a->mixed = true;
	}
	while ((f = s->filters) != NULL) {
		s->filters = f->next;
		load_filter_free(f);
	}
	for (i = 0; i < s->nchunks; i++)
		free(s->chunks[i]);
	free(s->chunks);
	for (i = 0; i < s->ncounts; i++)
		free(s->counts[i]);
	free(s->counts);
	free(s);
}

/* Where the chunk of this number is or belongs. */
static size_t
chunk_place(const struct load_snapshot *s, int64_t number)
{
	size_t low = 0, high = s->nchunks, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->chunks[mid]->number < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct load_snapshot_chunk *
find_chunk(struct load_snapshot *s, int64_t number)
{
	size_t i;

	if (s->last != NULL && s->last->number == number)
		return s->last;
	i = chunk_place(s, number);
	if (i == s->nchunks || s->chunks[i]->number != number)
		return NULL;
	return s->last = s->chunks[i];
}

static struct load_snapshot_chunk *
make_chunk(struct load_snapshot *s, int64_t number, struct status *st)
{
	struct load_snapshot_chunk *c = find_chunk(s, number);
	size_t i;

	if (c != NULL)
		return c;
	if (load_room(&s->chunks, s->nchunks, sizeof(c), st) == -1)
		return NULL;
	if ((c = calloc(1, sizeof(*c))) == NULL) {
		load_no_memory(st);
		return NULL;
	}
	c->number = number;
	i = chunk_place(s, number);
	memmove(s->chunks + i + 1, s->chunks + i, (s->nchunks - i) * sizeof(c));
	s->chunks[i] = c;
	s->nchunks++;
	return s->last = c;
}

bool
load_snapshot_bit(struct load_snapshot *s, int64_t entry)
{
	struct load_snapshot_chunk *c = find_chunk(s, entry / DB_CHUNK_BITS);
	unsigned bit = entry % DB_CHUNK_BITS;

	return c != NULL && (c->bits[bit / 8] >> bit % 8 & 1);
}

void
load_snapshot_bounds(const struct load_snapshot *s, int64_t *first,
    int64_t *last)
{
	if (s->nchunks == 0)
		return;
	*first = s->chunks[0]->number * DB_CHUNK_BITS;
	*last = (s->chunks[s->nchunks - 1]->number + 1) * DB_CHUNK_BITS - 1;
}

static int
set_bit(struct load_snapshot *s, int64_t entry, bool on, struct status *st)
{
	struct load_snapshot_chunk *c = make_chunk(s, entry / DB_CHUNK_BITS,
	    st);
	unsigned bit = entry % DB_CHUNK_BITS;

	if (c == NULL)
		return -1;
	if (on)
		c->bits[bit / 8] |= 1 << bit % 8;
	else
		c->bits[bit / 8] &= ~(1 << bit % 8);
	c->dirty = true;
	return 0;
}

static int
store(struct load *load, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	if (s->row.id != 0)
		return 0;
	return db_put_snapshot(load->db, a->row.id, &s->row, st);
}

static int
add_key(struct load *load, struct load_account *a, struct load_snapshot *s,
    const struct db_key *k, struct status *st)
{
	bool is_new;

	if (store(load, a, s, st) == -1)
		return -1;
	s->row.has_keys = true;
	if (db_add_seen_key(load->db, s->row.id, k, &is_new, st) == -1)
		return -1;
	return is_new;
}

int
load_snapshot_has(struct load *load, struct load_snapshot *s,
    const struct db_key *k, int64_t entry, struct status *st)
{
	bool has = false;

	if (entry != 0 && load_snapshot_bit(s, entry))
		return 1;
	if (s->row.has_keys &&
	    db_has_seen_key(load->db, s->row.id, k, &has, st) == -1)
		return -1;
	return has;
}

int
load_snapshot_name(struct load *load, struct load_account *a,
    struct load_snapshot *s, const struct db_key *k, int64_t entry,
    struct status *st)
{
	int got;

	if (entry == 0)
		return add_key(load, a, s, k, st);
	if (load_snapshot_bit(s, entry))
		return 0;
	got = load_snapshot_has(load, s, k, 0, st);
	if (got == -1 || set_bit(s, entry, true, st) == -1)
		return -1;
	return got == 0;
}

int
load_snapshot_forget(struct load *load, struct load_account *a,
    struct load_snapshot *s, const struct db_key *k, int64_t entry,
    struct status *st)
{
	if (!load_snapshot_bit(s, entry))
		return 0;
	load_account_dirty(load, a);
	if (set_bit(s, entry, false, st) == -1)
		return -1;
	return add_key(load, a, s, k, st) == -1 ? -1 : 0;
}

bool
load_snapshot_imports(const struct load_account *a, const struct slice *pattern)
{
	const struct load_filter *f;
	const struct load_collection *c;
	const struct load_snapshot *s;
	bool announced;
	size_t i;

	for (s = a->snapshots; s != NULL; s = s->next) {
		if (load_account_has_pattern(a, pattern, s->row.rev,
			s->row.listed))
			continue;
		announced = false;
		for (f = s->filters; f != NULL; f = f->next) {
			for (i = 0; i < f->npatterns; i++)
				if (f->patterns[i].len == pattern->len &&
				    memcmp(f->patterns[i].at, pattern->at,
					pattern->len) == 0)
					return true;
			announced |= load_filter_covers(f, pattern);
		}
		for (i = 0; !announced && i < s->ncounts; i++) {
			if (s->counts[i] == NULL)
				continue;
			c = a->collections[i];
			if (c->nsid.len == pattern->len &&
			    memcmp(c->nsid.at, pattern->at, pattern->len) == 0)
				return true;
		}
	}
	return false;
}

static bool
is_announced(const struct load_snapshot *s, const struct slice *nsid)
{
	const struct load_filter *f;

	for (f = s->filters; f != NULL; f = f->next)
		if (load_filter_covers(f, nsid))
			return true;
	return false;
}

static struct load_snapshot_count *
new_count(struct load_snapshot *s, struct load_collection *c, struct status *st)
{
	struct load_snapshot_count **p = s->counts, *count;
	size_t n = s->ncounts;

	if (c->index >= n) {
		n = 2 * (size_t)c->index + 4;
		if ((p = realloc(p, n * sizeof(*p))) == NULL)
			goto no_memory;
		memset(p + s->ncounts, 0, (n - s->ncounts) * sizeof(*p));
		s->counts = p;
		s->ncounts = n;
	}
	if ((count = calloc(1, sizeof(*count))) == NULL)
		goto no_memory;
	count->row.collection = c->id;
	return p[c->index] = count;
no_memory:
	load_no_memory(st);
	return NULL;
}

uint64_t
load_snapshot_named(const struct load_snapshot *s,
    const struct load_collection *c)
{
	if (c->index >= s->ncounts || s->counts[c->index] == NULL)
		return 0;
	return s->counts[c->index]->row.named;
}

struct load_snapshot_count *
load_snapshot_counts(struct load *load, struct load_account *a,
    struct load_snapshot *s, struct load_collection *c, struct status *st)
{
	struct load_snapshot_count *count;

	if (c->index < s->ncounts && s->counts[c->index] != NULL)
		return s->counts[c->index];
	if ((count = new_count(s, c, st)) == NULL)
		return NULL;
	if (!is_announced(s, &c->nsid) &&
	    load_account_begun(load, a, &c->nsid, st) == -1)
		return NULL;
	return count;
}

static struct load_filter *
same_filter(const struct load_snapshot *s, const struct slice *text)
{
	struct load_filter *f;

	for (f = s->filters; f != NULL; f = f->next)
		if (f->text.len == text->len &&
		    memcmp(f->text.at, text->at, text->len) == 0)
			return f;
	return NULL;
}

static int
open_patterns(struct load *load, struct load_account *a,
    struct load_snapshot *s, struct load_filter *f, struct status *st)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_account_raise(load, a, &f->patterns[i], s->row.rev,
			st) == -1 ||
		    load_account_coverage(a, &f->patterns[i], st) == NULL)
			return -1;
	return load_account_states(load, a, st);
}

int
load_snapshot_announce(struct load *load, struct load_account *a,
    struct load_snapshot *s, const struct line *l, struct status *st)
{
	struct load_filter *f = load_filter_of_line(l, st), *old;

	if (f == NULL)
		return -1;
	if ((old = same_filter(s, &f->text)) != NULL) {
		load_filter_free(f);
		f = old;
	} else {
		f->next = s->filters;
		s->filters = f;
		f->dirty = true;
		if (open_patterns(load, a, s, f, st) == -1)
			return -1;
	}
	if (l->type != LINE_END)
		return 0;
	f->dirty = true;
	return load_filter_expect(load, a, f, &l->collections, st);
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

/* Keys that weren't looked at because their collection was loaded. */
void
load_snapshot_progress(const struct load_account *a, struct load_coverage *v)
{
	struct slice p = { v->row.pattern, v->len };
	const struct load_snapshot *s, *latest = NULL;
	struct db_coverage old = v->row;

	for (s = a->snapshots; s != NULL; s = s->next)
		if (latest == NULL ||
		    load_account_cmp(s->row.rev, latest->row.rev) > 0)
			latest = s;
	v->row.synced = v->row.skipped = v->row.failed = 0;
	if (latest != NULL)
		load_snapshot_sum(a, latest, &p, &v->row);
	if (v->row.synced != old.synced || v->row.skipped != old.skipped ||
	    v->row.failed != old.failed)
		v->dirty = true;
}

/* ---- from and to the database ---- */

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

static struct load_snapshot *
new_snapshot(struct load_account *a, struct status *st)
{
	struct load_snapshot *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		load_no_memory(st);
		return NULL;
	}
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
load_snapshot_get(struct load_account *a, const char *rev, bool listed,
    struct status *st)
{
	struct load_snapshot *s = load_snapshot_find(a, rev, listed);

	if (s == NULL && count_snapshots(a) >= LOAD_SNAPSHOTS) {
		status_set(st, STATUS_BAD_LINE, 0,
		    "more than %d snapshots of one account in progress",
		    LOAD_SNAPSHOTS);
		return NULL;
	}
	if (s != NULL || (s = new_snapshot(a, st)) == NULL)
		return s;
	memcpy(s->row.rev, rev, DB_REV_BYTES);
	s->row.listed = listed;
	return s;
}

struct reader {
	struct load *load;
	struct load_account *account;
	struct load_snapshot *snapshot;
};

static int
read_filter(void *arg, const struct slice *text, const struct slice *expected,
    struct status *st)
{
	struct reader *r = arg;
	struct load_filter *f = load_filter_of_text(text, st);

	if (f == NULL)
		return -1;
	f->next = r->snapshot->filters;
	r->snapshot->filters = f;
	if (expected->at == NULL)
		return 0;
	return load_filter_expect(r->load, r->account, f, expected, st);
}

static int
read_count(void *arg, const struct slice *nsid, const struct db_count *row,
    struct status *st)
{
	struct reader *r = arg;
	struct load_snapshot_count *count;
	struct load_collection *c = load_account_collection(r->load, r->account,
	    nsid, false, st);

	if (c == NULL || (count = new_count(r->snapshot, c, st)) == NULL)
		return -1;
	count->row = *row;
	return 0;
}

static int
read_chunk(void *arg, int64_t number, const uint8_t *bits, struct status *st)
{
	struct reader *r = arg;
	struct load_snapshot_chunk *c = make_chunk(r->snapshot, number, st);

	if (c == NULL)
		return -1;
	memcpy(c->bits, bits, DB_CHUNK_BYTES);
	return 0;
}

static int
read_snapshot(void *arg, const struct db_snapshot *row, struct status *st)
{
	struct reader *r = arg;

	if ((r->snapshot = new_snapshot(r->account, st)) == NULL)
		return -1;
	r->snapshot->row = *row;
	return 0;
}

int
load_snapshot_read(struct load *load, struct load_account *a, struct status *st)
{
	struct reader r = { load, a, NULL };
	struct load_snapshot *s;

	if (db_snapshots(load->db, a->row.id, read_snapshot, &r, st) == -1)
		return -1;
	for (s = a->snapshots; s != NULL; s = s->next) {
		r.snapshot = s;
		if (db_counts(load->db, s->row.id, read_count, &r, st) == -1 ||
		    db_filters(load->db, s->row.id, read_filter, &r, st) ==
			-1 ||
		    db_seen(load->db, s->row.id, read_chunk, &r, st) == -1)
			return -1;
	}
	return 0;
}

static int
flush_filter(struct load *load, struct load_snapshot *s, struct load_filter *f,
    struct status *st)
{
	struct slice text = { NULL, 0 };
	struct buf buf = { 0 };
	int got;

	if (f->ended) {
		load_filter_format(f, &buf);
		text = (struct slice){ buf.data, buf.len };
	}
	got = buf.failed ?
	    load_no_memory(st) :
	    db_put_filter(load->db, s->row.id, &f->text, &text, st);
	buf_free(&buf);
	f->dirty = false;
	return got;
}

static int
flush_one(struct load *load, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	struct load_filter *f;
	size_t i;

	if (store(load, a, s, st) == -1)
		return -1;
	for (f = s->filters; f != NULL; f = f->next)
		if (f->dirty && flush_filter(load, s, f, st) == -1)
			return -1;
	for (i = 0; i < s->ncounts; i++) {
		if (s->counts[i] == NULL || !s->counts[i]->dirty)
			continue;
		if (db_put_count(load->db, s->row.id, &s->counts[i]->row, st) ==
		    -1)
			return -1;
		s->counts[i]->dirty = false;
	}
	for (i = 0; i < s->nchunks; i++) {
		if (!s->chunks[i]->dirty)
			continue;
		if (db_put_seen(load->db, s->row.id, s->chunks[i]->number,
			s->chunks[i]->bits, st) == -1)
			return -1;
		s->chunks[i]->dirty = false;
	}
	return 0;
}

static int
touched(struct load *load, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	struct load_touched *t;

	if (load_room(&load->touched, load->ntouched, sizeof(*t), st) == -1)
		return -1;
	t = &load->touched[load->ntouched++];
	t->account = a->row.id;
	memcpy(t->rev, s->row.rev, DB_REV_BYTES);
	t->listed = s->row.listed;
	s->touched = true;
	return 0;
}

int
load_snapshot_flush(struct load *load, struct load_account *a,
    struct status *st)
{
	struct load_snapshot *s;

	for (s = a->snapshots; s != NULL; s = s->next) {
		if (flush_one(load, a, s, st) == -1)
			return -1;
		if (s->used && !s->touched && touched(load, a, s, st) == -1)
			return -1;
	}
	return 0;
}
