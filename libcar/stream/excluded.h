/*
 * excluded: DIDs of the accounts that want to be left out.
 *
 * All zero is an empty list.
 */
#ifndef LIBCAR_STREAM_EXCLUDED_H
#define LIBCAR_STREAM_EXCLUDED_H

#include <stdbool.h>

#include "libcar/base/buf.h"
#include "libcar/base/set.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"

struct excluded {
	struct set set;
	struct buf dids; /* each DID once, ended by a NUL */
};

/* Add a line of a list: a DID or an empty line; `#` begins a comment. -1:
 * STATUS_BAD_LINE for anything else, STATUS_SYSTEM. */
int excluded_add_line(struct excluded *, const char *line, size_t len,
    struct status *);

bool excluded_has(const struct excluded *, const char *did, size_t len);

void excluded_free(struct excluded *);

#endif
