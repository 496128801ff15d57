/*
 * collection: find collections by their NSIDs.
 */
#ifndef LIBCAR_DB_COLLECTION_H
#define LIBCAR_DB_COLLECTION_H

#include "libcar/db/db.h"

/* Find a collection, or with create make a missing one. An id of 0: not
 * found. */
int db_collection(struct db *, const struct slice *nsid, bool create,
    int64_t *id, struct status *);

/* The NSID of a collection that is in the database. */
int db_nsid(struct db *, int64_t collection, struct slice *, struct status *);

#endif
