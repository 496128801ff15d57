/*
 * db_change: what a transaction does to rows, gathered until its end.
 */
#ifndef LIBCAR_DB_CHANGE_PRIVATE_H
#define LIBCAR_DB_CHANGE_PRIVATE_H

#include "libcar/db/entry.h"

/* What became of a row that people see. */
struct db_change {
	struct db_key key;
	bool was, is;    /* before, after */
	const char *rev; /* of what changed it */
	struct slice cid;
};

/* The transaction, of this plan, has begun: are changes recorded? */
int db_change_begin(struct db *, const struct db_plan *, struct status *);
bool db_change_is_on(const struct db *);

/* Copy a change, if it is one. What is gathered may be written now. */
int db_change_note(struct db *, const struct db_change *, struct status *);

/* All rows of an account are going to be removed. */
int db_change_clear(struct db *, int64_t account, const struct slice *did,
    struct status *);

/* Write what was gathered: the last thing before a commit. */
int db_change_flush(struct db *, struct status *);

void db_change_free(struct db *);

#endif
