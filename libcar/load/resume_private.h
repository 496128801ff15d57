/*
 * load_resume: snapshots from the database, to go on with them, and back.
 */
#ifndef LIBCAR_LOAD_RESUME_PRIVATE_H
#define LIBCAR_LOAD_RESUME_PRIVATE_H

#include "libcar/load/snapshot_private.h"

/* Those of some accounts, which have none yet in memory. */
int load_resume_read(struct db *, struct db_account *const *, size_t n,
    struct status *);

/* What changed of an account's. */
int load_resume_write(struct db *, struct load_account *, struct status *);

#endif
