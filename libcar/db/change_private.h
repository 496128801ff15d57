/*
 * db_change: collect the changes of a transaction until it ends.
 */
#ifndef LIBCAR_DB_CHANGE_PRIVATE_H
#define LIBCAR_DB_CHANGE_PRIVATE_H

#include "libcar/db/entry.h"

/* A change of a row in `all_records`. */
struct db_change {
	struct db_key key;
	bool was, is;    /* did and does the row exist? */
	const char *rev; /* of the line that caused the change */
	struct slice cid;
};

/* A transaction with this plan has begun: read whether changes are recorded. */
int db_change_begin(struct db *, const struct db_plan *, struct status *);
bool db_change_is_on(const struct db *);

/* Add a copy of the change, unless nothing changed. May write the changes so
 * far. */
int db_change_note(struct db *, const struct db_change *, struct status *);

/* All rows of an account are going to be removed. */
int db_change_clear(struct db *, int64_t account, const struct slice *did,
    struct status *);

/* Write the collected changes. Must be the last step before a commit. */
int db_change_flush(struct db *, struct status *);

void db_change_free(struct db *);

#endif
