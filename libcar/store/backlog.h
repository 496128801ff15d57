/*
 * backlog: texts that may be needed again, in a temporary file.
 *
 * The last BACKLOG_MEMORY bytes are in memory. The file has no name, so that it
 * vanishes with the process.
 */
#ifndef LIBCAR_STORE_BACKLOG_H
#define LIBCAR_STORE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/store/aside.h"

#define BACKLOG_MEMORY ((size_t)4 << 20)

/* All zero, except the caller's field, is empty. */
struct backlog {
	const char *dir; /* the caller's: for temporary files */

	struct aside file;
	bool is_open;
	uint64_t written; /* to the file */
	struct buf tail, got;
};

/* Where the next text will have its place. */
uint64_t backlog_next(const struct backlog *);

/* Append a text. STATUS_SYSTEM. */
int backlog_add(struct backlog *, const struct slice *, struct status *);

/* The text at this place; borrowed until the next call. STATUS_SYSTEM. */
int backlog_get(struct backlog *, uint64_t place, struct slice *,
    struct status *);

void backlog_free(struct backlog *);

#endif
