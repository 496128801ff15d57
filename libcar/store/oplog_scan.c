#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/data/object.h"
#include "libcar/store/oplog_private.h"
#include "libcar/stream/ndjson.h"

/*
 * The file is read once, as a stream. What a frame has counts when its end has
 * come: then its checksum is right, too. A prefix of a frame, which a killed
 * writer leaves, ends the file without an error of zstd.
 */

#define SEQ ",\"seq\":"
#define SEQ_BYTES 6
#define SEQ_AT 64 /* it comes after type and did */

struct scan {
	int fd;
	ZSTD_DCtx *zstd;
	char *in, *out;
	size_t in_size, out_size;
	uint64_t read;             /* bytes before `in` */
	struct buf text;           /* lines of the frame, not yet counted */
	struct oplog_frames *done; /* the whole frames */
	uint64_t lines, last;      /* with the present frame */
	struct buf line;           /* that of `last`, if it is in this frame */
};

/* Lines */

static uint64_t
read_digits(const char *p, size_t len)
{
	uint64_t n = 0;

	for (; len > 0 && *p >= '0' && *p <= '9' && n < UINT64_MAX / 20;
	     p++, len--)
		n = n * 10 + (uint64_t)(*p - '0');
	return n;
}

/* The seq of a line. Our own lines have it in one place; a line that another
 * program wrote is read in full. 0: there is none. */
static uint64_t
seq_of(const char *line, size_t len)
{
	const char *p = memmem(line, len < SEQ_AT ? len : SEQ_AT, SEQ,
	    strlen(SEQ));
	struct object o = { .text = NULL };
	struct status ignored;
	struct slice json;
	uint64_t seq = 0;

	if (p != NULL)
		return read_digits(p + strlen(SEQ),
		    (size_t)(line + len - p) - strlen(SEQ));
	if (object_open(&o, line, len, &ignored) == 0) {
		json = object_get_json(&o, "seq");
		seq = read_digits(json.at, json.len);
	}
	object_free(&o);
	return seq;
}

static void
take_line(struct scan *s, const char *line, size_t len)
{
	uint64_t seq = seq_of(line, len);

	s->lines++;
	if (seq < s->last)
		return;
	s->last = seq;
	s->line.len = 0;
	buf_put(&s->line, line, len);
}

static int
take_text(struct scan *s, struct status *st)
{
	char *text = s->text.data, *lf;
	size_t at = 0, len = s->text.len, n;

	while (at < len && (lf = memchr(text + at, '\n', len - at)) != NULL) {
		n = (size_t)(lf - (text + at));
		take_line(s, text + at, n);
		at += n + 1;
	}
	s->text.len = len - at;
	if (s->text.len > 0)
		memmove(text, text + at, s->text.len);
	if (s->text.failed || s->line.failed)
		return status_no_memory(st);
	if (s->text.len <= NDJSON_MAX_LINE)
		return 0;
	return status_set(st, STATUS_UNUSABLE, 0,
	    "damaged after byte %llu: a line of more than %d bytes",
	    (unsigned long long)s->done->bytes, NDJSON_MAX_LINE);
}

/* Frames */

static int
end_frame(struct scan *s, uint64_t at, struct status *st)
{
	if (s->text.len > 0)
		return status_set(st, STATUS_UNUSABLE, 0,
		    "damaged after byte %llu: a frame ends inside a line",
		    (unsigned long long)s->done->bytes);
	s->done->bytes = at;
	s->done->lines = s->lines;
	s->done->last = s->last;
	s->done->line.len = 0;
	buf_put(&s->done->line, s->line.data, s->line.len);
	return s->done->line.failed ? status_no_memory(st) : 0;
}

static int
expand(struct scan *s, size_t len, struct status *st)
{
	ZSTD_inBuffer in = { s->in, len, 0 };
	ZSTD_outBuffer out = { s->out, s->out_size, 0 };
	size_t left;

	while (in.pos < in.size || out.pos == out.size) {
		out.pos = 0;
		left = ZSTD_decompressStream(s->zstd, &out, &in);
		if (ZSTD_isError(left))
			return status_set(st, STATUS_UNUSABLE, 0,
			    "damaged after byte %llu: zstd: %s",
			    (unsigned long long)s->done->bytes,
			    ZSTD_getErrorName(left));
		buf_put(&s->text, s->out, out.pos);
		if (take_text(s, st) == -1 ||
		    (left == 0 && end_frame(s, s->read + in.pos, st) == -1))
			return -1;
	}
	return 0;
}

static int
scan_file(struct scan *s, struct status *st)
{
	ssize_t n;

	s->in_size = ZSTD_DStreamInSize();
	s->out_size = ZSTD_DStreamOutSize();
	s->in = malloc(s->in_size);
	s->out = malloc(s->out_size);
	s->zstd = ZSTD_createDCtx();
	if (s->in == NULL || s->out == NULL || s->zstd == NULL)
		return status_no_memory(st);
	while ((n = pread(s->fd, s->in, s->in_size, (off_t)s->read)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return status_errno(st, "can't read");
		if (expand(s, (size_t)n, st) == -1)
			return -1;
		s->read += (uint64_t)n;
	}
	return 0;
}

int
oplog_scan(struct oplog_frames *done, int fd, struct status *st)
{
	struct scan s = { .fd = fd, .done = done };
	int rc = scan_file(&s, st);

	ZSTD_freeDCtx(s.zstd);
	free(s.in);
	free(s.out);
	buf_free(&s.text);
	buf_free(&s.line);
	return rc;
}
