/*
 * blob: which file has which blob of an account.
 *
 * A line needs no account. Of several lines for one blob of an account, one
 * wins as a whole, whatever their order is: the one with the latest time; then
 * the greater mimeType, which is one that has any, then path and size.
 */
#ifndef LIBCAR_DB_BLOB_H
#define LIBCAR_DB_BLOB_H

#include "libcar/db/db.h"
#include "libcar/stream/line.h"

/* Store a `blob` line. */
int db_blob_put(struct db *, const struct line *, struct status *);

/* Call fn for the row of this blob, if there is one. mime_type is NULL if
 * unknown; texts are borrowed until fn returns. */
struct db_blob {
	struct slice cid, mime_type;
};
int db_blob_get(struct db *, const struct slice *did, const struct slice *cid,
    int (*fn)(void *, const struct db_blob *, struct status *), void *arg,
    struct status *);

/* Call fn for at most `limit` blobs of a DID whose CID, as text, comes after
 * this one, in that order; only cid is set. */
int db_blob_page(struct db *, const struct slice *did,
    const struct slice *after, int limit,
    int (*fn)(void *, const struct db_blob *, struct status *), void *arg,
    struct status *);

/* In a transaction: remove all blobs of a DID. */
int db_blob_drop(struct db *, const struct slice *did, struct status *);

#endif
