/*
 * archive_stream: the bytes of an archived CAR, as a host would send them.
 *
 * A compressed CAR is decompressed while it is read, with the archive's
 * dictionary if it needs one, so that memory doesn't grow with the CAR. Nothing
 * is verified again: the archive did that when the CAR got its name. The file
 * stays open, so a newer CAR that takes its name meanwhile changes nothing.
 *
 * The path is made of the DID by archive_path(). Any thread may call it.
 */
#ifndef LIBCAR_STORE_ARCHIVE_STREAM_H
#define LIBCAR_STORE_ARCHIVE_STREAM_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"
#include "libcar/store/archive.h"

#define ARCHIVE_STREAM_SIZE_UNKNOWN UINT64_MAX

struct archive_stream;

/* Open the CAR that archive_find() finds, and set *car. 1 and *out, which
 * archive_stream_close() releases; 0: there is none; or -1:
 * STATUS_UNREADABLE (also a missing dictionary), STATUS_SYSTEM. */
int archive_stream_open(struct archive_stream **out, const struct archive *,
    const char *did, size_t len, struct archive_car *, struct status *);

/* The number of bytes of the CAR, or ARCHIVE_STREAM_SIZE_UNKNOWN. */
uint64_t archive_stream_size(const struct archive_stream *);

/* Read the next bytes: how many, 0 at the end, or -1: STATUS_UNREADABLE (also a
 * file that is damaged or cut), STATUS_SYSTEM; the message names the file. */
ssize_t archive_stream_read(struct archive_stream *, void *out, size_t max,
    struct status *);

/* NULL is allowed. */
void archive_stream_close(struct archive_stream *);

#endif
