/*
 * record: the records of one account, for those who ask for them.
 *
 * Records are found by the index of their keys. Their keys have the order of
 * their bytes. The caller decides whether the account is shown.
 *
 * This module only reads.
 */
#ifndef LIBCAR_DB_RECORD_H
#define LIBCAR_DB_RECORD_H

#include "libcar/db/db.h"

/* Borrowed until the function that got it returns. The record is JSON, as it
 * was loaded; from PostgreSQL its objects may have another order of keys. */
struct db_record {
	struct slice rkey, cid, record;
};

/* Call fn for the record of this key, if it is there. */
int db_record_get(struct db *, int64_t account, const struct slice *nsid,
    const struct slice *rkey,
    int (*fn)(void *, const struct db_record *, struct status *), void *arg,
    struct status *);

/* Call fn for at most `limit` records of a collection, from the greatest key
 * down or, with ascending, from the least one up. They begin after the key
 * `after`, or at the end that the order names if it is NULL. */
struct db_record_page {
	int64_t account;
	struct slice nsid, after;
	bool ascending;
	int limit;
};
int db_record_page(struct db *, const struct db_record_page *,
    int (*fn)(void *, const struct db_record *, struct status *), void *arg,
    struct status *);

/* Call fn for each collection in which the account has a record, in the order
 * of their NSIDs. It costs a few look-ups for each collection, however many
 * records there are. */
int db_record_collections(struct db *, int64_t account,
    int (*fn)(void *, const struct slice *nsid, struct status *), void *arg,
    struct status *);

/* The number of records in a collection, but at most `max`, so that it costs as
 * little for a large collection as for a small one. */
int db_record_count(struct db *, int64_t account, const struct slice *nsid,
    int64_t max, int64_t *out, struct status *);

#endif
