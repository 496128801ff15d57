/*
 * archive_revs: the revs of one account that an archive has: that of its CAR,
 * and those of the earlier CARs that at-fetchrepo --keep left.
 *
 * Only the commit of the newest CAR is read. An earlier CAR is known by the rev
 * in its name; who reads the file checks that it has this rev.
 */
#ifndef LIBCAR_STORE_ARCHIVE_REVS_H
#define LIBCAR_STORE_ARCHIVE_REVS_H

#include <limits.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/data/syntax.h"
#include "libcar/store/archive.h"

struct archive_kept;

/* All zero is valid, and has no revs. */
struct archive_revs {
	struct archive_car newest; /* no rev: it is missing or unreadable */

	/* The module's own. */
	struct archive_kept *kept; /* the latest first */
	size_t count;
};

/* One of the CARs. */
struct archive_revs_car {
	char rev[SYNTAX_TID_LEN + 1];
	char path[PATH_MAX];
};

/* Find the revs of a DID. -1: STATUS_SYSTEM; then there is nothing to free. */
int archive_revs_read(struct archive_revs *, const struct archive *,
    const char *did, size_t len, struct status *);

/* Find the CAR of this rev. 0, or -1: STATUS_UNREADABLE, whose message names
 * the revs that are there; STATUS_SYSTEM. */
int archive_revs_find(const struct archive_revs *, const char *rev,
    struct archive_revs_car *, struct status *);

/* Find the newest CAR. The same. */
int archive_revs_newest(const struct archive_revs *, struct archive_revs_car *,
    struct status *);

/* Find the latest CAR before a rev. The same. */
int archive_revs_before(const struct archive_revs *, const char *rev,
    struct archive_revs_car *, struct status *);

void archive_revs_free(struct archive_revs *);

#endif
