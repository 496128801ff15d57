/*
 * ndjson: lines in, lines out.
 *
 * Output is collected and written with write(2) when NDJSON_OUT_BYTES have been
 * collected, before a read that may block, and at the end. Only whole lines are
 * written. Several processes may use these functions for one pipe, socket or
 * file: they don't cut each other's lines. If a process is killed while it
 * writes, its last line is cut, and the next line of another process follows on
 * the same line.
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
	bool looked, shared; /* is fd's type known; do processes share it? */
};

/* Call this after a line was appended: it writes if enough was collected. -1:
 * STATUS_SYSTEM (a lost write, no memory). */
int ndjson_out_line(struct ndjson_out *, struct status *);
int ndjson_out_flush(struct ndjson_out *, struct status *);

struct ndjson_in {
	int fd;
	struct ndjson_out *out; /* flushed before a read; may be NULL */
	struct buf buf;
	size_t at;       /* of the next line in buf */
	size_t searched; /* from there, without a LF */
	bool passing;    /* skipping the rest of a line that is too long */
	bool passed;     /* skipped a line, which is not reported yet */
	uint64_t lines;  /* read so far */
	bool eof;
};

/* The next line without its LF (borrowed until the next call; the last one may
 * lack the LF), the first one without a byte order mark: 1, 0 at the end, -1:
 * STATUS_TOO_LARGE (the line is skipped, reading may go on), STATUS_UNUSABLE
 * (the input is of another kind, and ends), STATUS_UNREADABLE,
 * STATUS_SYSTEM. */
int ndjson_in_line(struct ndjson_in *, const char **line, size_t *len,
    struct status *);

/* Would ndjson_in_line() return without reading? This drops the buffered part
 * of a line that is too long. */
bool ndjson_in_ready(struct ndjson_in *);

/* Call read(2) once. */
int ndjson_in_fill(struct ndjson_in *, struct status *);

/* Read until n bytes are at in->buf.data + in->at, or the input ends. */
int ndjson_in_peek(struct ndjson_in *, size_t n, struct status *);

/* Skip a byte order mark at the start of a text. */
void ndjson_skip_bom(const char **text, size_t *len);

/* Do the first bytes of an input look like NDJSON (or is it empty) rather than
 * like binary data? */
bool ndjson_is(const char *head, size_t len);

#endif
