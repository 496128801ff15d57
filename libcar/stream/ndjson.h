/*
 * ndjson: lines in, lines out.
 *
 * Output is collected and written with write(2): when NDJSON_OUT_BYTES have
 * come together, before a read that may block, and at the end. Only whole
 * lines are written, and processes that write to one pipe, socket or file by
 * these functions don't cut each other's. One that is killed while it writes
 * leaves its line cut, and the next one's first line stands behind that.
 */
#ifndef LIBCAR_STREAM_NDJSON_H
#define LIBCAR_STREAM_NDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libcar/base/buf.h"
#include "libcar/base/status.h"

#define NDJSON_MAX_LINE (16 << 20)
#define NDJSON_OUT_BYTES (256 << 10)

struct ndjson_out {
	int fd;
	struct buf buf;      /* append a line here, with its LF */
	bool looked, shared; /* at what fd is: does it take turns? */
};

/* After a line was appended: write if enough has come together. -1:
 * STATUS_SYSTEM (a lost write, no memory). */
int ndjson_out_line(struct ndjson_out *, struct status *);
int ndjson_out_flush(struct ndjson_out *, struct status *);

struct ndjson_in {
	int fd;
	struct ndjson_out *out; /* flushed before a read; may be NULL */
	struct buf buf;
	size_t at;       /* of the next line in buf */
	size_t searched; /* from there, without a LF */
	bool passing;    /* over the rest of a line that is too long */
	bool passed;     /* such a one, which is still to be told */
	uint64_t lines;  /* read so far */
	bool eof;
};

/* The next line without its LF (borrowed until the next call; the last one may
 * lack the LF), the first one without a byte order mark: 1, 0 at the end, -1:
 * STATUS_TOO_LARGE (the line is passed over, reading may go on),
 * STATUS_UNREADABLE, STATUS_SYSTEM. */
int ndjson_in_line(struct ndjson_in *, const char **line, size_t *len,
    struct status *);

/* Would ndjson_in_line() return without a read? What there is of a line that is
 * too long is dropped. */
bool ndjson_in_ready(struct ndjson_in *);

/* Read once, whatever there is. */
int ndjson_in_fill(struct ndjson_in *, struct status *);

/* Have at least n bytes at in->buf.data + in->at, or all there are. */
int ndjson_in_peek(struct ndjson_in *, size_t n, struct status *);

/* Leave out a byte order mark at the start of a text. */
void ndjson_skip_bom(const char **text, size_t *len);

/* Do these first bytes of an input look like NDJSON (or like nothing), rather
 * than binary data? */
bool ndjson_is(const char *head, size_t len);

#endif
