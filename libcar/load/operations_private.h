/*
 * load_operations: the operations of a PLC directory in a batch.
 *
 * They change no account, and no other line of the batch depends on them. So
 * they are collected, and applied at the end in the order of their keys.
 */
#ifndef LIBCAR_LOAD_OPERATIONS_PRIVATE_H
#define LIBCAR_LOAD_OPERATIONS_PRIVATE_H

#include "libcar/db/plc.h"
#include "libcar/plc/identity.h"
#include "libcar/stream/line.h"

/* All zero is empty. */
struct load_operations {
	const struct line **lines; /* borrowed until they are applied */
	size_t count, room;
	struct plc_identity identity; /* of the line that is applied */
};

/* Collect a `plc` line. STATUS_SYSTEM. */
int load_operations_add(struct load_operations *, const struct line *,
    struct status *);

/* Store what was collected, in a transaction. */
int load_operations_apply(struct load_operations *, struct db *,
    struct status *);

/* Forget what was collected. */
void load_operations_clear(struct load_operations *);

void load_operations_free(struct load_operations *);

#endif
