/*
 * trees: random trees, as their sorted leaves and as blocks in blocks.h.
 */
#ifndef T_LIB_TREES_H
#define T_LIB_TREES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcar/data/cid.h"
#include "libcar/repo/mst.h"
#include "t/lib/blocks.h"
#include "t/lib/leaves.h"
#include "t/lib/random.h"
#include "t/lib/tap.h"

#define TREES_UNUSED __attribute__((unused))

/* Leaves: the keys are numbers. Layers up to 5 are about equally frequent, so
 * that small trees are deep. */

#define POOL 1200
#define MANY 20000
#define MAX_LEAVES (MANY + POOL)

static char pool[POOL][16];
static uint8_t values[2][CID_REPO_BYTES];

TREES_UNUSED static void
fill_pool(void)
{
	unsigned n = 0, i;

	for (i = 0; n < POOL; i++) {
		snprintf(pool[n], sizeof(pool[0]), "a.b/%c%u", 'a' + i % 5, i);
		n += mst_layer(pool[n], strlen(pool[n])) == n * 6 / POOL;
	}
	cid_of_block(values[0], "0", 1);
	cid_of_block(values[1], "1", 1);
}

struct tree {
	struct mst_leaf leaves[MAX_LEAVES];
	size_t count;
	uint8_t root[CID_REPO_BYTES];
};

TREES_UNUSED static void
add_leaf(struct tree *t, const char *key)
{
	t->leaves[t->count++] = (struct mst_leaf){ (const uint8_t *)key,
		strlen(key), values[0], CID_REPO_BYTES };
}

/* Sort the leaves, remove duplicates, and build. */
TREES_UNUSED static void
build(struct tree *t)
{
	size_t i, kept = 0;
	struct status st;

	if (t->count > 0)
		qsort(t->leaves, t->count, sizeof(t->leaves[0]), by_key);
	for (i = 0; i < t->count; i++)
		if (i == 0 || by_key(&t->leaves[i], &t->leaves[kept - 1]) != 0)
			t->leaves[kept++] = t->leaves[i];
	t->count = kept;
	if (mst_build(t->leaves, t->count, blocks_put, NULL, t->root, &st) ==
	    -1)
		ok(false, "built: %s", st.msg);
}

TREES_UNUSED static void
random_tree(struct tree *t, size_t max)
{
	blocks_clear();
	for (t->count = 0; t->count < max;)
		add_leaf(t, pool[rnd() % POOL]);
	build(t);
}

/* The layers of a tree, counted from 1. */
TREES_UNUSED static size_t
height(const struct tree *t)
{
	unsigned top = 0, layer;
	size_t i;

	for (i = 0; i < t->count; i++) {
		layer = mst_layer(t->leaves[i].key, t->leaves[i].key_len);
		top = layer > top ? layer : top;
	}
	return top + 1;
}

#endif
