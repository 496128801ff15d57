/*
 * aside: files that appear whole or not at all.
 *
 * A file is written without a name and gets its name when it is whole: synced,
 * then linked, or renamed over the file that has the name. Where the file
 * system can't do that, or /proc isn't there, it is `.atpipe.*` beside its name
 * until then. A process that is killed leaves nothing behind, but for such a
 * file, or if that happens at the moment of renaming. Any thread may call this,
 * each with its own file; aside_copy() is for one thread at a time.
 *
 * The first ASIDE_MEMORY bytes stay in memory until more come or the file is
 * needed: a small file is written by one call, and can be checked in memory.
 */
#ifndef LIBCAR_STORE_ASIDE_H
#define LIBCAR_STORE_ASIDE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

#define ASIDE_MEMORY (128 << 10) /* bytes kept in memory until aside_flush() */

/* A file on its way; all zero and fd -1 is none. */
struct aside {
	int fd;              /* read and write */
	char name[PATH_MAX]; /* empty: it has no name */
	struct buf small;    /* its first bytes, which aren't in the file yet */
	bool flushed;        /* what comes goes to the file at once */
};

/* Make a file for a path, and the directories above it. -1: STATUS_SYSTEM. */
int aside_open(struct aside *, const char *path, struct status *);

/* Make a file that never gets a name, in a directory for temporary files. -1:
 * STATUS_SYSTEM. */
int aside_open_temporary(struct aside *, const char *dir, struct status *);

/* Append to it. STATUS_SYSTEM. */
int aside_write(struct aside *, const void *, size_t, struct status *);

/* Write to the file what is only in memory. Functions that read or name the
 * file do this themselves. STATUS_SYSTEM. */
int aside_flush(struct aside *, struct status *);

/* Write all of it to a descriptor. STATUS_SYSTEM. */
int aside_copy(struct aside *, int fd, struct status *);

/* Put in its place a file that has it compressed by zstd, for this path.
 * STATUS_SYSTEM: the file is as it was. */
int aside_compress(struct aside *, const char *path, int level,
    struct status *);

/* Make sure that it is on the disk; its size. STATUS_SYSTEM. */
int aside_sync(struct aside *, const char *path, uint64_t *size,
    struct status *);

/* Give it its name, in the place of whatever has that. It stays open.
 * STATUS_SYSTEM. */
int aside_name(struct aside *, const char *path, struct status *);

/* Close it; nothing is left of a file that hasn't got its name. */
void aside_close(struct aside *);

#endif
