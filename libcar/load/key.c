#include "config.h"

#include "libcar/db/failure.h"
#include "libcar/load/announce_private.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/key_private.h"
#include "libcar/load/news_private.h"
#include "libcar/load/settle_private.h"
#include "libcar/load/sweep_private.h"
#include "libcar/load/waiting_private.h"

/*
 * The rule for one key: compare what is known about its entry with what the
 * line says, and decide which counts. A snapshot's line is also counted,
 * whatever the decision.
 */

/* What happens to the entry of the key that a line names. */
enum verdict { IGNORE, CONFIRM, TOUCH, WRITE };

/* A line about a key. */
struct said {
	const struct load_item *item;
	struct db_key key;
	struct db_entry now; /* the entry after the line */
	bool ignored;        /* something else wins */
};

static unsigned
kind_of(unsigned state)
{
	return state & ~DB_LISTED;
}

/*
 * The rule: the later rev wins; at the same rev, a CAR or the live stream wins
 * over a listing, and then a record over an error over a deletion. An entry
 * that a snapshot confirms keeps its rev, because the floor protects it; other
 * lines move the rev.
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
	    load_account_same(&old->cid, &now->cid)) {
		if (c == 0)
			return old_listed && !new_listed ? TOUCH : CONFIRM;
		return snapshot ? CONFIRM : TOUCH;
	}
	if (c == 0 && old_listed == new_listed &&
	    kind_of(now->state) > kind_of(old->state))
		return IGNORE;
	return WRITE;
}

/* At the same rev a CAR wins, even if it left the entry unchanged. */
static int
car_knows(struct load_work *w, const struct load_place *p,
    const struct said *said, int64_t entry, bool *knows, struct status *st)
{
	struct load_snapshot *car;

	*knows = false;
	if ((said->now.state & DB_LISTED) == 0 ||
	    (car = load_snapshot_find(p->account, said->now.rev, false)) ==
		NULL)
		return 0;
	return load_snapshot_has(w->db, car, &said->key, entry, knows, st);
}

static int
decide(struct load_work *w, const struct load_place *p, const struct said *said,
    const struct db_entry *old, enum verdict *verdict, struct status *st)
{
	bool knows;

	*verdict = WRITE;
	if (load_account_cmp(said->now.rev,
		load_account_floor_of(p->account, p->collection)) < 0)
		*verdict = IGNORE;
	else if (old->id != 0 &&
	    !load_floor_has_passed(p->account, p->collection, old))
		*verdict = judge(old, &said->now, p->snapshot != NULL);
	if (*verdict == IGNORE)
		return 0;
	if (car_knows(w, p, said, old->id, &knows, st) == -1)
		return -1;
	if (knows)
		*verdict = IGNORE;
	return 0;
}

/* Remember whether a single snapshot has put all entries. */
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

int
load_key_put_error(struct db *db, struct load_account *a, int64_t collection,
    const struct slice *rkey, const struct line *l, struct status *st)
{
	struct db_error e = { .line = l };

	e.account = a->row.id;
	e.collection = collection;
	e.rkey = *rkey;
	a->row.has_errors = true;
	return db_put_error(db, &e, st);
}

int
load_key_drop_stray(struct db *db, const struct load_account *a,
    const struct line *l, const char *rev, struct status *st)
{
	const struct db_key key = { .account = a->row.id, .rkey = l->key };

	return a->row.has_errors ? db_drop_error(db, &key, rev, st) : 0;
}

/* Check the record, and get its CID. */
static int
check(struct load_work *w, const struct load_item *item, struct slice *cid,
    struct slice *record, struct status *st)
{
	struct line *l = &w->line;

	*cid = item->cid;
	*record = item->record;
	if (!item->is_unchecked)
		return 0;
	l->text = item->text;
	l->cid = item->cid;
	l->record = item->record;
	l->unchecked = true;
	if (line_check(l, st) == -1)
		return -1;
	*cid = l->cid;
	*record = l->record;
	return 0;
}

static int
write_entry(struct load_work *w, struct load_place *p, struct said *said,
    int64_t entry, struct status *st)
{
	struct load_account *a = p->account;
	struct db_entry *now = &said->now;
	struct slice record = { NULL, 0 };

	if (kind_of(now->state) == DB_RECORD &&
	    check(w, said->item, &now->cid, &record, st) == -1)
		return -1;
	now->id = entry;
	if (db_put(w->db, &said->key, now, &record, st) == -1)
		return -1;
	w->counts.written++;
	if (kind_of(now->state) == DB_TOMBSTONE)
		a->tombstones = true;
	if (a->row.has_errors &&
	    db_drop_error(w->db, &said->key, now->rev, st) == -1)
		return -1;
	note_writer(a, p->snapshot);
	if (kind_of(now->state) != DB_ERROR)
		return 0;
	return load_key_put_error(w->db, a, said->key.collection,
	    &said->key.rkey, p->run->line, st);
}

