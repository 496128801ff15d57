#include "config.h"

#include "libcar/load/floor_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/settle_private.h"
#include "libcar/load/sweep_private.h"
#include "libcar/load/waiting_private.h"

/*
 * Remove snapshots and filters whose content is loaded, after adding their
 * counts to the figures of what they have loaded.
 */

static int
drop_filters(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	struct load_filter **p = &s->filters, *f;

	while ((f = *p) != NULL) {
		if (!f->done && !load_snapshot_has_loaded(a, f)) {
			p = &f->next;
			continue;
		}
		if (f->stored &&
		    db_drop_filter(db, s->row.id, &f->text, st) == -1)
			return -1;
		load_waiting_drop(f);
		load_snapshot_drop_filter(s, p);
	}
	return 0;
}

static int
drop_counts(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	struct load_snapshot_count *c;
	size_t i;

	for (i = 0; i < s->ncounts; i++) {
		c = s->counts[i];
		if (c == NULL || c->row.named == 0 ||
		    !load_account_has(a, a->collections[i], s->row.rev,
			s->row.listed))
			continue;
		if (s->row.id != 0 &&
		    db_drop_count(db, s->row.id, c->row.collection, st) == -1)
			return -1;
		free(c->waits);
		free(c);
		s->counts[i] = NULL;
	}
	return 0;
}

static int
drop_snapshot(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct status *st)
{
	if (s->row.id != 0 && db_drop_snapshot(db, s->row.id, st) == -1)
		return -1;
	load_waiting_drop_all(s);
	load_snapshot_free(a, s);
	return 0;
}

/* Is all of it loaded? If so, the whole snapshot is removed. */
static bool
is_over(const struct load_account *a, const struct load_snapshot *s)
{
	const struct load_filter *f;
	size_t i;

	for (f = s->filters; f != NULL; f = f->next)
		if (!f->done && !load_snapshot_has_loaded(a, f))
			return false;
	for (i = 0; i < s->ncounts; i++)
		if (s->counts[i] != NULL && s->counts[i]->row.named > 0 &&
		    !load_account_has(a, a->collections[i], s->row.rev,
			s->row.listed))
			return false;
	return true;
}

static int
drop_loaded(struct db *db, struct load_account *a, struct status *st)
{
	struct load_snapshot *s, *next;
	int rc = 0;

	for (s = a->snapshots; s != NULL && rc == 0; s = next) {
		next = s->next;
		if (is_over(a, s))
			rc = drop_snapshot(db, a, s, st);
		else if ((rc = drop_filters(db, a, s, st)) == 0)
			rc = drop_counts(db, a, s, st);
	}
	if (rc == -1)
		return -1;
	a->is_concluded = false;
	return 0;
}

int
load_settle(struct db *db, struct load_account *a, struct status *st)
{
	if ((a->may_join && load_sweep_live(db, a, st) == -1) ||
	    load_floor_settle(db, a, st) == -1 ||
	    load_import_settle(db, a, st) == -1)
		return -1;
	return a->is_concluded ? drop_loaded(db, a, st) : 0;
}

/* Compare by rev; a listing is lower than a CAR of the same rev. */
static bool
is_lower(const struct load_snapshot *s, const struct load_snapshot *other)
{
	int c = load_account_cmp(s->row.rev, other->row.rev);

	return c < 0 || (c == 0 && s->row.listed && !other->row.listed);
}

static int
forget_lowest(struct db *db, struct load_account *a, struct status *st)
{
	struct load_snapshot *s, *lowest = a->snapshots;

	for (s = a->snapshots; s != NULL; s = s->next)
		if (is_lower(s, lowest))
			lowest = s;
	a->forgotten++;
	a->is_dirty = true;
	return drop_snapshot(db, a, lowest, st);
}

static int
make_room(struct db *db, struct load_account *a, struct status *st)
{
	if (a->nsnapshots >= LOAD_SNAPSHOTS && a->is_concluded &&
	    load_settle(db, a, st) == -1)
		return -1;
	return a->nsnapshots < LOAD_SNAPSHOTS ? 0 : forget_lowest(db, a, st);
}

struct load_snapshot *
load_settle_snapshot(struct db *db, struct load_account *a, const char *rev,
    bool listed, struct status *st)
{
	struct load_snapshot *s = load_snapshot_find(a, rev, listed);
	struct db_snapshot row = { .listed = listed };

	memcpy(row.rev, rev, DB_REV_BYTES);
	if (s == NULL &&
	    (make_room(db, a, st) == -1 ||
		(s = load_snapshot_add(a, &row, st)) == NULL))
		return NULL;
	s->used = true;
	return s;
}
