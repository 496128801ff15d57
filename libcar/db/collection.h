/*
 * collection: collections by their NSIDs.
 */
#ifndef LIBCAR_DB_COLLECTION_H
#define LIBCAR_DB_COLLECTION_H

#include "libcar/db/db.h"

/* Find, or with create make; an id of 0: there is none. */
int db_collection(struct db *, const struct slice *nsid, bool create,
    int64_t *id, struct status *);

/* The NSID of one that is there. */
int db_nsid(struct db *, int64_t collection, struct slice *, struct status *);

#endif
