/*
 * load_resume: read snapshots from the database, to continue, and write them.
 */
#ifndef LIBCAR_LOAD_RESUME_PRIVATE_H
#define LIBCAR_LOAD_RESUME_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Read the snapshots of some accounts that have none in memory yet. */
int load_resume_read(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* Write what changed in an account's snapshots. */
int load_resume_write(struct db *, struct load_account *, struct status *);

#endif
