/*
 * archive_private: helpers of archive for the other files of store.
 */
#ifndef LIBCAR_STORE_ARCHIVE_PRIVATE_H
#define LIBCAR_STORE_ARCHIVE_PRIVATE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/status.h"
#include "libcar/repo/car.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/commit.h"
#include "libcar/store/archive.h"
#include "libcar/store/aside.h"

#define ARCHIVE_ZSTD ".zst" /* ends the name of a compressed file */
#define ARCHIVE_OTHER_BYTES (PATH_MAX + sizeof(ARCHIVE_ZSTD))

/* Like archive_path(); zstd: the compressed file's. */
int archive_path_of(char out[PATH_MAX], const char *dir, const char *did,
    size_t len, bool zstd, struct status *);

/* Change a plain file's path to the compressed one's. -1: STATUS_SYSTEM if it
 * doesn't fit in PATH_MAX. */
int archive_add_suffix(char path[PATH_MAX], struct status *);

/* The path of the compressed file for the plain file's, and vice versa. */
void archive_other(char other[ARCHIVE_OTHER_BYTES], const char *path);

/* -1, STATUS_SYSTEM: the directory of a path is a symbolic link. */
int archive_check_shard(const char *path, struct status *);

/* The directory of a path in the archive. */
void archive_shard(char dir[PATH_MAX], const char *path);

/* `.`, a DID's name, and a NUL: where its earlier CARs are. */
#define ARCHIVE_OLD_BYTES (ARCHIVE_MAX_NAME + 2)

/* Give a CAR a second name, by its rev, among the earlier ones. `shard` is the
 * open directory of its path. -1: STATUS_SYSTEM. */
int archive_keep(int shard, const struct archive_car *, struct status *);

/* Remove all but the latest `keep` of the earlier CARs of this CAR's DID. -1:
 * STATUS_SYSTEM. */
int archive_prune(int shard, const char *path, size_t keep, struct status *);

/* Open the CAR of this rev among the earlier ones of this CAR's DID. 1 and *fd;
 * 0: it isn't there; -1: STATUS_SYSTEM. */
int archive_open_kept(const struct archive_car *, const char *rev, int *fd,
    struct status *);

/* An earlier CAR: `<rev>.car` or `<rev>.car.zst`. */
#define ARCHIVE_KEPT_BYTES (SYNTAX_TID_LEN + sizeof(".car" ARCHIVE_ZSTD))

struct archive_kept {
	char name[ARCHIVE_KEPT_BYTES];
};

/* List the earlier CARs of the DID whose CAR has this path, the latest first;
 * the caller frees the list. -1: STATUS_SYSTEM, and there is none. */
int archive_kept(const char *path, struct archive_kept **, size_t *count,
    struct status *);

/* Change the path of a DID's CAR to that of an earlier one. -1: STATUS_SYSTEM.
 */
int archive_kept_path(char path[PATH_MAX], const struct archive_kept *,
    struct status *);

/* Set rev and head. */
void archive_set_commit(struct archive_car *, const struct commit *,
    const uint8_t *cid, size_t cid_len);

/* What was written, as input: a small file is still in memory. */
struct archive_written {
	struct car_input memory;
	struct car_file *file; /* the caller closes it; may be NULL */
};

/* The input, borrowed until the file is written to or closed. NULL:
 * STATUS_UNREADABLE, STATUS_SYSTEM. */
struct car_input *archive_open_written(struct archive_written *, struct aside *,
    const char *tmp, struct status *);

#endif
