/*
 * load_import: how far the imports of an account's patterns are.
 *
 * What lines change of them is noted, and settled before the commit, for all
 * patterns of the account at once.
 */
#ifndef LIBCAR_LOAD_IMPORT_PRIVATE_H
#define LIBCAR_LOAD_IMPORT_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* An import of this pattern has begun, by a snapshot. */
int load_import_begun(struct db *, struct load_account *,
    const struct slice *pattern, const struct load_snapshot *, struct status *);

/* A pattern is loaded, by a filter of a snapshot; its figures begin anew. */
int load_import_loaded(struct db *, struct load_account *,
    const struct slice *pattern, const struct load_filter *, struct status *);

/* A job was done, for this filter, whose snapshot has this rev: what failed
 * before is over, but for a collection that failed and isn't loaded by it. */
int load_import_recover(struct db *, struct load_account *,
    const struct load_filter *, const char *rev, bool listed, struct status *);

/* Which imports are in progress, failed, completed; the figures of those that
 * are in progress or were just loaded. What says nothing is dropped. */
int load_import_settle(struct db *, struct load_account *, struct status *);

#endif
