/*
 * aside: files that appear whole or not at all.
 *
 * A file is written without a name and gets its name when it is complete: it is
 * synced, then linked, or renamed over the file that has the name. If the file
 * system can't do that, or /proc is missing, the file is called `.atpipe.*` in
 * the same directory until then. A killed process leaves nothing behind, except
 * such a file, or if it dies while it renames. Any thread may call this,
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

struct ZSTD_CDict_s;

#define ASIDE_MEMORY (128 << 10) /* bytes kept in memory until aside_flush() */

/* A file being written; all zero and fd -1: none. */
struct aside {
	int fd;              /* read and write */
	char name[PATH_MAX]; /* empty: without a name */
	struct buf small;    /* the first bytes, not yet in the file */
	bool flushed;        /* write to the file directly */
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

/* Replace it by a file compressed by zstd, for this path. The dictionary, which
 * may be NULL, brings its own level. STATUS_SYSTEM: the file is unchanged. */
int aside_compress(struct aside *, const char *path, int level,
    const struct ZSTD_CDict_s *dictionary, struct status *);

/* Wait until it is on the disk; *size is its size. STATUS_SYSTEM. */
int aside_sync(struct aside *, const char *path, uint64_t *size,
    struct status *);

/* Give it its name, replacing any file of that name. It stays open. dir: the
 * path's directory if the caller has it open, or -1. STATUS_SYSTEM. */
int aside_name(struct aside *, int dir, const char *path, struct status *);

/* Give it its name, unless there is a file of that name. False: it has none,
 * and aside_name() can tell why or replace the other file. */
bool aside_name_new(struct aside *, int dir, const char *path);

/* Close it. A file without its name is gone then. */
void aside_close(struct aside *);

#endif
