/*
 * blob_file: a directory of blobs, one file for each CID. Any thread may call
 * it.
 *
 * * `dir/3f/bafkrei...`: the name is the CID, and the shard is the first two
 * hex digits of the blob's SHA-256, which the CID ends with, so that the files
 * are spread evenly over 256 directories. (The first letters of the CIDs of all
 * blobs are equal.) Names are made of binary CIDs only.
 *
 * * A file gets its name when it is complete and on the disk, see aside.h. So a
 * file that has its name needs no other check. As in an archive of CARs, a
 * symbolic link in place of a shard is an error.
 */
#ifndef LIBCAR_STORE_BLOB_FILE_H
#define LIBCAR_STORE_BLOB_FILE_H

#include <limits.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/store/aside.h"

#define BLOB_FILE_CID_BYTES CID_REPO_BYTES

/* A file that has its name. */
struct blob_file {
	char path[PATH_MAX]; /* with the directory, as it was given */
	uint64_t size;
	uint64_t at; /* when it was written: microseconds since 1970 */
};

/* Write the path and a NUL; the CID passes cid_is_blob(). -1: STATUS_SYSTEM if
 * it doesn't fit in PATH_MAX. */
int blob_file_path(char out[PATH_MAX], const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *);

/* Look for the blob: 1 and *file, 0: there is no such regular file, or -1:
 * STATUS_SYSTEM. */
int blob_file_find(struct blob_file *, const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *);

/* Make a file for the blob, and the directories above it. -1: STATUS_SYSTEM. */
int blob_file_create(struct aside *, const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *);

/* Sync the file, and give it its name; the caller checked its hash. It is
 * closed in any case. -1: STATUS_SYSTEM. */
int blob_file_keep(struct aside *, struct blob_file *, const char *dir,
    const uint8_t cid[BLOB_FILE_CID_BYTES], struct status *);

#endif
