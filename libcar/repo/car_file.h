/*
 * car_file: the bytes of a CAR, from a file or a pipe, plain or zstd by
 * content.
 *
 * A plain regular file is mapped. Anything else is read as it is needed,
 * into memory, and beyond CAR_FILE_MEMORY bytes into an unlinked file in
 * a directory for temporary files that is mapped.
 *
 * If zstd names a dictionary by its id, the file `<id>.zdict` has to be in the
 * directory of the CAR, or in one of the two above it: an archive has it at its
 * top. So it can't be found for a pipe, or if /proc is missing.
 */
#ifndef LIBCAR_REPO_CAR_FILE_H
#define LIBCAR_REPO_CAR_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libcar/base/status.h"
#include "libcar/repo/car.h"

#define CAR_FILE_SNIFF_BYTES 4
#define CAR_FILE_MEMORY (16 << 20)
#define CAR_FILE_MAX_DICTIONARY (2 << 20)
/* After decompression; what 32 bits of addresses have room for is 1 GiB. */
#define CAR_FILE_MAX_BYTES ((uint64_t)1 << (SIZE_MAX > UINT32_MAX ? 32 : 30))

struct car_file;

/* Begin to read a descriptor, which stays the caller's; `head` are bytes
 * that were read from it before, `tmp` is the directory for temporary files,
 * borrowed until car_file_close(). NULL: STATUS_UNREADABLE (also a missing
 * dictionary), STATUS_SYSTEM. */
struct car_file *car_file_open(int fd, const void *head, size_t head_len,
    const char *tmp, struct status *);

/* Do bytes that begin like this become a CAR only when they are expanded? Of
 * fewer than CAR_FILE_SNIFF_BYTES nothing can be said: no. */
bool car_file_is_zstd(const void *head, size_t len);

/* Call fn before each read of an input that isn't mapped: the read may wait for
 * the writer of a pipe. */
void car_file_before_reads(struct car_file *, void (*fn)(void *ctx), void *ctx);

/* The input for car_open(), borrowed. Reading it may say STATUS_UNREADABLE,
 * STATUS_BAD_CAR (zstd that is damaged or cut), STATUS_TOO_LARGE,
 * STATUS_SYSTEM. */
struct car_input *car_file_input(struct car_file *);

/* For a caller that keeps many inputs: nothing more is read of this one, so
 * release what only reading needs. If the input takes more than `most` bytes of
 * memory, move it to an unlinked file; then in.data has moved. Returns how many
 * bytes of memory it takes, or -1: STATUS_SYSTEM. */
ssize_t car_file_finish(struct car_file *, size_t most, struct status *);

/* Has a file that is mapped been changed since? What was read of it then can't
 * be trusted. */
bool car_file_changed(const struct car_file *);

void car_file_close(struct car_file *);

#endif
