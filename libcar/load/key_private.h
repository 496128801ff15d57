/*
 * load_key: lines that name a key: a record, or an error about one.
 */
#ifndef LIBCAR_LOAD_KEY_PRIVATE_H
#define LIBCAR_LOAD_KEY_PRIVATE_H

#include "libcar/load/batch_private.h"
#include "libcar/load/snapshot_private.h"
#include "libcar/load/work_private.h"

/* What the lines of a run are about, and where they come from. */
struct load_place {
	struct load_account *account;
	struct load_collection *collection;
	struct load_snapshot *snapshot; /* NULL: not looked up yet */
	const struct load_run *run;
};

/* Apply a line to its key. STATUS_BAD_LINE if its record is bad. */
int load_key_apply(struct load_work *, struct load_place *,
    const struct load_item *, const struct slice *rkey, struct status *);

/* Store what an `error` says about a key; collection 0: not valid. */
int load_key_put_error(struct db *, struct load_account *, int64_t collection,
    const struct slice *rkey, const struct line *, struct status *);

/* The key of this line, which has no valid collection, is gone: remove what was
 * stored about it up to this rev. */
int load_key_drop_stray(struct db *, const struct load_account *,
    const struct line *, const char *rev, struct status *);

#endif
