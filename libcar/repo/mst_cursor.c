#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "libcar/repo/mst_private.h"

/*
 * A list replaces the recursion of the walk: a level for each node from the
 * root to the cursor. Each level has read ahead the key after the current
 * subtree, because the key is the upper bound of that subtree. Levels that were
 * left are kept for the next subtree.
 *
 * The layers of the entered nodes descend to 0, so there are at most MST_LAYERS
 * levels.
 */

struct mst_level {
	struct mst_level *above, *below;
	struct mst_place at;
	struct mst_node node;
	int layer;
	struct slice tree; /* the subtree before `next`, or nothing */
	bool ahead;        /* does an entry exist, with key `next`? */
	struct mst_entry entry;
	struct slice low; /* the key before the subtree; at NULL: none */
	struct mst_key keys[2], *now, *next;
};

void
mst_cursor_open(struct mst_cursor *c, const struct slice *root)
{
	c->root = *root;
	c->level = NULL;
	c->waiting = true;
	c->told = false;
}

/* The place of the subtree to enter. */
static struct mst_place
next_place(const struct mst_cursor *c)
{
	const struct mst_level *level = c->level;

	if (level == NULL)
		return (struct mst_place){ .link = &c->root,
			.layer = -1,
			.root = true };
	return (struct mst_place){ &level->tree, level->layer - 1, level->low,
		level->ahead ? mst_key_slice(level->next) : level->at.high,
		false };
}

static void
tell_place(const struct mst_place *at, struct mst_item *item)
{
	memset(item, 0, sizeof(*item));
	item->key = slice_bytes(&at->high);
	item->key_len = at->high.len;
	item->link = *at->link;
	item->layer = at->root ? MST_LAYERS : at->layer;
}

/* Read the next entry of a level; `tree` is the subtree before it. */
static int
read_ahead(struct mst_cursor *c, struct mst_level *level,
    const struct slice *tree, struct status *st)
{
	level->tree = *tree;
	c->waiting = tree->at != NULL;
	c->told = false;
	level->ahead = mst_node_next(&level->node, &level->entry);
	if (!level->ahead)
		return 0;
	return mst_place_next_key(&level->at, level->now, level->next,
	    &level->entry, st);
}

/* The level below the innermost level; reuse it if it exists. */
static struct mst_level *
level_below(struct mst_cursor *c)
{
	struct mst_level **at = c->level == NULL ? &c->top : &c->level->below;

	if (*at == NULL && (*at = calloc(1, sizeof(**at))) != NULL)
		(*at)->above = c->level;
	return *at;
}

static enum mst_step
enter(struct mst_cursor *c, const struct mst_place *at, struct status *st)
{
	const struct mst_source source = { c->ctx, c->get, false };
	struct mst_level *level = level_below(c);
	enum mst_place_state state;

	if (level == NULL) {
		status_no_memory(st);
		return MST_FAILED;
	}
	level->at = *at;
	state = mst_place_open(at, &source, &level->node, &level->layer, st);
	if (state != MST_PLACE_OPEN)
		return state == MST_PLACE_LOST ? MST_LOST : MST_FAILED;
	level->now = &level->keys[0];
	level->next = &level->keys[1];
	level->now->len = 0;
	level->low = at->low;
	c->level = level;
	return read_ahead(c, level, &level->node.left, st) == -1 ? MST_FAILED :
								   MST_SUBTREE;
}

/* Return the record that was read ahead. */
static enum mst_step
give_record(struct mst_cursor *c, struct mst_item *item, struct status *st)
{
	struct mst_level *level = c->level;
	struct mst_key *given = level->next;
	struct slice tree = level->entry.tree;

	level->next = level->now;
	level->now = given;
	level->low = mst_key_slice(given);
	memset(item, 0, sizeof(*item));
	item->key = given->bytes;
	item->key_len = given->len;
	item->link = level->entry.value;
	return read_ahead(c, level, &tree, st) == -1 ? MST_FAILED : MST_RECORD;
}

enum mst_step
mst_cursor_next(struct mst_cursor *c, struct mst_item *item, struct status *st)
{
	struct mst_place at;
	enum mst_step step;

	for (;;) {
		if (c->waiting) {
			at = next_place(c);
			tell_place(&at, item);
			if (c->subtrees && !c->told) {
				c->told = true;
				return MST_SUBTREE;
			}
			c->waiting = false;
			if ((step = enter(c, &at, st)) != MST_SUBTREE)
				return step;
		} else if (c->level == NULL)
			return MST_END;
		else if (c->level->ahead)
			return give_record(c, item, st);
		else
			c->level = c->level->above;
	}
}

void
mst_cursor_skip(struct mst_cursor *c)
{
	c->waiting = false;
}

int
mst_cursor_walk(struct mst_cursor *c, const struct mst_walk *w,
    struct status *st)
{
	struct mst_place at = next_place(c);

	mst_cursor_skip(c);
	return mst_walk_place(w, &at, st);
}

void
mst_cursor_close(struct mst_cursor *c)
{
	struct mst_level *level;

	while ((level = c->top) != NULL) {
		c->top = level->below;
		free(level);
	}
	c->level = NULL;
	c->waiting = false;
}
