/*
 * leaves: the order of a tree's keys, for qsort() and bsearch().
 */
#ifndef T_LIB_LEAVES_H
#define T_LIB_LEAVES_H

#include <stddef.h>
#include <string.h>

#include "libcar/repo/mst.h"

static inline int
by_key(const void *left, const void *right)
{
	const struct mst_leaf *a = left, *b = right;
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, n);

	return order != 0 ?
	    order :
	    (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

#endif
