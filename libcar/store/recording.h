/*
 * recording: writes the frames of an event stream to a file, as frame_file
 * reads them.
 */
#ifndef LIBCAR_STORE_RECORDING_H
#define LIBCAR_STORE_RECORDING_H

#include <stdbool.h>
#include <stddef.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

/* All zero, except the caller's fields, before it is opened. */
struct recording {
	bool lines; /* the caller's: a frame is a line with its LF */

	int fd;
	const char *path; /* for messages; borrowed from recording_open() */
	struct buf buf;
};

/* Append to this file, which is made if it is missing. STATUS_UNUSABLE. */
int recording_open(struct recording *, const char *path, struct status *);

/* Is this the file that is being recorded? Reading it would never end. */
bool recording_is(const struct recording *, int fd);

/* Append a frame. One that isn't CBOR, or is cut, is left out. STATUS_SYSTEM: a
 * lost write. The file then ends with a whole frame. */
int recording_put(struct recording *, const void *frame, size_t len,
    struct status *);
int recording_flush(struct recording *, struct status *);

/* Closes the file without writing what wasn't flushed. */
void recording_free(struct recording *);

#endif