static int
confirm_entry(struct load_work *w, struct load_place *p, struct said *said,
    bool touch, struct status *st)
{
	w->counts.confirmed++;
	if (p->account->row.has_errors &&
	    kind_of(said->now.state) == DB_RECORD &&
	    db_drop_error(w->db, &said->key, said->now.rev, st) == -1)
		return -1;
	if (!touch)
		return 0;
	note_writer(p->account, p->snapshot);
	return db_touch(w->db, &said->key, &said->now, st);
}

/* Apply the line to its entry, and set the entry's id. */
static int
apply(struct load_work *w, struct load_place *p, struct said *said,
    struct status *st)
{
	struct db_entry old = { 0 };
	enum verdict verdict;

	if (db_find(w->db, &said->key, &old, st) == -1 ||
	    decide(w, p, said, &old, &verdict, st) == -1)
		return -1;
	said->ignored = verdict == IGNORE;
	if (verdict == WRITE)
		return write_entry(w, p, said, old.id, st);
	said->now.id = old.id;
	if (verdict != IGNORE)
		return confirm_entry(w, p, said, verdict == TOUCH, st);
	w->counts.skipped++;
	return 0;
}

/* Count the key for its snapshot if this is the first line that names it; the
 * snapshot may then be whole. */
static int
count(struct load_work *w, struct load_place *p, const struct said *said,
    struct load_snapshot_count *count, struct status *st)
{
	bool first;

	if (load_snapshot_name(w->db, p->account, p->snapshot, &said->key,
		said->now.id, &first, st) == -1)
		return -1;
	if (!first)
		return 0;
	count->row.named++;
	count->row.skipped += said->ignored;
	count->row.failed += !said->ignored &&
	    kind_of(said->now.state) == DB_ERROR;
	count->dirty = true;
	if (!load_waiting_is_met(count) && p->account->ready == NULL)
		return 0;
	if (load_waiting_count(p->account, count, st) == -1)
		return -1;
	return load_sweep_conclude(w->db, p->account, st);
}

/* Apply a key that a snapshot names. */
static int
take_named(struct load_work *w, struct load_place *p, struct said *said,
    struct status *st)
{
	struct load_collection *c = p->collection;
	struct load_snapshot_count *n;

	if (p->snapshot == NULL &&
	    (p->snapshot = load_settle_snapshot(w->db, p->account,
		 said->now.rev, p->run->source == LINE_LIST, st)) == NULL)
		return -1;
	p->account->is_dirty = true;
	if (load_account_cmp(said->now.rev,
		load_account_floor_of(p->account, c)) > 0 &&
	    load_floor_raise(p->account, &c->nsid, said->now.rev, st) == -1)
		return -1;
	n = load_announce_key(w->db, p->account, p->snapshot, c, st);
	if (n == NULL || apply(w, p, said, st) == -1)
		return -1;
	return count(w, p, said, n, st);
}

/* A live deletion or error. The snapshot at the floor's rev knows better. */
static int
take_gone(struct load_work *w, struct load_place *p, struct said *said,
    struct status *st)
{
	if (load_account_cmp(said->now.rev,
		load_account_floor_of(p->account, p->collection)) > 0)
		return apply(w, p, said, st);
	w->counts.skipped++;
	return 0;
}

/* An error from a partial source removes nothing. */
static int
take_part_error(struct load_work *w, struct load_place *p, struct said *said,
    struct status *st)
{
	struct db_entry old = { 0 };

	if (db_find(w->db, &said->key, &old, st) == -1)
		return -1;
	if (old.id == 0 || load_account_cmp(old.rev, said->now.rev) <= 0)
		return load_key_put_error(w->db, p->account,
		    said->key.collection, &said->key.rkey, p->run->line, st);
	w->counts.skipped++;
	return 0;
}

static struct said
say(const struct load_place *p, const struct load_item *item,
    const struct slice *rkey)
{
	struct said said = { .item = item };

	said.key.account = p->account->row.id;
	said.key.collection = p->collection->id;
	said.key.rkey = *rkey;
	memcpy(said.now.rev, p->run->rev, DB_REV_BYTES);
	if (item->is_delete)
		said.now.state = DB_TOMBSTONE;
	else if (p->run->kind == LOAD_WHOLE) {
		said.now.state = DB_ERROR;
		said.now.cid = p->run->line->cid;
	} else
		said.now.cid = item->cid;
	if (p->run->source == LINE_LIST)
		said.now.state |= DB_LISTED;
	return said;
}

int
load_key_apply(struct load_work *w, struct load_place *p,
    const struct load_item *item, const struct slice *rkey, struct status *st)
{
	enum line_source source = p->run->source;
	struct said said = say(p, item, rkey);
	unsigned kind = kind_of(said.now.state);

	if (load_news_of_key(p->account, p->collection, source, said.now.rev,
		w->partial)) {
		if (load_news_of_snapshot(source, w->partial))
			return take_named(w, p, &said, st);
		if (kind == DB_RECORD)
			return apply(w, p, &said, st);
		if (source == LINE_LIVE && !w->partial)
			return take_gone(w, p, &said, st);
		if (kind == DB_ERROR)
			return take_part_error(w, p, &said, st);
	}
	w->counts.skipped++;
	return 0;
}
