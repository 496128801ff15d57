/*
 * load_import: the progress of the imports of an account's patterns.
 *
 * Lines only note their changes. Before the commit, the account's patterns are
 * all settled at once.
 */
#ifndef LIBCAR_LOAD_IMPORT_PRIVATE_H
#define LIBCAR_LOAD_IMPORT_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* A snapshot began an import of this pattern. */
int load_import_begun(struct db *, struct load_account *,
    const struct slice *pattern, const struct load_snapshot *, struct status *);

/* A snapshot's filter has loaded a pattern; its figures start at zero. */
int load_import_loaded(struct db *, struct load_account *,
    const struct slice *pattern, const struct load_filter *, struct status *);

/* A job for this filter succeeded; its snapshot has this rev. Clear earlier
 * failures, except of a collection that failed and that it hasn't loaded. */
int load_import_recover(struct db *, struct load_account *,
    const struct load_filter *, const char *rev, bool listed, struct status *);

/* Find which imports are in progress, failed or completed, and the figures of
 * those in progress or just loaded. Drop rows that say nothing. */
int load_import_settle(struct db *, struct load_account *, struct status *);

#endif
