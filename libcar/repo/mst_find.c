#include "config.h"

#include "libcar/repo/mst_find.h"
#include "libcar/repo/mst_private.h"

/*
 * The cursor names the key after a subtree before it enters the subtree. If
 * that key is not above the wanted one, the subtree is skipped. A subtree whose
 * layer is below the key's is entered all the same: this finds a key that an
 * invalid tree has in a wrong place, and fails, instead of calling it absent.
 */

/* Where the cursor's key is: below 0 before the wanted one, 0, or after it. */
static int
order(const struct mst_item *item, const struct slice *key)
{
	struct slice at = slice_make(item->key, item->key_len);

	return item->key == NULL ? 1 : mst_key_compare(&at, key);
}

enum mst_find_result
mst_find(struct mst_cursor *c, const struct slice *root,
    const struct slice *key, struct slice *value, struct status *st)
{
	enum mst_step step;
	struct mst_item item;
	int way;

	c->subtrees = true;
	mst_cursor_open(c, root);
	while ((step = mst_cursor_next(c, &item, st)) != MST_END) {
		if (step == MST_LOST || step == MST_FAILED)
			return MST_FIND_FAILED;
		way = order(&item, key);
		if (step == MST_SUBTREE && way <= 0)
			mst_cursor_skip(c);
		if (step == MST_RECORD && way > 0)
			break;
		if (step == MST_RECORD && way == 0) {
			*value = item.link;
			return MST_FIND_PRESENT;
		}
	}
	return MST_FIND_ABSENT;
}
