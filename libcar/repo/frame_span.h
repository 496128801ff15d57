/*
 * frame_span: where a frame ends.
 *
 * Recorded frames follow each other without a length. CBOR delimits itself, so
 * two well-formed values are a frame. Only their structure is read: the frame
 * after a bad one can be found if the bad one is still CBOR.
 */
#ifndef LIBCAR_REPO_FRAME_SPAN_H
#define LIBCAR_REPO_FRAME_SPAN_H

#include <stddef.h>
#include <stdint.h>

#include "libcar/base/status.h"

/* All zero before the first byte of a frame. */
struct frame_span {
	size_t at;     /* scanned so far; more than there is: skips a string */
	unsigned done; /* values that are complete: two are a frame */
	uint64_t left; /* items that the present value still needs */
};

/* Look at a frame's first len bytes: 1 if it is complete (it has span->at
 * bytes), 0 if more bytes are needed: call again with more of the same frame.
 * -1: STATUS_BAD_FRAME, these bytes aren't CBOR of a definite length. The work
 * of all calls together is linear. */
int frame_span(struct frame_span *, const void *bytes, size_t len,
    struct status *);

#endif
