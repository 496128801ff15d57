#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/data/json.h"
#include "libcar/load/account_private.h"
#include "libcar/load/plan_private.h"
#include "libcar/load/snapshot_private.h"
#include "libcar/load/sweep_private.h"

/* What becomes of the entry of a key that a line names. */
enum verdict { IGNORE, CONFIRM, TOUCH, WRITE };

int
load_no_memory(struct status *st)
{
	return status_set(st, STATUS_SYSTEM, 0, "no memory");
}

int
load_room(void *array, size_t n, size_t size, struct status *st)
{
	void *p, **at = array;

	if ((n & (n - 1)) != 0)
		return 0;
	if ((p = realloc(*at, (n == 0 ? 1 : 2 * n) * size)) == NULL)
		return load_no_memory(st);
	*at = p;
	return 0;
}

int
load_open(struct load *load, const char *database, unsigned wait_ms,
    struct status *st)
{
	load->wait_ms = wait_ms;
	return db_open(&load->db, database, wait_ms, st);
}

/* Begin to write. 1: what was known may be wrong, so that the line is to be
 * looked at again. */
static int
begin(struct load *load, struct status *st)
{
	size_t n = 0;

	if (load->writing)
		return 0;
	if (db_plans(load->db) && load_plan(load, &n, st) == -1)
		return -1;
	return load_begin(load, n, st) == -1 ? -1 : 1;
}

/* ---- records, and errors of records ---- */

/* The account and the collection of the line; made if it is being written. */
static int
find_place(struct load *load, struct status *st)
{
	const struct line *l = &load->line;
	struct load_account *a;

	if (l->same && load->collection != NULL &&
	    (!load->writing ||
		(load->account->row.id != 0 && load->collection->id != 0)))
		return 0;
	load->collection = NULL;
	load->snapshot = NULL;
	a = load_account_get(load, &l->did, load->writing, st);
	if ((load->account = a) == NULL)
		return -1;
	load->collection = load_account_collection(load, a, &l->collection,
	    load->writing, st);
	return load->collection == NULL ? -1 : 0;
}

static bool
is_snapshot(const struct load *load)
{
	return !load->partial &&
	    (load->line.source == LINE_CAR || load->line.source == LINE_LIST);
}

/* A line that changes nothing needs no transaction. */
static bool
is_known(const struct load *load, const char *rev)
{
	const struct load_collection *c = load->collection;

	if (is_snapshot(load))
		return load_account_has(c, rev, load->line.source == LINE_LIST);
	return load_account_cmp(rev, c->floor) < 0;
}

/* 1: nothing to do; 0: everything that the line concerns is there. */
static int
enter(struct load *load, const char *rev, struct status *st)
{
	int again;

	do {
		if (find_place(load, st) == -1)
			return -1;
		if (is_known(load, rev)) {
			load->counts.skipped++;
			return 1;
		}
		if ((again = begin(load, st)) == -1)
			return -1;
	} while (again);
	return find_place(load, st);
}

