/*
 * load_unfinished: snapshots that this run has touched, until they are whole.
 */
#ifndef LIBCAR_LOAD_UNFINISHED_PRIVATE_H
#define LIBCAR_LOAD_UNFINISHED_PRIVATE_H

#include "libcar/load/load.h"
#include "libcar/load/transact_private.h"

/* A snapshot that was touched by a line of this run. */
struct load_unfinished_one {
	int64_t account;
	char rev[DB_REV_BYTES];
	bool listed;
	struct load_account *read; /* NULL: it was forgotten meanwhile */
};

/* All zero is none. */
struct load_unfinished_list {
	struct load_unfinished_one *all;
	size_t n, room;
	size_t next; /* to be given */
	size_t end;  /* of those that are read */
};

/* Note those of the accounts of a transaction that was committed. */
int load_unfinished_note(struct load_unfinished_list *,
    struct db_account *const *, size_t n, struct status *);

/* As load_next_unfinished(). */
int load_unfinished_next(struct load_unfinished_list *, struct load_session *,
    struct load_unfinished *, struct status *);
int load_unfinished_count(struct load_unfinished_list *, struct load_session *,
    uint64_t *n, struct status *);

#endif
