/*
 * frame_file: recorded frames of an event stream, one after another.
 *
 * A file or a pipe holds the bytes of each message as the service sent them,
 * plain or compressed by zstd (the content tells). Events of Jetstream are
 * lines.
 */
#ifndef LIBCAR_STORE_FRAME_FILE_H
#define LIBCAR_STORE_FRAME_FILE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"
#include "libcar/repo/frame_span.h"
#include "libcar/stream/ndjson.h"

/* All zero, except the caller's fields, before the first frame. */
struct frame_file {
	/* The caller's. */
	int fd;
	struct ndjson_out *out;            /* flushed before a read */
	const volatile sig_atomic_t *stop; /* read no more if it isn't 0 */
	bool lines;                        /* a frame ends with LF */

	/* The module's own. */
	bool begun, over, eof;
	struct ZSTD_DCtx_s *zstd; /* NULL: plain */
	bool zstd_open;           /* inside a zstd frame */
	struct buf raw, buf;      /* as read; the bytes of frames */
	size_t raw_at, at;        /* bytes of raw and buf used so far */
	uint64_t dropped;         /* bytes of frames before buf */
	struct frame_span span;   /* of the frame at `at` */
};

/* The next frame, a line with its LF unless it is the last one; borrowed until
 * the next call: 1, 0 at the end or if *stop says so, -1: STATUS_BAD_FRAME (the
 * end of this frame can't be found; status has its place), STATUS_UNREADABLE,
 * STATUS_SYSTEM. Nothing follows a -1. */
int frame_file_next(struct frame_file *, const void **frame, size_t *len,
    struct status *);

/* How many bytes of later frames follow the last one in memory, borrowed as it
 * is. They are what has been read, and may end inside a frame. */
size_t frame_file_more(const struct frame_file *);

/* Bytes of the frames so far. */
uint64_t frame_file_bytes(const struct frame_file *);

void frame_file_free(struct frame_file *);

#endif
