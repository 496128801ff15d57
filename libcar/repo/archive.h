/*
 * archive: the bytes of a CAR, from a file or a pipe, plain or zstd by
 * content.
 *
 * A plain regular file is mapped. Anything else is read as it is needed,
 * into memory, and beyond ARCHIVE_MEMORY bytes into an unlinked file in
 * $TMPDIR (or /tmp) that is mapped.
 */
#ifndef LIBCAR_REPO_ARCHIVE_H
#define LIBCAR_REPO_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/repo/car.h"

#define ARCHIVE_SNIFF_BYTES 4
#define ARCHIVE_MEMORY (16 << 20)
#define ARCHIVE_MAX_BYTES ((uint64_t)1 << 32) /* after decompression */

struct archive;

/* Begin to read a descriptor, which stays the caller's; `head` are bytes
 * that were read from it before. NULL: STATUS_UNREADABLE, STATUS_SYSTEM. */
struct archive *archive_open(int fd, const void *head, size_t head_len,
    struct status *);

/* The input for car_open(), borrowed. Reading it may say STATUS_UNREADABLE,
 * STATUS_BAD_CAR (zstd that is damaged or cut), STATUS_TOO_LARGE,
 * STATUS_SYSTEM. */
struct car_input *archive_input(struct archive *);

/* Has a file that is mapped been changed since? What was read of it then can't
 * be trusted. */
bool archive_changed(const struct archive *);

void archive_close(struct archive *);

#endif
