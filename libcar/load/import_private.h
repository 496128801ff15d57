/*
 * load_import: how far the imports of an account's patterns are.
 */
#ifndef LIBCAR_LOAD_IMPORT_PRIVATE_H
#define LIBCAR_LOAD_IMPORT_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* An import of this pattern has begun. */
int load_import_begun(struct db *, struct load_account *,
    const struct slice *pattern, struct status *);

/* A pattern is loaded, at this rev, and counted in its coverage. */
int load_import_loaded(struct db *, struct load_account *,
    const struct slice *pattern, const char *rev, bool listed, struct status *);

/* A job was done, whose snapshot has this rev: what failed before is over, but
 * for a collection that failed and isn't loaded by it. */
int load_import_recover(struct db *, struct load_account *, const char *rev,
    bool listed, struct status *);

/* Which imports are in progress, failed, completed: after a change of the
 * account's snapshots. */
int load_import_states(struct db *, struct load_account *, struct status *);

/* Count what came so far of those in progress. */
void load_import_count(struct load_account *);

#endif
