/*
 * oplog_private: reads a file of an oplog up to its last whole frame.
 */
#ifndef LIBCAR_STORE_OPLOG_PRIVATE_H
#define LIBCAR_STORE_OPLOG_PRIVATE_H

#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

/* What its whole frames have. All zero: nothing. */
struct oplog_frames {
	uint64_t bytes, lines;
	uint64_t last;   /* highest seq */
	struct buf line; /* its line, without LF */
};

/* Read a file from its beginning. The rest of a file that ends inside a frame
 * isn't counted. -1: STATUS_UNUSABLE (damaged), STATUS_SYSTEM. */
int oplog_scan(struct oplog_frames *, int fd, struct status *);

#endif
