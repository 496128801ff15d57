/*
 * load_unfinished: snapshots that this run has touched and that aren't whole.
 */
#ifndef LIBCAR_LOAD_UNFINISHED_PRIVATE_H
#define LIBCAR_LOAD_UNFINISHED_PRIVATE_H

#include "libcar/load/load.h"
#include "libcar/load/transact_private.h"

/* A snapshot that a line of this run touched. */
struct load_unfinished_one {
	int64_t account;
	char rev[DB_REV_BYTES];
	bool listed;
	struct load_account *read; /* NULL: deleted meanwhile */
};

/* All zero is empty. */
struct load_unfinished_list {
	struct load_unfinished_one *all;
	size_t n, room;
	size_t next; /* to return */
	size_t end;  /* of the items already read */
};

/* Note the touched snapshots of a committed transaction's accounts. */
int load_unfinished_note(struct load_unfinished_list *,
    struct db_account *const *, size_t n, struct status *);

/* See load_next_unfinished(). */
int load_unfinished_next(struct load_unfinished_list *, struct load_session *,
    struct load_unfinished *, struct status *);
int load_unfinished_count(struct load_unfinished_list *, struct load_session *,
    uint64_t *n, struct status *);

#endif
