/*
 * compare: two repos in CARs, checked and compared.
 *
 * compare_check() checks both trees completely, as repo_check() does, in one
 * pass over both: each subtree that both have is checked once. After that
 * compare_walk() gives the changes. It remembers up to COMPARE_REMEMBERED
 * changes of the first pass, and else compares the trees again.
 */
#ifndef LIBCAR_REPO_COMPARE_H
#define LIBCAR_REPO_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/pool.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/repo/diff.h"
#include "libcar/repo/repo.h"

#define COMPARE_REMEMBERED 100000 /* changes */

/* A key whose record differs. before and after are CIDs, or nothing; block is
 * the record after the change, or nothing. All are borrowed. */
struct compare_change {
	struct slice key, before, after, block;
};

/* All zero, except for the repos, before compare_check(). */
struct compare {
	/* The caller's: opened by repo_open(). No old repo is an empty one. */
	struct repo *old, *new;

	/* After compare_check(). */
	const struct repo *failed; /* which of them, after -1 */
	bool whole;                /* the old tree is empty */

	/* The module's own. */
	struct diff diff;
	struct compare_change *list;
	size_t count, room;
	struct pool keys;
	bool overflowed; /* more changes than the list may have */
};

/* Check both trees, and that all their records are present. 0, or -1 and why:
 * the codes of repo_check(). */
int compare_check(struct compare *, struct status *)
    __attribute__((warn_unused_result));

/* Give the changes in the order of keys. 0, or -1: STATUS_SYSTEM, or what fn
 * set. */
int compare_walk(struct compare *,
    int (*fn)(void *ctx, const struct compare_change *, struct status *),
    void *ctx, struct status *);

void compare_free(struct compare *);

#endif
