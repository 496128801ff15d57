/*
 * jetstream: events of a Jetstream service.
 * https://github.com/bluesky-social/jetstream
 *
 * An event is one JSON object. Version 1, of the path /subscribe, has the
 * members did, time_us and kind; its number is time_us. Version 2, of
 * network.bsky.jetstream.subscribeEvents, is a frame with a payload, whose
 * number is seq. Both become the frame of the same event of subscribeRepos, but
 * for the change of a record: a FRAME_COMMIT without blocks and with one
 * operation. It has no signature, and doesn't say what else its commit changes.
 */
#ifndef LIBCAR_STREAM_JETSTREAM_H
#define LIBCAR_STREAM_JETSTREAM_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/slice.h"
#include "libcar/base/status.h"
#include "libcar/data/cid.h"
#include "libcar/data/object.h"
#include "libcar/repo/frame.h"
#include "libcar/stream/emit.h"
#include "libcar/stream/rfc3339.h"

/* All zero before the first event; one struct serves many. */
struct jetstream {
	struct object text;  /* the event, and its texts without escapes */
	struct buf path;     /* collection/rkey */
	struct buf block;    /* a record as DAG-CBOR, or the blocks of a sync */
	struct slice record; /* JSON, as it came */
	uint8_t cid[CID_MAX_BYTES];
	char time[RFC3339_BYTES];
};

/* Read an event, as frame_parse() does. The frame is borrowed from the bytes
 * and from the struct until the next call. STATUS_BAD_FRAME, STATUS_SYSTEM. */
int jetstream_parse(struct jetstream *, struct frame *, const void *bytes,
    size_t len, struct status *);

/* Append the line of the change that was read last: a record, or the error of a
 * record that is not JSON of the data model or doesn't have the hash of its
 * CID. After emit_wants(). -1: STATUS_SYSTEM. */
int jetstream_write_change(struct jetstream *, const struct frame_op *,
    struct emit *, struct buf *out, struct status *);

void jetstream_free(struct jetstream *);

#endif
