#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "libcar/repo/car_file.h"
#include "libcar/repo/frame.h"
#include "libcar/store/frame_file.h"
#include "libcar/stream/ndjson_guess.h"

/*
 * Bytes go from raw through zstd, if they are compressed, into buf, where
 * frame_span() or a LF ends the next frame. The buffer holds one frame and what
 * came with it, so memory is bounded by FRAME_MAX_BYTES or NDJSON_MAX_LINE.
 */

#define READ_BYTES ((size_t)128 << 10)

/* Bytes in */

static int
read_into(struct frame_file *f, struct buf *to, struct status *st)
{
	char *p = buf_reserve(to, READ_BYTES);
	ssize_t n;

	if (p == NULL)
		return status_no_memory(st);
	if (f->out != NULL && ndjson_out_flush(f->out, st) == -1)
		return -1;
	while ((n = read(f->fd, p, READ_BYTES)) == -1 && errno == EINTR)
		if (f->stop != NULL && *f->stop != 0)
			return 0;
	if (n == -1) {
		status_errno(st, "can't read");
		st->code = STATUS_UNREADABLE;
		return -1;
	}
	f->eof = n == 0;
	to->len += n;
	return 0;
}

static bool
is_stopped(const struct frame_file *f)
{
	return f->stop != NULL && *f->stop != 0;
}

/* Is it zstd? The first bytes of a pipe may come one by one. */
static int
begin(struct frame_file *f, struct status *st)
{
	while (f->raw.len < CAR_FILE_SNIFF_BYTES && !f->eof && !is_stopped(f))
		if (read_into(f, &f->raw, st) == -1)
			return -1;
	f->begun = true;
	if (!car_file_is_zstd(f->raw.data, f->raw.len))
		return 0;
	f->zstd = ZSTD_createDStream();
	return f->zstd == NULL ? status_no_memory(st) : 0;
}

static int
expand(struct frame_file *f, struct status *st)
{
	ZSTD_inBuffer in = { f->raw.data, f->raw.len, f->raw_at };
	char *p = buf_reserve(&f->buf, READ_BYTES);
	ZSTD_outBuffer out = { p, READ_BYTES, 0 };
	size_t left;

	if (p == NULL)
		return status_no_memory(st);
	left = ZSTD_decompressStream(f->zstd, &out, &in);
	if (ZSTD_isError(left))
		return status_set(st, STATUS_BAD_FRAME, frame_file_bytes(f),
		    "zstd: %s", ZSTD_getErrorName(left));
	if (in.pos > f->raw_at || out.pos > 0)
		f->zstd_open = left != 0;
	f->raw_at = in.pos;
	f->buf.len += out.pos;
	return 0;
}

/* Take what has been read into buf; only zstd, and the first bytes, take the
 * way through raw. */
static int
take_raw(struct frame_file *f, struct status *st)
{
	if (f->zstd != NULL)
		return expand(f, st);
	buf_put(&f->buf, f->raw.data, f->raw.len);
	f->raw.len = 0;
	return f->buf.failed ? status_no_memory(st) : 0;
}

/* Get at least one more byte into buf, unless the input ends. */
static int
fill(struct frame_file *f, struct status *st)
{
	size_t before;

	if (f->at > 0)
		memmove(f->buf.data, f->buf.data + f->at, f->buf.len - f->at);
	f->dropped += f->at;
	f->buf.len -= f->at;
	f->at = 0;
	before = f->buf.len;
	while (f->buf.len == before && !is_stopped(f)) {
		if (take_raw(f, st) == -1)
			return -1;
		if (f->buf.len > before || f->raw_at < f->raw.len)
			continue;
		if (f->eof)
			break;
		f->raw.len = f->raw_at = 0;
		if (read_into(f, f->zstd != NULL ? &f->raw : &f->buf, st) == -1)
			return -1;
	}
	return 0;
}

/* Frames out */

static int
find_end(struct frame_file *f, size_t had, struct status *st)
{
	const char *frame, *lf;

	if (had == 0)
		return 0;
	frame = f->buf.data + f->at;
	if (!f->lines)
		return frame_span(&f->span, frame, had, st);
	lf = memchr(frame + f->span.at, '\n', had - f->span.at);
	f->span.at = lf != NULL ? (size_t)(lf + 1 - frame) : had;
	return lf != NULL;
}

/* The last line may lack its LF. */
static int
at_end(const struct frame_file *f, struct status *st)
{
	if (is_stopped(f))
		return 0;
	if (f->zstd_open)
		return status_set(st, STATUS_BAD_FRAME, frame_file_bytes(f),
		    "zstd ends inside a frame");
	if (f->at < f->buf.len && f->lines)
		return 1;
	if (f->at < f->buf.len)
		return status_set(st, STATUS_BAD_FRAME, frame_file_bytes(f),
		    "the last frame is cut");
	return 0;
}

/* Say what the file is if it can't be lines or frames, which begin with a map.
 * A CAR would give some bad frames first. */
static int
check_kind(const struct frame_file *f, struct status *st)
{
	const char *head = f->buf.data, *what = NULL;

	if (frame_file_bytes(f) > 0 || f->buf.len == 0)
		return 0;
	if (f->lines)
		what = ndjson_guess(head, f->buf.len);
	else if (head[0] == '{')
		what = "lines of JSON; want recorded frames, or --jetstream";
	else if ((unsigned char)head[0] >> 4 != 0xa)
		what = ndjson_guess(head, f->buf.len);
	return what == NULL ? 0 :
			      status_set(st, STATUS_UNUSABLE, 0, "%s", what);
}

static int
find_frame(struct frame_file *f, struct status *st)
{
	const size_t max = f->lines ? NDJSON_MAX_LINE : FRAME_MAX_BYTES;
	int found;
	size_t had;

	if (!f->begun && begin(f, st) == -1)
		return -1;
	f->span = (struct frame_span){ .at = 0 };
	for (;;) {
		if (check_kind(f, st) == -1)
			return -1;
		had = f->buf.len - f->at;
		if ((found = find_end(f, had, st)) != 0)
			return found;
		if (had > max)
			return status_set(st, STATUS_BAD_FRAME, 0,
			    "%s of more than %zu bytes",
			    f->lines ? "line" : "frame", max);
		if (fill(f, st) == -1)
			return -1;
		if (f->buf.len - f->at == had)
			return at_end(f, st);
	}
}

int
frame_file_next(struct frame_file *f, const void **frame, size_t *len,
    struct status *st)
{
	int found;

	if (f->over)
		return 0;
	found = find_frame(f, st);
	f->over = found != 1;
	if (found == -1 && st->code == STATUS_BAD_FRAME)
		status_prefix(st,
		    "byte %llu: ", (unsigned long long)frame_file_bytes(f));
	if (found != 1)
		return found;
	*frame = f->buf.data + f->at;
	*len = f->span.at;
	f->at += f->span.at;
	return 1;
}

size_t
frame_file_more(const struct frame_file *f)
{
	return f->buf.len - f->at;
}

uint64_t
frame_file_bytes(const struct frame_file *f)
{
	return f->dropped + f->at;
}

void
frame_file_free(struct frame_file *f)
{
	ZSTD_freeDStream(f->zstd);
	buf_free(&f->raw);
	buf_free(&f->buf);
	*f = (struct frame_file){ .fd = -1 };
}