static bool
same_text(const struct slice *a, const struct slice *b)
{
	return a->len == b->len &&
	    (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

static unsigned
kind_of(unsigned state)
{
	return state & ~DB_LISTED;
}

/*
 * The rule: the later rev wins; at the same one a CAR or the live stream over
 * a listing, and then a record over an error over a deletion. What a snapshot
 * confirms stays as it is, since the floor protects it; other lines move the
 * rev.
 */
static enum verdict
judge(const struct db_entry *old, const struct db_entry *now, bool snapshot)
{
	int c = load_account_cmp(old->rev, now->rev);
	bool old_listed = old->state & DB_LISTED;
	bool new_listed = now->state & DB_LISTED;

	if (c > 0 || (c == 0 && new_listed && !old_listed))
		return IGNORE;
	if (kind_of(old->state) == kind_of(now->state) &&
	    same_text(&old->cid, &now->cid)) {
		if (c == 0)
			return old_listed && !new_listed ? TOUCH : CONFIRM;
		return snapshot ? CONFIRM : TOUCH;
	}
	if (c == 0 && old_listed == new_listed &&
	    kind_of(now->state) > kind_of(old->state))
		return IGNORE;
	return WRITE;
}

/* At the same rev a CAR's word counts, also where it left the entry as it
 * was. */
static int
car_knows(struct load *load, const struct db_key *k, int64_t entry,
    const struct db_entry *now, struct status *st)
{
	struct load_snapshot *car;

	if ((now->state & DB_LISTED) == 0 ||
	    (car = load_snapshot_find(load->account, now->rev, false)) == NULL)
		return 0;
	return load_snapshot_has(load, car, k, entry, st);
}

/* Keep in mind whether one snapshot alone has put all there is. */
static void
note_writer(struct load_account *a, struct load_snapshot *s)
{
	if (a->empty && s != NULL)
		a->only = s;
	else if (a->only != s || s == NULL) {
		a->only = NULL;
		a->mixed = true;
	}
	a->empty = false;
}

static int
put_error(struct load *load, int64_t collection, const struct slice *rkey,
    struct status *st)
{
	struct db_error e = { .line = &load->line };

	e.account = load->account->row.id;
	e.collection = collection;
	e.rkey = *rkey;
	load->account->row.has_errors = true;
	return db_put_error(load->db, &e, st);
}

static int
write_entry(struct load *load, const struct db_key *k,
    const struct db_entry *old, struct db_entry *now, struct status *st)
{
	static const struct slice nothing;
	struct load_account *a = load->account;
	bool is_record = kind_of(now->state) == DB_RECORD;
	struct db *db = load->db;

	if (line_check(&load->line, st) == -1)
		return -1;
	if (is_record)
		now->cid = load->line.cid;
	now->id = old->id;
	if (db_put(db, k, now, is_record ? &load->line.record : &nothing, st) ==
	    -1)
		return -1;
	load->counts.written++;
	if (kind_of(now->state) == DB_TOMBSTONE)
		a->tombstones = true;
	if (a->row.has_errors && db_drop_error(db, k, now->rev, st) == -1)
		return -1;
	if (kind_of(now->state) == DB_ERROR)
		return put_error(load, k->collection, &k->rkey, st);
	return 0;
}

/* Apply the line to its entry, of which now has rev, state and cid, and get
 * its id. *ignored: something else counts. */
static int
apply(struct load *load, const struct db_key *k, struct db_entry *now,
    struct load_snapshot *s, bool *ignored, struct status *st)
{
	struct db_entry old = { 0 };
	struct db *db = load->db;
	enum verdict verdict = WRITE;
	int got;

	if (db_find(db, k, &old, st) == -1)
		return -1;
	if (load_account_cmp(now->rev, load->collection->floor) < 0)
		verdict = IGNORE;
	else if (old.id != 0)
		verdict = judge(&old, now, s != NULL);
	if (verdict != IGNORE &&
	    (got = car_knows(load, k, old.id, now, st)) != 0) {
		if (got == -1)
			return -1;
		verdict = IGNORE;
	}
	*ignored = verdict == IGNORE;
	if (verdict == WRITE) {
		if (write_entry(load, k, &old, now, st) == -1)
			return -1;
		note_writer(load->account, s);
		return 0;
	}
	now->id = old.id;
	if (verdict == IGNORE) {
		load->counts.skipped++;
		return 0;
	}
	load->counts.confirmed++;
	if (load->account->row.has_errors && kind_of(now->state) == DB_RECORD &&
	    db_drop_error(db, k, now->rev, st) == -1)
		return -1;
	if (verdict == CONFIRM)
		return 0;
	note_writer(load->account, s);
	return db_touch(db, k, now, st);
}

static struct load_snapshot *
current_snapshot(struct load *load, const char *rev, struct status *st)
{
	bool listed = load->line.source == LINE_LIST;
	struct load_snapshot *s = load->snapshot;

	if (s != NULL && s->row.listed == listed &&
	    load_account_cmp(s->row.rev, rev) == 0)
		return s;
	/* What opens a snapshot must not be bad. */
	if (line_check(&load->line, st) == -1)
		return NULL;
	s = load_snapshot_get(load->account, rev, listed, st);
	if (s != NULL)
		s->used = true;
	return load->snapshot = s;
}

/* A key that a snapshot names. */
static int
take_named(struct load *load, const struct db_key *k, struct db_entry *now,
    struct status *st)
{
	struct load_account *a = load->account;
	struct load_collection *c = load->collection;
	struct load_snapshot *s = current_snapshot(load, now->rev, st);
	struct load_snapshot_count *count;
	bool ignored;
	int got;

	if (s == NULL)
		return -1;
	load_account_dirty(load, a);
	if (load_account_cmp(now->rev, c->floor) > 0 &&
	    load_account_raise(load, a, &c->nsid, now->rev, st) == -1)
		return -1;
	if ((count = load_snapshot_counts(load, a, s, c, st)) == NULL ||
	    apply(load, k, now, s, &ignored, st) == -1 ||
	    (got = load_snapshot_name(load, a, s, k, now->id, st)) == -1)
		return -1;
	if (got == 0)
		return 0;
	count->row.named++;
	count->row.skipped += ignored;
	count->row.failed += !ignored && kind_of(now->state) == DB_ERROR;
	count->dirty = true;
	return load_sweep_conclude(load, a, st);
}

/* A deletion or an error, live. The snapshot of the floor's rev knows. */
static int
take_gone(struct load *load, const struct db_key *k, struct db_entry *now,
    struct status *st)
{
	bool ignored;

	if (load_account_cmp(now->rev, load->collection->floor) <= 0) {
		load->counts.skipped++;
		return 0;
	}
	return apply(load, k, now, NULL, &ignored, st);
}

/* An error of a part removes nothing. */
static int
take_part_error(struct load *load, const struct db_key *k,
    const struct db_entry *now, struct status *st)
{
	struct db_entry old = { 0 };

	if (db_find(load->db, k, &old, st) == -1)
		return -1;
	if (old.id != 0 && load_account_cmp(old.rev, now->rev) > 0) {
		load->counts.skipped++;
		return 0;
	}
	return put_error(load, k->collection, &k->rkey, st);
}

/* A record line, or an error that concerns a key. */
static int
take_key(struct load *load, const struct slice *rkey, unsigned state,
    struct status *st)
{
	const struct line *l = &load->line;
	struct db_entry now = { 0 };
	bool ignored;
	struct db_key k;
	int got;

	/* The first line of a collection may open what it belongs to: not if
	 * it is bad. Those that follow are looked at where they are kept. */
	if (!l->same && line_check(&load->line, st) == -1)
		return -1;
	load_account_set_rev(now.rev, &l->rev);
	if ((got = enter(load, now.rev, st)) != 0)
		return got == 1 ? 0 : -1;
	now.state = state | (l->source == LINE_LIST ? DB_LISTED : 0);
	if (state != DB_TOMBSTONE)
		now.cid = l->cid;
	k.account = load->account->row.id;
	k.collection = load->collection->id;
	k.rkey = *rkey;
	if (is_snapshot(load))
		return take_named(load, &k, &now, st);
	if (state == DB_RECORD)
		return apply(load, &k, &now, NULL, &ignored, st);
	if (l->source == LINE_LIVE && !load->partial)
		return take_gone(load, &k, &now, st);
	if (state == DB_ERROR)
		return take_part_error(load, &k, &now, st);
	load->counts.skipped++;
	return 0;
}

/* An error of a key that is in no valid collection: no end counts it. */
static int
take_stray(struct load *load, struct status *st)
{
	const struct slice whole = { "*", 1 };
	const struct line *l = &load->line;
	char rev[DB_REV_BYTES];

	if (begin(load, st) == -1)
		return -1;
	load->collection = NULL;
	load->account = load_account_get(load, &l->did, true, st);
	if (load->account == NULL)
		return -1;
	load_account_set_rev(rev, &l->rev);
	if (load_account_cmp(rev, load_account_floor(load->account, &whole)) <
	    0) {
		load->counts.skipped++;
		return 0;
	}
	return put_error(load, 0, &l->key, st);
}

/* ---- commit and end ---- */

/* Is every pattern loaded that the line is about? */
static bool
is_loaded(const struct load_account *a, const struct line *l, const char *rev)
{
	struct slice pattern = { "*", 1 };
	bool listed = l->source == LINE_LIST;
	struct json j;
	struct status st;

	if (l->filter.at == NULL)
		return load_account_has_pattern(a, &pattern, rev, listed);
	json_open(&j, l->filter.at, l->filter.len);
	for (json_next(&j, &st); json_next(&j, &st) == JSON_STRING;) {
		pattern = (struct slice){ j.tok, j.tok_len };
		if (!load_account_has_pattern(a, &pattern, rev, listed))
			return false;
	}
	return true;
}

/* 1: it tells nothing new; 0: the account is there, in a transaction. */
static int
enter_snapshot(struct load *load, const char *rev, bool *loaded,
    struct status *st)
{
	const struct line *l = &load->line;
	struct load_account *a;
	int again;
	bool news;

	do {
		a = load_account_get(load, &l->did, load->writing, st);
		if (a == NULL)
			return -1;
		if ((*loaded = is_loaded(a, l, rev))) {
			news = load_account_failed(a);
			if (l->type == LINE_COMMIT &&
			    db_news_commit(load->db, a->row.id, l, &news, st) ==
				-1)
				return -1;
			if (!news)
				return 1;
		}
		if ((again = begin(load, st)) == -1)
			return -1;
	} while (again);
	load->collection = NULL;
	load->snapshot = NULL;
	load->account = load_account_get(load, &l->did, true, st);
	return load->account == NULL ? -1 : 0;
}

static int
take_snapshot(struct load *load, struct status *st)
{
	const struct line *l = &load->line;
	struct load_snapshot *s;
	char rev[DB_REV_BYTES];
	bool loaded;
	int got;

	if (l->is_partial || !is_snapshot(load)) {
		load->counts.skipped++;
		return 0;
	}
	load_account_set_rev(rev, &l->rev);
	if ((got = enter_snapshot(load, rev, &loaded, st)) != 0) {
		load->counts.skipped++;
		return got == 1 ? 0 : -1;
	}
	if (l->type == LINE_COMMIT &&
	    db_put_commit(load->db, load->account->row.id, l, st) == -1)
		return -1;
	if (loaded)
		return l->type == LINE_END ?
		    load_account_recover(load, load->account, st) :
		    0;
	load_account_dirty(load, load->account);
	if ((s = current_snapshot(load, rev, st)) == NULL ||
	    load_snapshot_announce(load, load->account, s, l, st) == -1)
		return -1;
	return load_sweep_conclude(load, load->account, st);
}

/* ---- other lines ---- */

/* The account of a line, in a transaction. */
static struct load_account *
enter_account(struct load *load, struct status *st)
{
	if (begin(load, st) == -1)
		return NULL;
	load->collection = NULL;
	return load->account = load_account_get(load, &load->line.did, true,
		   st);
}

/* Was the job of this failure done after all? */
static bool
is_overtaken(const struct load_account *a, const struct line *l,
    const struct slice *pattern)
{
	char rev[DB_REV_BYTES];

	if (l->at_ms != 0 && l->at_ms <= a->row.loaded_ms)
		return true;
	if (!syntax_is_tid(l->rev.at, l->rev.len))
		return false;
	load_account_set_rev(rev, &l->rev);
	return load_account_has_pattern(a, pattern, rev, true);
}

/* A job failed, of an account or of none. */
static int
take_failure(struct load *load, struct status *st)
{
	const struct line *l = &load->line;
	struct slice pattern = { "*", 1 };
	struct db_error e = { .line = l, .rkey = l->input, .job = l->program };
	struct load_coverage *v;
	struct load_account *a;

	if (e.job.at == NULL || e.job.len == 0)
		e.job = (struct slice){ "?", 1 };
	if (l->did.at == NULL)
		return begin(load, st) == -1 ? -1 :
					       db_put_error(load->db, &e, st);
	if ((a = enter_account(load, st)) == NULL ||
	    db_put_stated(load->db, a->row.id, l, st) == -1)
		return -1;
	if (l->collection.at != NULL)
		pattern = l->collection;
	if (is_overtaken(a, l, &pattern))
		return 0;
	e.account = a->row.id;
	e.rkey = (struct slice){ NULL, 0 };
	if (db_put_error(load->db, &e, st) == -1 ||
	    db_put_failure(load->db, a->row.id, l, st) == -1 ||
	    (v = load_account_coverage(a, &pattern, st)) == NULL)
		return -1;
	v->failed = true;
	return load_account_states(load, a, st);
}

static int
take_error(struct load *load, struct status *st)
{
	const struct line *l = &load->line;

	if (l->collection.at == NULL ||
	    (l->rkey.at == NULL && l->key.at == NULL))
		return take_failure(load, st);
	if (l->collection.len == 0)
		return take_stray(load, st);
	return take_key(load, l->key.at != NULL ? &l->key : &l->rkey, DB_ERROR,
	    st);
}

/* Where a listing stands, unless what it lists is here by now. */
static int
take_cursor(struct load *load, struct status *st)
{
	const struct line *l = &load->line;
	struct slice pattern = { "*", 1 };
	char rev[DB_REV_BYTES];
	struct load_account *a;

	if (l->did.at == NULL)
		return begin(load, st) == -1 ? -1 :
					       db_put_service(load->db, l, st);
	if ((a = enter_account(load, st)) == NULL)
		return -1;
	if (l->collection.at != NULL)
		pattern = l->collection;
	load_account_set_rev(rev, &l->rev);
	if (load_account_has_pattern(a, &pattern, rev, true))
		return 0;
	a->row.has_cursors = true;
	return db_put_cursor(load->db, a->row.id, l, st);
}

static int
take_account(struct load *load, struct status *st)
{
	struct load_account *a = enter_account(load, st);

	if (a == NULL)
		return -1;
	if (load->line.type == LINE_IDENTITY)
		return db_put_identity(load->db, a->row.id, &load->line, st);
	return db_put_repo(load->db, a->row.id, &load->line, st);
}

int
load_take(struct load *load, struct status *st)
{
	switch (load->line.type) {
	case LINE_RECORD:
		return take_key(load, &load->line.rkey,
		    load->line.is_delete ? DB_TOMBSTONE : DB_RECORD, st);
	case LINE_COMMIT:
	case LINE_END:
		return take_snapshot(load, st);
	case LINE_ERROR:
		return take_error(load, st);
	case LINE_CURSOR:
		return take_cursor(load, st);
	case LINE_IDENTITY:
	case LINE_REPO:
	case LINE_ACCOUNT:
		return take_account(load, st);
	case LINE_UNKNOWN:
		if (load->at >= load->told)
			load->hooks.unknown(load->hooks.arg, &load->line.name);
		break;
	case LINE_BLANK:
		break;
	}
	return 0;
}

/* ---- what is still open ---- */

static int
compare_touched(const void *a, const void *b)
{
	const struct load_touched *x = a, *y = b;

	if (x->account != y->account)
		return x->account < y->account ? -1 : 1;
	if (x->listed != y->listed)
		return x->listed ? 1 : -1;
	return load_account_cmp(x->rev, y->rev);
}

static void
describe(const struct load_snapshot *s, struct load_open *o)
{
	const struct load_filter *f;
	size_t i;

	memcpy(o->rev, s->row.rev, DB_REV_BYTES);
	o->listed = s->row.listed;
	for (i = 0; i < s->ncounts; i++)
		if (s->counts[i] != NULL)
			o->named += s->counts[i]->row.named;
	for (f = s->filters; f != NULL; f = f->next) {
		o->ended |= f->ended;
		for (i = 0; i < f->nexpect; i++)
			o->expected += f->expect[i].keys;
	}
}

int
load_next_open(struct load *load, struct load_open *o, struct status *st)
{
	struct load_touched *t;
	struct load_snapshot *s;
	struct load_account *a;
	size_t i;

	if (load->next_touched == 0 && load->ntouched > 0)
		qsort(load->touched, load->ntouched, sizeof(*t),
		    compare_touched);
	while ((i = load->next_touched) < load->ntouched) {
		t = &load->touched[load->next_touched++];
		if (i > 0 && compare_touched(t - 1, t) == 0)
			continue;
		memset(o, 0, sizeof(*o));
		if (db_did(load->db, t->account, &o->did, st) == -1 ||
		    (a = load_account_get(load, &o->did, false, st)) == NULL ||
		    load_account_read(load, a, st) == -1)
			return -1;
		s = load_snapshot_find(a, t->rev, t->listed);
		if (s == NULL)
			continue;
		describe(s, o);
		return 1;
	}
	return 0;
}

void
load_close(struct load *load)
{
	load_account_drop_all(load);
	free(load->touched);
	free(load->texts);
	free(load->plan);
	buf_free(&load->text);
	buf_free(&load->planned);
	line_free(&load->line);
	if (load->db != NULL)
		db_close(load->db);
	memset(load, 0, sizeof(*load));
}
