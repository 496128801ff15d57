/*
 * car_merge: one CAR in pre-order, written from files of CARs.
 */
#ifndef LIBCAR_CLI_CAR_MERGE_H
#define LIBCAR_CLI_CAR_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/car_file.h"
#include "libcar/repo/merge.h"

/* What comes compressed or from pipes may take this much memory; the rest goes
 * to files. */
#define CAR_MERGE_MEMORY (64 << 20)

struct car_merge_file {
	struct car_file *file;
	int fd; /* ours */
	const char *name;
};

/* All zero, before the first file. */
struct car_merge {
	struct merge merge;
	/* The commit; len 0 until it is set, or a file has a root. */
	uint8_t root_bytes[CID_MAX_BYTES];
	size_t root_len;
	struct car_merge_file *files;
	size_t count, room;
	uint64_t bytes; /* of all files */
	size_t memory;  /* how many of them are in memory */
};

/* Add a file, which is read to its end. The name is borrowed. If the CAR is
 * damaged, `damage` becomes the reason, and NULL otherwise. -1: the file can't
 * be read, or isn't a CAR; STATUS_BAD_COMMIT (of another commit than the files
 * before); STATUS_SYSTEM. */
int car_merge_add(struct car_merge *, int fd, const char *name,
    const struct status **damage, struct status *);

/* Check the commit, and write the whole repo to this path, or to standard
 * output if it is `-`; *size is the CAR's size. The file appears when it is
 * complete, or not at all. After that merge.repo has the commit. -1 and why. */
int car_merge_write(struct car_merge *, const char *path, uint64_t *size,
    struct status *);

void car_merge_free(struct car_merge *);

#endif
