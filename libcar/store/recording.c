#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "libcar/repo/frame_span.h"
#include "libcar/store/recording.h"

/*
 * Frames are collected, so that a write costs little for each. A write that
 * fails is undone, so that the file ends with a whole frame and a later
 * recording can be appended. Only a killed process may leave a frame cut.
 */

#define BUFFER_BYTES ((size_t)128 << 10)

int
recording_open(struct recording *r, const char *path, struct status *st)
{
	r->path = path;
	r->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (r->fd != -1)
		return 0;
	status_errno(st, "%s: can't open", path);
	st->code = STATUS_UNUSABLE;
	return -1;
}

bool
recording_is(const struct recording *r, int fd)
{
	struct stat ours, other;

	return fstat(r->fd, &ours) == 0 && fstat(fd, &other) == 0 &&
	    S_ISREG(ours.st_mode) && ours.st_dev == other.st_dev &&
	    ours.st_ino == other.st_ino;
}

/* Remove the last n bytes of the file. A pipe keeps them. */
static void
undo(const struct recording *r, size_t n)
{
	off_t end = lseek(r->fd, 0, SEEK_END);

	if (end >= (off_t)n && ftruncate(r->fd, end - (off_t)n) == -1)
		return;
}

/* A reader finds the next frame only behind a whole one. A line ends with its
 * LF. */
static bool
can_be_passed(const struct recording *r, const void *frame, size_t len)
{
	struct frame_span span = { .at = 0 };
	struct status st;

	return r->lines ||
	    (frame_span(&span, frame, len, &st) == 1 && span.at == len);
}

int
recording_put(struct recording *r, const void *frame, size_t len,
    struct status *st)
{
	if (!can_be_passed(r, frame, len))
		return 0;
	buf_put(&r->buf, frame, len);
	if (r->buf.failed)
		return status_no_memory(st);
	return r->buf.len < BUFFER_BYTES ? 0 : recording_flush(r, st);
}

int
recording_flush(struct recording *r, struct status *st)
{
	size_t at = 0;
	ssize_t n;

	while (at < r->buf.len) {
		n = write(r->fd, r->buf.data + at, r->buf.len - at);
		if (n == -1 && errno != EINTR) {
			status_errno(st, "%s: can't write", r->path);
			undo(r, at);
			return -1;
		}
		at += n == -1 ? 0 : (size_t)n;
	}
	r->buf.len = 0;
	return 0;
}

void
recording_free(struct recording *r)
{
	if (r->fd > 0)
		close(r->fd);
	buf_free(&r->buf);
	r->fd = 0;
}
