#include "config.h"

#include <string.h>

#include "libcar/repo/diff.h"
#include "libcar/repo/mst_private.h"

/*
 * A cursor goes over each tree. While one of them is at a subtree, the higher
 * subtree is entered, or both if their layers are equal, so equal subtrees meet
 * and are skipped. When both cursors are at records, the lower key is given.
 *
 * A skipped subtree must fit into its place in the new tree, too. Its lower
 * bound there was compared with keys of the old tree that come before the
 * subtree. So only the upper bound is looked at: if the key that follows in the
 * new tree is lower than the one in the old tree, the subtree is entered and
 * the cursor checks it.
 */

static int
advance(struct diff *d, struct diff_side *s, struct status *st)
{
	s->used = false;
	s->step = mst_cursor_next(&s->cursor, &s->item, st);
	if (s->step != MST_LOST && s->step != MST_FAILED)
		return 0;
	d->failed = s;
	return -1;
}

static void
open_side(struct diff_side *s, const struct slice *root)
{
	s->used = root != NULL;
	s->step = MST_END;
	s->cursor.subtrees = true;
	if (root != NULL)
		mst_cursor_open(&s->cursor, root);
}

void
diff_open(struct diff *d, const struct slice *old, const struct slice *new)
{
	d->failed = NULL;
	open_side(&d->old, old);
	open_side(&d->new, new);
}

static struct slice
key_of(const struct diff_side *s)
{
	return slice_make(s->item.key, s->item.key_len);
}

/* Which record comes first? Below 0: the old tree's, above 0: the new one's. */
static int
order(const struct diff *d)
{
	struct slice old = key_of(&d->old), new = key_of(&d->new);

	if (d->old.step == MST_END || d->new.step == MST_END)
		return d->old.step == MST_END ? 1 : -1;
	return mst_key_compare(&old, &new);
}

static bool
same_link(const struct diff *d)
{
	const struct slice *old = &d->old.item.link, *new = &d->new.item.link;

	return old->len == new->len &&memcmp(old->at, new->at, old->len) == 0;
}

/* Does the subtree end before the key that follows it in the new tree? */
static bool
fits(const struct diff *d)
{
	struct slice old = key_of(&d->old), new = key_of(&d->new);

	return new.at == NULL ||
	    (old.at != NULL && mst_key_compare(&old, &new) <= 0);
}

static int
skip(struct diff *d, struct status *st)
{
	if (d->same != NULL && d->same(d->ctx, d, st) == -1)
		return -1;
	mst_cursor_skip(&d->old.cursor);
	mst_cursor_skip(&d->new.cursor);
	return 0;
}

/* One side is at a subtree, or both are. */
static int
descend(struct diff *d, struct status *st)
{
	int old = d->old.step == MST_SUBTREE ? d->old.item.layer : -1;
	int new = d->new.step == MST_SUBTREE ? d->new.item.layer : -1;

	if (old == new &&same_link(d) && fits(d) && skip(d, st) == -1)
		return -1;
	if (old >= new &&advance(d, &d->old, st) == -1)
		return -1;
	return new >= old ? advance(d, &d->new, st) : 0;
}

/* Move both sides to records that weren't given. */
static int
find_records(struct diff *d, struct status *st)
{
	if ((d->old.used && advance(d, &d->old, st) == -1) ||
	    (d->new.used &&advance(d, &d->new, st) == -1))
		return -1;
	while (d->old.step == MST_SUBTREE || d->new.step == MST_SUBTREE)
		if (descend(d, st) == -1)
			return -1;
	return 0;
}

static void
take(struct diff_side *s, struct diff_change *c, struct slice *value)
{
	c->key = key_of(s);
	*value = s->item.link;
	s->used = true;
}

int
diff_next(struct diff *d, struct diff_change *c, struct status *st)
{
	int way;

	for (;;) {
		if (find_records(d, st) == -1)
			return -1;
		if (d->old.step == MST_END && d->new.step == MST_END)
			return 0;
		memset(c, 0, sizeof(*c));
		way = order(d);
		if (way <= 0)
			take(&d->old, c, &c->before);
		if (way >= 0)
			take(&d->new, c, &c->after);
		if (d->equal || way != 0 || !same_link(d))
			return 1;
	}
}

void
diff_close(struct diff *d)
{
	mst_cursor_close(&d->old.cursor);
	mst_cursor_close(&d->new.cursor);
}
