#include "config.h"

#include "libcar/load/announce_private.h"
#include "libcar/load/floor_private.h"
#include "libcar/load/import_private.h"
#include "libcar/load/waiting_private.h"

/*
 * The first line of a snapshot that names a filter raises the floors of the
 * filter's patterns, and begins their imports. An `end` counts the keys.
 */

static int
open_patterns(struct db *db, struct load_account *a, struct load_snapshot *s,
    struct load_filter *f, struct status *st)
{
	size_t i;

	for (i = 0; i < f->npatterns; i++)
		if (load_floor_raise(a, &f->patterns[i], s->row.rev, st) ==
			-1 ||
		    load_import_begun(db, a, &f->patterns[i], s, st) == -1)
			return -1;
	return 0;
}

/* The snapshot's filter that the line names, opened if it is new. */
static struct load_filter *
need_filter(struct db *db, struct load_account *a, struct load_snapshot *s,
    const struct line *l, struct status *st)
{
	struct load_filter *f = load_filter_of_line(l, st), *old;

	if (f == NULL)
		return NULL;
	if ((old = load_snapshot_filter(s, &f->text)) != NULL) {
		load_filter_free(f);
		return old;
	}
	if (load_snapshot_add_filter(s, f, st) == -1)
		return NULL;
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
	return load_filter_expect(a, f, &l->collections, st) == -1 ?
	    -1 :
	    load_waiting_begin(a, f, st);
}

struct load_snapshot_count *
load_announce_key(struct db *db, struct load_account *a,
    struct load_snapshot *s, struct load_collection *c, struct status *st)
{
	struct load_snapshot_count *count = load_snapshot_count(s, c);

	if (count != NULL && count->row.named > 0)
		return count;
	if (count == NULL &&
	    (count = load_snapshot_add_count(s, c, st)) == NULL)
		return NULL;
	count->row.collection = c->id;
	if (!load_snapshot_covers(s, &c->nsid) &&
	    load_import_begun(db, a, &c->nsid, s, st) == -1)
		return NULL;
	return count;
}
