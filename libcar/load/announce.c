#include "config.h"

#include "libcar/load/announce_private.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/import_private.h"

/*
 * The first line of a snapshot that names a filter raises the floors of its
 * patterns, and their imports begin; an `end` says how many keys are to come.
 */

static struct load_filter *
find_filter(const struct load_snapshot *s, const struct slice *text)
{
	struct load_filter *f;

	for (f = s->filters; f != NULL; f = f->next)
		if (load_account_same(&f->text, text))
			return f;
	return NULL;
}

static int
open_patterns(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct load_filter *f, struct status *st)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_floor_raise(db, a, &f->patterns[i], s->row.rev, st) ==
			-1 ||
		    load_account_coverage(a, &f->patterns[i], st) == NULL)
			return -1;
	return load_import_states(db, a, st);
}

/* The snapshot's filter that the line names; a new one is opened. */
static struct load_filter *
need_filter(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct line *l, struct status *st)
{
	struct load_filter *f = load_filter_of_line(l, st), *old;

	if (f == NULL)
		return NULL;
	if ((old = find_filter(s, &f->text)) != NULL) {
		load_filter_free(f);
		return old;
	}
	f->next = s->filters;
	s->filters = f;
	f->dirty = true;
	return open_patterns(db, a, s, f, st) == -1 ? NULL : f;
}

int
load_announce(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct line *l, struct status *st)
{
	struct load_filter *f = need_filter(db, a, s, l, st);

	if (f == NULL)
		return -1;
	if (l->type != LINE_END)
		return 0;
	f->dirty = true;
	return load_filter_expect(a, f, &l->collections, st);
}

struct load_snapshot_count *
load_announce_key(struct db *db, struct load_account *a,
    struct load_snapshot *s, struct load_collection *c, struct status *st)
{
	struct load_snapshot_count *count = load_snapshot_count(s, c);

	if (count != NULL)
		return count;
	if ((count = load_snapshot_add_count(s, c, st)) == NULL)
		return NULL;
	if (!load_snapshot_covers(s, &c->nsid) &&
	    load_import_begun(db, a, &c->nsid, st) == -1)
		return NULL;
	return count;
}
