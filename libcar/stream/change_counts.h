/*
 * change_counts: counts the changes of each collection, and prints a table.
 */
#ifndef LIBCAR_STREAM_CHANGE_COUNTS_H
#define LIBCAR_STREAM_CHANGE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/named.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

/* Maximum number of collections; further ones share a row. */
#define CHANGE_COUNTS_MAX 10000

enum change_counts_action {
	CHANGE_CREATE,
	CHANGE_UPDATE,
	CHANGE_DELETE,
	CHANGE_ACTIONS
};

struct change_counts_row {
	struct named named; /* by the NSID; without a name: all others */
	uint64_t n[CHANGE_ACTIONS];
};

/* All zero: empty. */
struct change_counts {
	struct named_list rows;
	struct change_counts_row others;
	struct change_counts_row *last; /* the row of the last change */
};

/* Count a change of this collection; nothing: of keys without a collection.
 * -1: STATUS_SYSTEM. */
int change_counts_add(struct change_counts *, const struct slice *nsid,
    enum change_counts_action, struct status *);

/* Append the table: a row for each collection, and their sum if there are
 * several. */
void change_counts_format(const struct change_counts *, struct buf *);

void change_counts_free(struct change_counts *);

#endif
